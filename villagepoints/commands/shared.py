"""What the commands share: the application they run in, its session, the village they are told, JSON on stdout."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from villagepoints import create_app, migrations_folder
from villagepoints.domain.errors import N_, Conflict
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import schema, village

F = TypeVar("F", bound=Callable[..., Any])


def now() -> datetime:
    """The present instant, or what the application's CLOCK says."""
    clock = current_app.config.get("CLOCK")
    instant: datetime = clock() if clock else datetime.now(UTC)
    return instant


@contextmanager
def application(**settings: str) -> Iterator[Flask]:
    """The application with its context pushed; `settings` override the environment's by name."""
    mask = os.umask(0o077)  # database, keys and whatever is written out are for this user alone
    try:
        app = create_app(settings)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        os.umask(mask)


@contextmanager
def opened(**settings: str) -> Iterator[Session]:
    """A session on a database whose schema is there and up to date; Conflict says what to run where it is not."""
    with application(**settings):
        check_schema()
        yield db.session()


def upgrade() -> bool:
    """Bring the schema up to date; whether there was anything to do."""
    folder = migrations_folder()
    if schema.current(db.engine) == schema.newest(folder):
        return False
    schema.upgrade(folder)
    return True


def check_schema() -> None:
    """Refuse a database that is empty or not of this version of the program (Conflict)."""
    has = schema.current(db.engine)
    if has is None:
        raise Conflict(
            N_("数据库还是空的。先运行 villagepoints village add 代码 村名，或者 villagepoints demo 看看演示村。")
        )
    if has != schema.newest(migrations_folder()):
        raise Conflict(N_("数据库的结构和程序的版本对不上。先备份，再运行 villagepoints upgrade。"))


def the_village(session: Session, code: str | None) -> Village:
    """The village with that code; without a code the only one there is (Conflict where there are several)."""
    if code:
        return village.by_code(session, code)
    every = village.everyone(session)
    if len(every) != 1:
        codes = "、".join(row.code for row in every) or "—"
        raise Conflict(N_("请用 --village 写明是哪个村。现有：%(codes)s。"), codes=codes)
    return every[0]


def village_option(function: F) -> F:
    """The option --village CODE."""
    return click.option("--village", "code", metavar="CODE", help="村代码；只有一个村时可以不写")(function)


def json_option(function: F) -> F:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="输出 JSON")(function)


def print_json(value: object) -> None:
    """One JSON document on stdout, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))

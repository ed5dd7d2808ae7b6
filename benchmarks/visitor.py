"""A remembered phone that opens its household's page, through Flask's test client as every request in one process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from benchmarks import ground
from tests.factories import Clock, remember_phone
from villagepoints import create_app
from villagepoints.blueprints.phone import home
from villagepoints.extensions import db
from villagepoints.models import Household

PATH = "/my/"
WECHAT = {"Accept-Encoding": "gzip, deflate, br"}  # so that packing is paid for


class Visitor:
    """A phone of one household of a village of that size."""

    def __init__(self, folder: Path, households: int, entries_each: int) -> None:
        folder.mkdir()
        engine = ground.fresh(folder / "village.db")
        with Session(engine, expire_on_commit=False) as session:
            _made, ids = ground.village(session, households, entries_each)
            household = session.scalars(select(Household).where(Household.id == ids[len(ids) // 2])).one()
            cookie = remember_phone(session, household)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        engine.dispose()
        url = f"sqlite:///{folder / 'village.db'}"
        settings = {"DATABASE_URL": url, "INSTANCE": str(folder / "instance"), "RATE_LIMIT": "0"}
        self.app = create_app(settings, CLOCK=Clock(ground.NOW))
        self._client = self.app.test_client()
        self._client.set_cookie("home", cookie)
        first = self._client.get(PATH, headers=WECHAT)
        assert first.status_code == 200, first.status
        self.body, self._known = brotli.decompress(first.data), {**WECHAT, "If-None-Match": first.headers["ETag"]}

    def renders(self) -> None:
        """The page in full: nothing kept of an earlier visit."""
        home.KEPT._pages.clear()
        self._client.get(PATH, headers=WECHAT)

    def asks_whether_it_changed(self) -> None:
        """The page that the phone has already."""
        assert self._client.get(PATH, headers=self._known).status_code == 304

    def statements(self, visit: Callable[[], None]) -> int:
        """How many queries a visit sends to the driver itself, whichever way they go."""
        heard: list[str] = []
        with self.app.app_context():
            engine = db.engine

        def listen(connection: Any, *_: Any) -> None:
            connection.set_trace_callback(heard.append)

        event.listen(engine, "checkout", listen)
        visit()
        event.remove(engine, "checkout", listen)
        return len([statement for statement in heard if statement.lstrip().startswith(("SELECT", "WITH"))])


def constant(body: bytes) -> Callable[[], None]:
    """A visit to a bare Flask application whose only view returns so many constant bytes."""
    app = Flask("constant")
    page = body.decode()
    app.add_url_rule(PATH, "page", lambda: page)
    client = app.test_client()
    return lambda: client.get(PATH) and None

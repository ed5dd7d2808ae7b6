"""`villagepoints doctor`: looks at settings, files, database and fonts, and says what to mend."""

import sys
from collections.abc import Iterator

import click
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from villagepoints import checks, migrations_folder
from villagepoints.checks import Check
from villagepoints.commands import shared
from villagepoints.extensions import db
from villagepoints.services import pdf, schema


@click.command(help="检查设置、文件权限、数据库和字体；有问题退出码 1")
@shared.json_option
def doctor(as_json: bool) -> None:
    """Show every check, what is wrong with what to do about it."""
    with shared.application():
        found = [*checks.configuration(current_app.config), *_database(), _fonts()]
    if as_json:
        rows = [{"name": check.name, "ok": check.ok, "sentence": check.sentence} for check in found]
        shared.print_json({"ok": all(check.ok for check in found), "checks": rows})
    else:
        for check in found:
            click.echo(f"{'好' if check.ok else '改'}　{check.name}：{check.sentence}")
    sys.exit(0 if all(check.ok for check in found) else 1)


def _database() -> Iterator[Check]:
    backend = db.engine.dialect.name
    try:
        with db.engine.connect() as connection:
            version = connection.scalar(
                text("SELECT sqlite_version()" if backend == "sqlite" else "SHOW server_version")
            )
            if backend == "sqlite":
                answer = connection.scalar(text("PRAGMA quick_check"))
                yield Check("数据库", answer == "ok", f"SQLite {version}，自检：{answer}")
            else:
                yield Check("数据库", True, f"PostgreSQL {version}")
            has = schema.current(db.engine)
    except DBAPIError as error:
        yield Check("数据库", False, f"连不上：{error.orig}。请检查 VILLAGEPOINTS_DATABASE_URL。")
        return
    newest = schema.newest(migrations_folder())
    if has == newest:
        yield Check("数据库结构", True, f"是最新的（{has}）")
    else:
        yield Check(
            "数据库结构", False, f"是 {has or '空的'}，程序要 {newest}。请先备份，再运行 villagepoints upgrade。"
        )


def _fonts() -> Check:
    if not pdf.available():
        return Check(
            "字体", False, "没有装打印用的组件，印不了码牌和 PDF 报表。请运行：pip install 'villagepoints[pdf]'"
        )
    if missing := pdf.unprintable("盛新村积分码牌户主"):
        return Check("字体", False, f"印不出「{missing}」，请装一套中文字体。")
    return Check("字体", True, "印得出中文")

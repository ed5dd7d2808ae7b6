"""`villagepoints backup` and `restore`: a copy of the books taken while they are in use, and the way back."""

from pathlib import Path

import click
from flask import current_app

from villagepoints import backup as copies
from villagepoints import config
from villagepoints.commands import shared
from villagepoints.domain.errors import N_, BadInput
from villagepoints.extensions import db
from villagepoints.services import last_copy

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command(help="备份账本和证据到 FILE.zip，钥匙到旁边的 FILE.keys.zip；不用停机")
@FILE
def backup(file: Path) -> None:
    """Copy database and evidence to a zip, and the keys to another beside it."""
    with shared.application():
        shared.check_schema()
        copies.save(_database(), current_app.config["INSTANCE"], file)
        last_copy.was_made(current_app.config["INSTANCE"], shared.now())
    click.echo(f"账本和证据：{file}\n钥匙：{copies.keys_beside(file)}")
    click.echo("两个文件请分开存放：只有账本，别人冒充不了码牌；只有钥匙，别人看不到账。")


@click.command(help="从备份恢复到空的实例文件夹，再逐条核对")
@FILE
def restore(file: Path) -> None:
    """Put a copy back into an empty instance folder."""
    settings = config.read()
    folder = Path(settings["INSTANCE"]).resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings["DATABASE_URL"]:
        raise _not_sqlite()
    copies.restore(file, folder / copies.DATABASE, folder)
    click.echo(f"已恢复到 {folder}。接着运行：villagepoints upgrade，再 villagepoints verify 核对。")


def _database() -> Path:
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        raise _not_sqlite()
    return Path(url.database)


def _not_sqlite() -> BadInput:
    return BadInput(
        N_("这里用的不是实例文件夹里的 SQLite。PostgreSQL 请用 pg_dump 和 pg_restore；实例文件夹里的 *.key 另外备份。")
    )

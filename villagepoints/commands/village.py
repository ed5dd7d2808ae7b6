"""`villagepoints village`: the villages of this installation."""

import click

from villagepoints.commands import shared
from villagepoints.extensions import db
from villagepoints.services import village as villages


@click.group(help="村")
def village() -> None:
    """Villages of this installation."""


@village.command(help="添加一个村：建好数据库，装上随程序带的积分办法")
@click.argument("code")
@click.argument("name")
@click.option("--clerk", default="", help="文书姓名，印在村民的页面上")
@click.option("--phone", default="", help="文书电话，村民扫码后可以直接拨")
def add(code: str, name: str, clerk: str, phone: str) -> None:
    """Add a village with the packaged rules; creates or upgrades the schema first."""
    with shared.application():
        shared.upgrade()
        villages.add(db.session(), code, name, shared.now(), clerk_name=clerk, clerk_phone=phone)
    click.echo(f"已添加 {name}（代码 {villages.fold(code)}），装好了默认的积分办法。")
    click.echo(f"下一步：villagepoints import roster 花名册.xlsx --village {villages.fold(code)}")


@village.command("list", help="列出各村")
def list_() -> None:
    """List the villages."""
    with shared.opened() as session:
        for row in villages.everyone(session):
            click.echo(f"{row.code}\t{row.name}")

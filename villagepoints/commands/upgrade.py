"""`villagepoints upgrade`: brings the schema of the database up to this version of the program."""

import click

from villagepoints.commands import shared


@click.command(help="把数据库升级到程序的版本")
def upgrade() -> None:
    """Apply every missing migration, all or nothing."""
    with shared.application():
        done = shared.upgrade()
    click.echo("数据库已升级。" if done else "数据库已经是最新的，没有改动。")

"""`villagepoints run`: the demo village on this machine, ready to be looked at."""

import os
import sys

import click

from villagepoints import server
from villagepoints.commands import demo, shared
from villagepoints.config import PREFIX
from villagepoints.extensions import db
from villagepoints.services.demo import staff, words
from villagepoints.services.demo.people import SHOWCASE


@click.command(help="在本机看演示村：第一次自动造好，打印登录链接、一户的码和开门码")
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True, help="端口")
def run(port: int) -> None:
    """Make the demo village if it is missing, print the ways into it, and serve it on 127.0.0.1."""
    here = f"http://127.0.0.1:{port}"
    settings = {} if os.environ.get(f"{PREFIX}PUBLIC_URL") else {"PUBLIC_URL": here}
    with shared.application(**settings) as app:
        shared.upgrade()
        session = db.session()
        doors = demo.ways_in(session, demo.make(session))
        db.session.remove()
        db.engine.dispose()
        listening = server.listen(app, "127.0.0.1", port)
        _print(doors, here)
        listening.run()


def _print(doors: demo.Doors, here: str) -> None:
    """Everything a visitor needs, flushed before the first request is answered."""
    (link,) = doors.links.values()
    click.echo(f"\n{words.VILLAGE_NAME}（演示，代码 {words.VILLAGE_CODE}）在 {here}，按 Ctrl+C 停下\n")
    click.echo(f"工作台，用一次的登录链接 · desk, one-time sign-in link:\n  {link}\n")
    click.echo("管账号的和记分的分开，要他的链接 · a link of who keeps the accounts:")
    click.echo(f"  villagepoints user link {staff.ACCOUNTS} --village {words.VILLAGE_CODE}\n")
    click.echo(f"{SHOWCASE} 家门口的码 · a household's door:\n  {doors.door_url}\n")
    click.echo(doors.door_code_text)
    click.echo(f"这一户的开门码 · its opening code:  {doors.opening_code}\n")
    sys.stdout.flush()

"""`villagepoints serve`: the production server; it refuses an unsafe configuration and says why."""

import sys
from threading import Thread

import click
from flask import Flask
from sqlalchemy import select

from villagepoints import checks, server
from villagepoints.commands import shared
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import running


@click.command(help="正式运行；设置不安全就不启动，并说明原因")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址")
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True, help="端口")
@click.option("--threads", type=click.IntRange(1, 64), default=server.THREADS, show_default=True, help="线程数")
def serve(host: str, port: int, threads: int) -> None:
    """Serve the villages of this installation behind a reverse proxy that speaks HTTPS."""
    with shared.application() as app:
        wrong = [check for check in checks.configuration(app.config) if not check.ok]
        for check in wrong:
            click.echo(f"{check.name}：{check.sentence}", err=True)
        if wrong:
            click.echo("没有启动。", err=True)
            sys.exit(1)
        shared.check_schema()
        listening = server.listen(app, host, port, threads)
        click.echo(f"在 http://{host}:{port} 上运行，对外是 {app.config['PUBLIC_URL']}")
        sys.stdout.flush()
        Thread(target=count_ahead, args=(app,), daemon=True).start()
        listening.run()


def count_ahead(app: Flask) -> None:
    """Add every village's ledger up once, so that no clerk waits for it in the morning."""
    with app.app_context():
        for village_id in db.session.scalars(select(Village.id)).all():
            running.of_village(db.session(), village_id, village_date(shared.now()))
            db.session.rollback()

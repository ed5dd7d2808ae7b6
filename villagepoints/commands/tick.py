"""`villagepoints tick`: what time brings about; run it every hour by cron or a systemd timer."""

import click
from flask import current_app

from villagepoints.commands import shared
from villagepoints.domain.actor import Actor
from villagepoints.services import checkpoint, evidence, expiry, picture_hash, print_file, ranking, redemption
from villagepoints.services import village as villages
from villagepoints.services.importing import sessions


@click.command(help="定时要做的事：退回过期没领的兑换，满期的积分到期，月初排名；重复运行不会多做")
def tick() -> None:
    """Give back what nobody collected, let old points expire, rank the households of the last month, keep the
    day's checkpoint, sweep up photos that belong to nothing, yesterday's printed files and imports that nobody
    went on with; idempotent."""
    with shared.opened() as session:
        for village_id, name in [(village.id, village.name) for village in villages.everyone(session)]:
            job, returned, expired = Actor(village_id), 0, 0
            while count := redemption.expire_due(session, job, now=shared.now()):
                returned += count
            while count := expiry.expire(session, job, now=shared.now()):
                expired += count
            while picture_hash.fill(session, village_id, instance=current_app.config["INSTANCE"]):
                pass
            sessions.sweep(session, village_id, instance=current_app.config["INSTANCE"], now=shared.now())
            ranked = ranking.refresh(session, village_id, now=shared.now())
            checkpoint.take(session, job, now=shared.now())  # last, so that it holds what this run did
            if returned or expired or ranked:
                click.echo(f"{name}：退回过期兑换 {returned} 笔，积分到期 {expired} 户，排名 {ranked} 户。")
        evidence.sweep(session, current_app.config["INSTANCE"], shared.now())
        print_file.sweep(current_app.config["INSTANCE"], shared.now())

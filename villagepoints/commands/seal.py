"""`villagepoints seal`: take a seal of a village's books and write it where it can be published."""

import json
from pathlib import Path

import click

from villagepoints.commands import shared
from villagepoints.domain.actor import Actor
from villagepoints.domain.seal import fingerprint
from villagepoints.services import seal as seals


@click.command(help="封账：给全村的账取一个指纹，公布出去，谁也不能悄悄改以前的账")
@shared.village_option
@click.option("-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="封账文件（JSON）写到哪里")
def seal(code: str | None, target: Path | None) -> None:
    """Take a seal; print its fingerprint, and write SEAL.json where asked."""
    with shared.opened() as session:
        village_id = shared.the_village(session, code).id
        taken = seals.take(session, Actor(village_id), now=shared.now())
    if target:
        target.write_text(json.dumps(taken.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")
    click.echo(f"第 {taken.number} 次封账，{len(taken.heads)} 户，指纹 {fingerprint(taken.root)}")

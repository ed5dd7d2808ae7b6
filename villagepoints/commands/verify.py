"""`villagepoints verify`: recomputes the books from the entries, or holds them against a published seal."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from villagepoints.commands import shared
from villagepoints.services import against as seals
from villagepoints.services import seal_file
from villagepoints.services import verify as services
from villagepoints.services import village as villages
from villagepoints.services.verify import Problem


@click.command(help="从每一条记录重算所有的账，或者和公布过的封账比对；有不符就列出来，退出码 1")
@shared.village_option
@click.option(
    "--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="公布过的封账文件 SEAL.json"
)
@shared.json_option
def verify(code: str | None, against: Path | None, as_json: bool) -> None:
    """Verify one village, or all of them, and the books against a seal where one is given."""
    with shared.opened() as session:
        problems = list(_problems(session, code, against))
    if as_json:
        shared.print_json({"ok": not problems, "problems": [problem.as_json() for problem in problems]})
    else:
        for problem in problems:
            place = " ".join(str(part) for part in (problem.household, problem.seq) if part is not None)
            click.echo(f"{problem.village} {place}：{problem.sentence}")
        click.echo(f"有 {len(problems)} 处不符。" if problems else "账都对得上。")
    sys.exit(1 if problems else 0)


def _problems(session: Session, code: str | None, against: Path | None) -> Iterator[Problem]:
    published, walk = None, None
    if against is not None:
        published = seal_file.read_published(against.read_text(encoding="utf-8", errors="replace"))
        walk = seals.to_walk(published)
    walked = None
    for village in [villages.by_code(session, code)] if code else villages.everyone(session):
        is_sealed = published is not None and village.id == published.village_id
        yield from services.verify(session, village, walk if is_sealed else None)
        walked = walk if is_sealed else walked
    if published is not None:
        yield from seals.against(session, published, walked)

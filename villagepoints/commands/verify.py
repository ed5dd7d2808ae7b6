"""`villagepoints verify`: recomputes the books from the entries and names what does not agree."""

import sys
from pathlib import Path

import click

from villagepoints.commands import shared
from villagepoints.services import seal as seals
from villagepoints.services import verify as services
from villagepoints.services import village as villages


@click.command(help="从每一条记录重算所有的账；有不符就列出来，退出码 1")
@shared.village_option
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="SEAL.json",
    help="再和公布过的封账文件核对",
)
@shared.json_option
def verify(code: str | None, against: Path | None, as_json: bool) -> None:
    """Verify one village, or all of them; `--against` holds the books against a published seal as well."""
    published = seals.read_published(against.read_text(encoding="utf-8", errors="replace")) if against else None
    with shared.opened() as session:
        chosen = [villages.by_code(session, code)] if code else villages.everyone(session)
        problems = [problem for village in chosen for problem in services.verify(session, village)]
        if published:
            problems += seals.against(session, published)
        names = "、".join(village.name for village in chosen)
    if as_json:
        shared.print_json({"ok": not problems, "problems": [problem.as_json() for problem in problems]})
    else:
        for problem in problems:
            place = " ".join(str(part) for part in (problem.household, problem.seq) if part is not None)
            click.echo(f"{problem.village} {place}：{problem.sentence}")
        click.echo(f"{names}：有 {len(problems)} 处不符。" if problems else f"{names or '还没有村'}：账都对得上。")
    sys.exit(1 if problems else 0)

"""`villagepoints verify`: recomputes the books from the entries and names what does not agree."""

import sys

import click

from villagepoints.commands import shared
from villagepoints.services import verify as services
from villagepoints.services import village as villages


@click.command(help="从每一条记录重算所有的账；有不符就列出来，退出码 1")
@shared.village_option
@shared.json_option
def verify(code: str | None, as_json: bool) -> None:
    """Verify one village, or all of them."""
    with shared.opened() as session:
        chosen = [villages.by_code(session, code)] if code else villages.everyone(session)
        problems = [problem for village in chosen for problem in services.verify(session, village)]
        names = "、".join(village.name for village in chosen)
    if as_json:
        shared.print_json({"ok": not problems, "problems": [problem.as_json() for problem in problems]})
    else:
        for problem in problems:
            place = " ".join(str(part) for part in (problem.household, problem.seq) if part is not None)
            click.echo(f"{problem.village} {place}：{problem.sentence}")
        click.echo(f"{names}：有 {len(problems)} 处不符。" if problems else f"{names or '还没有村'}：账都对得上。")
    sys.exit(1 if problems else 0)

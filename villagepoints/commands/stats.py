"""`villagepoints stats`: what a village's books add up to."""

import click

from villagepoints.commands import shared
from villagepoints.services import stats as services


@click.command(help="一个村的账加起来是多少")
@click.option("--balances", is_flag=True, help="也列出每一户的积分")
@shared.village_option
@shared.json_option
def stats(code: str | None, as_json: bool, balances: bool) -> None:
    """Print the totals, one a line or as JSON."""
    with shared.opened() as session:
        village = shared.the_village(session, code)
        figures = services.stats(session, village.id, balances=balances)
    if as_json:
        shared.print_json(figures)
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for key, one in value.items():
                click.echo(f"  {key}\t{one:,}")
        else:
            click.echo(f"{name}\t{value:,}")

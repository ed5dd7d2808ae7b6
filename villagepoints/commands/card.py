"""`villagepoints cards` and `villagepoints card`: door cards as PDF sheets, and the address on one of them."""

import sys
from pathlib import Path

import click
from flask import current_app

from villagepoints.commands import shared
from villagepoints.domain.actor import Actor
from villagepoints.services import card as services
from villagepoints.services import door_card, household


@click.command(help="把码牌排成 PDF，打印后裁开；没有码牌的户先发一张")
@shared.village_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="PDF 文件")
@click.option("--group", "group_no", type=int, help="只要这个组")
@click.option("--household", "number", default="", help="只要这一户的户号")
@click.option("--per-sheet", type=click.Choice(["1", "4", "6"]), default="4", help="一张 A4 纸几张码牌；1：一户一张 A6")
def cards(code: str | None, output: Path, group_no: int | None, number: str, per_sheet: str) -> None:
    """Give every household its card, then print the wanted ones."""
    with shared.opened() as session:
        village = shared.the_village(session, code)
        key: bytes = current_app.config["CARD_KEY"]
        now = shared.now()
        issued = services.issue_missing(session, Actor(village.id), card_key=key, now=now)
        wanted = door_card.cards_of(
            session,
            village,
            card_key=key,
            public_url=current_app.config["PUBLIC_URL"],
            group_no=group_no,
            number=number,
        )
        with click.progressbar(length=len(wanted), label="画码并逐张试读", file=sys.stderr) as bar:
            sheets = door_card.sheets(
                door_card.heading_of(village), wanted, now, per_sheet=int(per_sheet), drawn=lambda: bar.update(1)
            )
    output.write_bytes(sheets.pdf)
    if issued:
        click.echo(f"新发了 {issued} 张码牌。")
    click.echo(f"{output}：{len(wanted)} 张码牌，每个码都试读过了。")
    for household_number, missing in sheets.gaps.items():
        click.echo(f"{household_number}：「{missing}」字体里没有，纸条上是空的，请手写补上。", err=True)


@click.group(help="一户的码牌")
def card() -> None:
    """One household's door card."""


@card.command(help="这一户码牌上的地址")
@shared.village_option
@click.option("--household", "number", required=True, help="户号")
def url(code: str | None, number: str) -> None:
    """Print the address on a household's card, giving it its first card if it has none."""
    with shared.opened() as session:
        village = shared.the_village(session, code)
        key: bytes = current_app.config["CARD_KEY"]
        household.by_number(session, village.id, number)
        services.issue_missing(session, Actor(village.id), card_key=key, now=shared.now())
        found = door_card.cards_of(
            session, village, card_key=key, public_url=current_app.config["PUBLIC_URL"], number=number
        )
    click.echo(found[0].url)

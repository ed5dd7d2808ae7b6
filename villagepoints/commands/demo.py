"""`villagepoints demo`: the invented village 盛新村, to look at and to try things on."""

from dataclasses import dataclass
from secrets import token_hex

import click
from flask import current_app
from sqlalchemy.orm import Session

from villagepoints import qr
from villagepoints.commands import shared
from villagepoints.commands.user import sign_in_url
from villagepoints.domain.actor import Actor
from villagepoints.extensions import db
from villagepoints.services import card, user
from villagepoints.services.demo import audit, staff, words, writing
from villagepoints.services.demo.people import SHOWCASE


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways into the demo village: links of the staff, the clerk's first, and a household's door."""

    links: dict[str, str]
    door_url: str
    door_code_text: str
    opening_code: str


@click.command(help="造一个演示村（代码 sx）：人是编的，数和公布的一样；已有就不动它")
def demo() -> None:
    """Make the demo village if it is missing, and print one-time sign-in links."""
    with shared.application():
        shared.upgrade()
        session = db.session()
        made = make(session)
        doors = ways_in(session, made, everybody=True)
    click.echo(f"演示村 {words.VILLAGE_NAME}（代码 {words.VILLAGE_CODE}）。登录链接，24 小时内各用一次：")
    for name, link in doors.links.items():
        click.echo(f"  {name}　{link}")
    click.echo(f"{SHOWCASE} 家门口的码：{doors.door_url}\n开门码：{doors.opening_code}")
    click.echo("现在运行 villagepoints run 或 serve，再打开链接。")


def make(session: Session) -> writing.Demo:
    """The demo village with its audit of last month, made now where it is missing; that takes some seconds."""
    found = writing.find(session)
    if found is None:
        click.echo("第一次：正在造演示村，要几秒钟……", err=True)
        config, now = current_app.config, shared.now()
        found = writing.make(session, card_key=config["CARD_KEY"], now=now)
        # its seals also give the statements their codes
        audit.write(session, found.village_id, card_key=config["CARD_KEY"], url=config["PUBLIC_URL"], now=now)
    return found


def ways_in(session: Session, demo: writing.Demo, *, everybody: bool = False) -> Doors:
    """Fresh sign-in links (of the clerk alone, or of everybody), and the shown household's door."""
    actor, config = Actor(demo.village_id), current_app.config
    people = sorted(user.list_users(session, demo.village_id), key=lambda row: row.login_name != staff.DESK)
    links = {
        row.name: sign_in_url(user.make_link(session, actor, user_id=row.id, now=shared.now()))
        for row in people
        if everybody or row.login_name == staff.DESK
    }
    key = config["CARD_KEY"]
    printed = card.printed(session, demo.village_id, card_key=key, household_ids=[demo.household_id])
    if printed and printed[0].opening_code:
        door = printed[0]
    elif printed:  # the slip was used: give the visitor a new one
        door = card.renew_opening(
            session, actor, household_id=demo.household_id, card_key=key, key=token_hex(16), now=shared.now()
        )
    else:
        door = card.issue(
            session, actor, household_id=demo.household_id, card_key=key, key=token_hex(16), now=shared.now()
        )
    url = config["PUBLIC_URL"]
    return Doors(
        links,
        card.url_of(url, words.VILLAGE_CODE, door.token),
        qr.terminal(card.url_of(url, words.VILLAGE_CODE, door.token, printed=True)),
        door.opening_code or "",
    )

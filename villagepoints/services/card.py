"""Door cards: issue them, give out a new opening code, print them again, and find the household behind a scan."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.card import opening_code_of, opening_hash, token_of, token_sha256
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Card, Household, Village
from villagepoints.models.base import new_id
from villagepoints.services import activity, once, village
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What stands on a card and its slip; `opening_code` is None once it was used."""

    household_id: UUID
    household_number: str
    head_name: str
    group_no: int | None
    residency: str
    number: int
    token: str
    opening_code: str | None


@dataclass(frozen=True, slots=True)
class Scan:
    """Whose door a scanned card hangs on."""

    village_id: UUID
    village_code: str
    household_id: UUID
    household_number: str
    card_id: UUID


def url_of(public_url: str, village_code: str, token: str, *, printed: bool = False) -> str:
    """The address on a card; `printed`: upper case, a smaller code, the same page."""
    url = f"{public_url}/q/{village_code}/{token}"
    return url.upper() if printed else url


def resolve(session: Session, village_code: str, token: str) -> Scan | None:
    """The household of a living card; None for a token that is unknown, revoked or another village's.

    One and the same statement whichever way it misses, so that neither answer nor time tells which it was.
    """
    row = session.execute(
        select(Village.id, Village.code, Card.id, Card.household_id, Household.number, Card.revoked_at)
        .outerjoin(Card, and_(Card.village_id == Village.id, Card.token_sha256 == token_sha256(token)))
        .outerjoin(
            Household,
            and_(
                Household.village_id == Card.village_id, Household.id == Card.household_id, Household.left_on.is_(None)
            ),
        )
        .where(Village.code == village.known_form(village_code))
    ).first()
    if row is None or row.number is None or row.revoked_at is not None:
        return None
    return Scan(row[0], row[1], row[3], row[4], row[2])


@transaction
def issue(
    session: Session, actor: Actor, *, household_id: UUID, card_key: bytes, reason: str = "", key: str, now: datetime
) -> PrintedCard:
    """Give the household a card with a new number and a fresh opening code; any earlier card of it dies.

    Raises NotFound for a household that is not in the actor's village.
    """
    asked = {"act": "card.issue", "household": household_id, "reason": reason}
    if once.claim(session, actor.village_id, key, asked, now) is None:
        create(session, actor, [household_id], card_key=card_key, now=now, reason=reason)
        once.answer(session, actor.village_id, key, {})
    return _only(printed(session, actor.village_id, card_key=card_key, household_ids=[household_id]))


@transaction
def issue_missing(session: Session, actor: Actor, *, card_key: bytes, now: datetime) -> int:
    """Give every household without a living card its card; how many were given."""
    living = select(Card.household_id).where(Card.village_id == actor.village_id, Card.revoked_at.is_(None))
    without = session.scalars(
        select(Household.id)
        .where(Household.village_id == actor.village_id, Household.left_on.is_(None), Household.id.not_in(living))
        .order_by(Household.number)
    ).all()
    create(session, actor, without, card_key=card_key, now=now)
    return len(without)


def create(
    session: Session,
    actor: Actor,
    household_ids: Collection[UUID],
    *,
    card_key: bytes,
    now: datetime,
    reason: str = "",
) -> None:
    """New cards for these households inside the caller's transaction; NotFound if one is not of the actor's village."""
    if not household_ids:
        return
    village_id = actor.village_id
    # two at once would give one household the same number twice; the village before its accounts, as everywhere
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    last = _last_numbers(session, village_id, household_ids)
    session.execute(
        update(Card)
        .where(Card.village_id == village_id, Card.household_id.in_(household_ids), Card.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    numbers = {household_id: last[household_id] + 1 for household_id in household_ids}
    session.execute(insert(Card), [_new_card(village_id, who, no, card_key, now) for who, no in numbers.items()])
    _touch(session, village_id, household_ids)
    acts: list[tuple[UUID | None, Mapping[str, Any]]] = [
        (who, {"card": number, "reason": reason}) for who, number in numbers.items()
    ]
    activity.record_all(session, actor, "card.issued", now, acts)


@transaction
def renew_opening(
    session: Session, actor: Actor, *, household_id: UUID, card_key: bytes, key: str, now: datetime
) -> PrintedCard:
    """A fresh opening code for the living card, for a household that lost its slip or forgot its PIN.

    The card on the door and the phones that are remembered stay as they are. Raises NotFound where no card lives.
    """
    asked = {"act": "card.renew_opening", "household": household_id}
    if once.claim(session, actor.village_id, key, asked, now) is None:
        card = session.execute(
            select(Card.id, Card.number, Card.opening_no).where(
                Card.village_id == actor.village_id, Card.household_id == household_id, Card.revoked_at.is_(None)
            )
        ).one_or_none()
        if card is None:
            raise NotFound(N_("这户还没有码牌，先发一张码牌，上面就有开门码。"))
        code = opening_code_of(card_key, actor.village_id, household_id, card.number, card.opening_no + 1)
        session.execute(
            update(Card)
            .where(Card.village_id == actor.village_id, Card.id == card.id)
            .values(opening_no=card.opening_no + 1, opening_sha256=opening_hash(card_key, card.id, code))
        )
        activity.record(session, actor, "card.opening_renewed", now, subject=household_id, detail={"card": card.number})
        once.answer(session, actor.village_id, key, {})
    return _only(printed(session, actor.village_id, card_key=card_key, household_ids=[household_id]))


def printed(
    session: Session,
    village_id: UUID,
    *,
    card_key: bytes,
    household_ids: Collection[UUID] | None = None,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[PrintedCard]:
    """The living cards as they are printed, by household number, made again from the key; one statement.

    Of all households, of some, or of those that meet conditions.
    """
    wanted = (
        select(Card, Household.number.label("house"), Household.head_name, Household.group_no, Household.residency)
        .join(Household, and_(Household.village_id == Card.village_id, Household.id == Card.household_id))
        .where(Card.village_id == village_id, Card.revoked_at.is_(None), *where)
        .order_by(Household.number)
    )
    if household_ids is not None:
        wanted = wanted.where(Card.household_id.in_(household_ids))
    return [
        PrintedCard(
            card.household_id,
            house,
            head_name,
            group_no,
            residency,
            card.number,
            token_of(card_key, village_id, card.household_id, card.number),
            opening_code_of(card_key, village_id, card.household_id, card.number, card.opening_no)
            if card.opening_sha256
            else None,
        )
        for card, house, head_name, group_no, residency in session.execute(wanted)
    ]


def _new_card(village_id: UUID, household_id: UUID, number: int, card_key: bytes, now: datetime) -> dict[str, object]:
    card_id = new_id()
    code = opening_code_of(card_key, village_id, household_id, number, 1)
    return {
        "village_id": village_id,
        "id": card_id,
        "household_id": household_id,
        "number": number,
        "token_sha256": token_sha256(token_of(card_key, village_id, household_id, number)),
        "opening_no": 1,
        "opening_sha256": opening_hash(card_key, card_id, code),
        "issued_at": now,
    }


def _last_numbers(session: Session, village_id: UUID, household_ids: Collection[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(Household.id, func.coalesce(func.max(Card.number), 0))
        .outerjoin(Card, and_(Card.village_id == Household.village_id, Card.household_id == Household.id))
        .where(Household.village_id == village_id, Household.id.in_(household_ids))
        .group_by(Household.id)
    ).all()
    if len(rows) != len(set(household_ids)):
        raise NotFound(N_("村里没有这一户，码牌没有发。"))
    return {row[0]: row[1] for row in rows}


def _touch(session: Session, village_id: UUID, household_ids: Collection[UUID]) -> None:
    session.execute(
        update(Household)
        .where(Household.village_id == village_id, Household.id.in_(household_ids))
        .values(revision=Household.revision + 1)
    )


def _only(cards: list[PrintedCard]) -> PrintedCard:
    if not cards:
        raise NotFound(N_("这户还没有码牌。"))
    return cards[0]

"""A lost door card: it dies at once, the trail keeps who said so and why, and a new one is given when it is wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, NotAllowed, NotFound
from villagepoints.models import Activity, Card, Household, User, Village
from villagepoints.services import activity, card, household, once
from villagepoints.services.transaction import transaction

LOST = "card.lost"


@dataclass(frozen=True, slots=True)
class Lost:
    """A card that was reported lost: which, when, why, and by whom (the household's own phone has no name)."""

    number: int
    at: datetime
    reason: str
    by: str
    by_household: bool


@transaction
def lose(
    session: Session,
    actor: Actor,
    *,
    household_id: UUID,
    reason: str,
    key: str,
    now: datetime,
    new_with: bytes | None = None,
) -> None:
    """Let the household's card die at once, with who, when and why in the trail; with the card key: and give a new one.

    By staff or by the household's own phone, which stays remembered and cannot give itself a new card. Raises BadInput
    without a reason, NotFound where no card lives, NotAllowed for a phone that asks for more than its own.
    """
    asked = {"act": "card.lose", "household": household_id, "reason": reason, "new": new_with is not None}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    if not reason.strip():
        raise BadInput(N_("请写一句怎么了，以后查得到。码牌还能用，没有动。")).at("reason")
    if actor.household_id is not None and (actor.household_id != household_id or new_with is not None):
        raise NotAllowed(N_("只能给自己家的码牌挂失；新的要到村里领。什么都没有动。"))
    _revoke(session, actor, household_id, reason.strip(), now)
    if new_with is not None:
        card.create(session, actor, [household_id], card_key=new_with, now=now, reason=reason.strip())
    once.answer(session, actor.village_id, key, {})


def _revoke(session: Session, actor: Actor, household_id: UUID, reason: str, now: datetime) -> None:
    living = (Card.village_id == actor.village_id, Card.household_id == household_id, Card.revoked_at.is_(None))
    # the village before its accounts, and two who report the same card one after the other
    session.execute(select(Village.id).where(Village.id == actor.village_id).with_for_update(key_share=True))
    number = session.scalar(update(Card).where(*living).values(revoked_at=now).returning(Card.number))
    if number is None:
        raise NotFound(N_("这户现在没有能用的码牌，不用挂失。"))
    household.touch(session, actor.village_id, household_id)
    by = "household" if actor.household_id else "staff"
    detail = {"card": number, "reason": reason, "by": by}
    activity.record(session, actor, LOST, now, subject=household_id, detail=detail)


def lost(session: Session, village_id: UUID, household_id: UUID) -> Lost | None:
    """How the household's last card was reported lost; None while one lives, or where none ever was. Two statements."""
    last = session.execute(
        select(Card.number, Card.revoked_at)
        .where(Card.village_id == village_id, Card.household_id == household_id)
        .order_by(Card.number.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.revoked_at is None:
        return None
    row = session.execute(
        select(Activity.detail, User.name)
        .outerjoin(User, and_(User.village_id == Activity.village_id, User.id == Activity.actor_id))
        .where(
            Activity.village_id == village_id,
            Activity.action == LOST,
            Activity.subject == household_id,
            Activity.recorded_at == last.revoked_at,
        )
        .order_by(Activity.seq.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Lost(last.number, last.revoked_at, row.detail["reason"], row.name or "", row.detail["by"] == "household")


def wrong_losses(session: Session, village_id: UUID) -> Iterator[tuple[str, int]]:
    """Households, by number, whose card was reported lost and opens the door all the same; one statement."""
    reported = (Activity.village_id == village_id, Activity.action == LOST)
    rows = session.execute(
        select(Household.number, Card.number, Activity.detail)
        .join(Card, and_(Card.village_id == Activity.village_id, Card.household_id == Activity.subject))
        .join(Household, and_(Household.village_id == Card.village_id, Household.id == Card.household_id))
        .where(*reported, Card.revoked_at.is_(None))
    )
    for household_number, number, detail in rows:
        if detail["card"] == number:
            yield household_number, number

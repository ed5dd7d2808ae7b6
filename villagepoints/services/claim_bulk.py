"""Approving many claims at once: each is checked by itself, and what did not go through is named with its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, DomainError
from villagepoints.models import Claim, Household
from villagepoints.services import allowed, claim, once, posting
from villagepoints.services.transaction import transaction

MOST = 100  # a page of the list


@dataclass(frozen=True, slots=True)
class NotDone:
    """A claim that still waits: whose and under which item, and the sentence that says why."""

    id: UUID
    number: str
    head_name: str
    item_code: str
    sentence: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """How many claims are through, how many need somebody else as well, and which did not go through."""

    through: int
    need_another: int
    not_done: Sequence[NotDone]


@transaction
def approve_many(session: Session, actor: Actor, *, key: str, claim_ids: Collection[UUID], now: datetime) -> Done:
    """Approve each of these claims as `claim.approve` would; one that is refused changes nothing and stops nobody.

    Raises BadInput for none or too many at once.
    """
    wanted = sorted(set(claim_ids))
    if not 1 <= len(wanted) <= MOST:
        raise BadInput(N_("请先勾选要同意的，一次最多 %(most)s 条。什么都没有动。"), most=MOST)
    request = {"approve_many": [str(one) for one in wanted], "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        not_done = [NotDone(**{**one, "id": UUID(one["id"])}) for one in earlier["not_done"]]
        return Done(earlier["through"], earlier["need_another"], not_done)
    through = need_another = 0
    refused: list[dict[str, Any]] = []
    for claim_id, named in lock_all(session, actor.village_id, wanted).items():
        try:
            with session.begin_nested():
                decided = claim.approve_in(session, actor, claim_id, "", now)
        except DomainError as error:
            values = {name: value if isinstance(value, int) else str(value) for name, value in error.values.items()}
            refused.append({"id": str(claim_id), **named, "sentence": error.sentence, "values": values})
            continue
        through += decided.status != rules.WAITING
        need_another += decided.status == rules.WAITING
    once.answer(session, actor.village_id, key, {"through": through, "need_another": need_another, "not_done": refused})
    return Done(through, need_another, [NotDone(**{**one, "id": UUID(one["id"])}) for one in refused])


def lock_all(session: Session, village_id: UUID, claim_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Lock these claims, the village's shared quotas and the accounts, in the order of every other act; whose each
    claim is and under which item, the oldest first. What is not of the village is left out."""
    session.execute(
        select(Claim.id)
        .where(Claim.village_id == village_id, Claim.id.in_(claim_ids))
        .order_by(Claim.id)
        .with_for_update()
    )
    allowed.queue(session, village_id)
    rows = _named(session, village_id, claim_ids)
    posting.lock(session, village_id, {row.household_id for row in rows})
    return {
        row.id: {"number": row.number, "head_name": row.head_name, "item_code": row.item_code or ""} for row in rows
    }


def names(session: Session, village_id: UUID, claim_ids: Sequence[UUID]) -> list[str]:
    """Whose each of these claims is, under which item and of how many points, the oldest first; one statement."""
    rows = _named(session, village_id, claim_ids)
    sign = {True: "−", False: "＋"}
    return [
        " ".join(filter(None, (row.number, row.head_name, row.item_code, f"{sign[row.points < 0]}{abs(row.points)}")))
        for row in rows
    ]


def numbers_of(session: Session, village_id: UUID, claim_ids: Sequence[UUID]) -> list[str]:
    """The numbers of the households these claims are of, the oldest claim first; one statement."""
    return [row.number for row in _named(session, village_id, claim_ids)]


def _named(
    session: Session, village_id: UUID, claim_ids: Sequence[UUID]
) -> Sequence[Row[UUID, UUID, str, str, str | None, int]]:
    return session.execute(
        select(Claim.id, Claim.household_id, Household.number, Household.head_name, Claim.item_code, Claim.points)
        .join(Household, and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id))
        .where(Claim.village_id == village_id, Claim.id.in_(claim_ids))
        .order_by(Claim.claimed_at, Claim.id)
    ).all()

"""评议: open a round with who is present, keep what it decides on each claim, close it and apply all at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as claim_rules
from villagepoints.domain import council as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, DomainError, NotAllowed, NotFound
from villagepoints.models import Claim, Council, CouncilItem, CouncilMember, Review, User
from villagepoints.services import activity, allowed, claim, claim_bulk, once
from villagepoints.services import household as households
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Said:
    """What a council says of a claim: approved, refused, or nothing yet (empty), and why."""

    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """How many claims were approved and refused, and how many still wait."""

    approved: int
    refused: int
    left: int


@transaction
def open_round(
    session: Session,
    actor: Actor,
    *,
    key: str,
    held_on: date,
    place: str,
    members: Collection[UUID],
    claim_ids: Collection[UUID] | None,
    now: datetime,
) -> UUID:
    """Open a round over these claims, or over all that wait (None); its id.

    What is decided meanwhile, or before another round, is left out. Raises BadInput for a date to come or nothing to
    decide, RuleBroken for fewer than three members, NotAllowed for members who may not sit.
    """
    asked = {"open_council": held_on, "place": place, "members": sorted(map(str, members)), "by": actor.user_id}
    asked["claims"] = None if claim_ids is None else sorted(map(str, claim_ids))
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return UUID(earlier["id"])
    rules.check_held(held_on, village_date(now))
    taken = _waiting(session, actor.village_id, claim_ids)
    if not taken:
        raise BadInput(N_("没有可以评议的：要评的都已经办了，或者在另一次评议里。没有开。"))
    council = Council(village_id=actor.village_id, held_on=held_on, place=place.strip()[:80], status=rules.OPEN)
    council.opened_by, council.opened_at = actor.user_id, now
    session.add(council)
    session.flush()
    _seat(session, actor.village_id, council.id, members)
    key_of = {"village_id": actor.village_id, "council_id": council.id}
    session.add_all(CouncilItem(**key_of, claim_id=claim_id) for claim_id in taken)
    session.flush()
    activity.record(session, actor, "council.opened", now, subject=council.id, detail={"claims": len(taken)})
    once.answer(session, actor.village_id, key, {"id": str(council.id)})
    return council.id


def _waiting(session: Session, village_id: UUID, claim_ids: Collection[UUID] | None) -> Sequence[UUID]:
    """The claims that wait before no other open round."""
    before_another = exists().where(
        CouncilItem.village_id == Claim.village_id,
        CouncilItem.claim_id == Claim.id,
        Council.village_id == CouncilItem.village_id,
        Council.id == CouncilItem.council_id,
        Council.status == rules.OPEN,
    )
    statement = select(Claim.id).where(
        Claim.village_id == village_id, Claim.status == claim_rules.WAITING, ~before_another
    )
    if claim_ids is not None:
        statement = statement.where(Claim.id.in_(claim_ids))
    return session.scalars(statement.order_by(Claim.claimed_at, Claim.id)).all()


@transaction
def change_members(
    session: Session, actor: Actor, *, key: str, council_id: UUID, members: Collection[UUID], now: datetime
) -> None:
    """Put right who is present while the round is open. Raises Conflict afterwards, otherwise as `open_round`."""
    asked = {"council_members": str(council_id), "members": sorted(map(str, members)), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    council = _open(session, actor.village_id, council_id)
    for row in _seats(session, council):
        session.delete(row)
    session.flush()
    _seat(session, actor.village_id, council.id, members)
    once.answer(session, actor.village_id, key, {})


def _seat(session: Session, village_id: UUID, council_id: UUID, members: Collection[UUID]) -> None:
    rules.check_members(members)
    able = {user.id for user in able_to_sit(session, village_id)}
    if not set(members) <= able:
        raise NotAllowed(N_("评议人要是在岗的文书或审核人；监督小组的人不参加评议。没有记。"))
    session.add_all(
        CouncilMember(village_id=village_id, council_id=council_id, user_id=user_id) for user_id in set(members)
    )
    session.flush()


def able_to_sit(session: Session, village_id: UUID) -> Sequence[User]:
    """The staff who may decide in a council, by name; one statement."""
    users = session.scalars(
        select(User).where(User.village_id == village_id, User.is_active.is_(True)).order_by(User.name, User.id)
    )
    return [user for user in users if rules.may_sit(user.roles)]


@transaction
def save(
    session: Session,
    actor: Actor,
    *,
    key: str,
    council_id: UUID,
    said: Mapping[UUID, Said],
    minutes: str,
    now: datetime,
) -> None:
    """Keep what the council said so far; nothing is decided by it yet.

    Raises Conflict once the round is over, BadInput for a refusal without a reason, NotFound.
    """
    if once.claim(session, actor.village_id, key, _asked("save", actor, council_id, said, minutes), now) is not None:
        return
    _keep(session, _open(session, actor.village_id, council_id), said, minutes)
    once.answer(session, actor.village_id, key, {})


@transaction
def close(
    session: Session,
    actor: Actor,
    *,
    key: str,
    council_id: UUID,
    said: Mapping[UUID, Said],
    minutes: str,
    now: datetime,
) -> Closed:
    """Keep what was said last and apply all of it in one step; then nothing of the round can be changed.

    A claim goes on waiting, and its line says why, where nothing was said of it, where fewer than three are left after
    those concerned stepped aside, where whoever closes is one of those, where it was decided meanwhile, or where the
    book does not allow it any more.
    Raises BadInput without minutes or for a refusal without a reason, NotAllowed for who was not present, Conflict once
    the round is over, NotFound.
    """
    request = _asked("close", actor, council_id, said, minutes)
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Closed(**earlier)
    council = _open(session, actor.village_id, council_id)
    members = [row.user_id for row in _seats(session, council)]
    rules.check_members(members)
    if actor.user_id not in members:
        raise NotAllowed(N_("评议由到场的人来结束，你不在到场名单里。没有动。"))
    _keep(session, council, said, minutes)
    rules.check_minutes(council.minutes)
    counts = _apply_all(session, actor, council, members, now)
    council.status, council.closed_by, council.closed_at = rules.CLOSED, actor.user_id, now
    session.flush()
    activity.record(session, actor, "council.closed", now, subject=council.id, detail=counts)
    once.answer(session, actor.village_id, key, counts)
    return Closed(**counts)


def _asked(act: str, actor: Actor, council_id: UUID, said: Mapping[UUID, Said], minutes: str) -> dict[str, Any]:
    lines = sorted([str(claim_id), one.decision, one.reason] for claim_id, one in said.items())
    return {f"{act}_council": str(council_id), "by": actor.user_id, "said": lines, "minutes": minutes}


def _keep(session: Session, council: Council, said: Mapping[UUID, Said], minutes: str) -> None:
    unsaid = [id_ for id_, one in said.items() if one.decision == claim_rules.REFUSED and not one.reason.strip()]
    if unsaid:
        raise BadInput(
            N_("不同意的都要写原因，村民会看到：%(numbers)s 还没写。没有存，勾选的都还在。"),
            numbers="、".join(claim_bulk.numbers_of(session, council.village_id, unsaid)),
        )
    council.minutes = minutes.strip()
    for item in _items(session, council):
        one = said.get(item.claim_id)
        if one is None:
            continue
        is_decision = one.decision in (claim_rules.APPROVED, claim_rules.REFUSED)
        item.decision, item.reason = one.decision if is_decision else None, one.reason.strip()[:200]
    session.flush()


def _apply_all(
    session: Session, actor: Actor, council: Council, members: Sequence[UUID], now: datetime
) -> dict[str, int]:
    items = _items(session, council)
    claim_bulk.lock_all(session, council.village_id, [item.claim_id for item in items])
    rows = {item.claim_id: claim.locked(session, council.village_id, item.claim_id) for item in items}
    homes = {row.household_id for row in rows.values()}
    concerned = allowed.concerned_by(session, council.village_id, homes, members)
    counts = {"approved": 0, "refused": 0, "left": 0}
    for item in items:
        row = rows[item.claim_id]
        deciders = rules.deciding(members, row.recorded_by, concerned.get(row.household_id, set()))
        item.recused = [str(member) for member in members if member not in deciders]
        try:
            with session.begin_nested():
                counts[_apply(session, actor, council, item, row, deciders, now)] += 1
        except DomainError as error:
            item.decision, item.reason = None, str(error)[:200]
            counts["left"] += 1
    return counts


def _apply(
    session: Session,
    actor: Actor,
    council: Council,
    item: CouncilItem,
    row: Claim,
    deciders: Sequence[UUID],
    now: datetime,
) -> str:
    """Apply one decision and say which it was; a DomainError leaves the claim as it is."""
    claim_rules.check_open(row.status)
    if not rules.is_quorate(deciders):
        raise Conflict(N_("回避以后不到三个人，这一条定不了，还在待审核。"))
    if item.decision is None:
        return "left"
    rules.check_closer(actor.user_id, deciders)
    mine = (Review.village_id == row.village_id, Review.claim_id == row.id)
    before = set(session.scalars(select(Review.reviewer_id).where(*mine)))
    for member in deciders:
        if member not in before:
            claim.review(session, row.village_id, row, member, item.decision, item.reason, now)
    row.council_id = council.id
    if item.decision == claim_rules.APPROVED:
        claim.accept(session, actor, row, now)
        return "approved"
    row.status = claim_rules.REFUSED
    session.flush()
    households.touch(session, row.village_id, row.household_id)
    return "refused"


def _open(session: Session, village_id: UUID, council_id: UUID) -> Council:
    """The round, locked and still open."""
    statement = select(Council).where(Council.village_id == village_id, Council.id == council_id).with_for_update()
    council = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if council is None:
        raise NotFound(N_("没有这次评议。"))
    rules.check_open(council.status)
    return council


def _seats(session: Session, council: Council) -> Sequence[CouncilMember]:
    here = (CouncilMember.village_id == council.village_id, CouncilMember.council_id == council.id)
    return session.scalars(select(CouncilMember).where(*here).order_by(CouncilMember.user_id)).all()


def _items(session: Session, council: Council) -> Sequence[CouncilItem]:
    here = (CouncilItem.village_id == council.village_id, CouncilItem.council_id == council.id)
    return session.scalars(select(CouncilItem).where(*here).order_by(CouncilItem.claim_id)).all()

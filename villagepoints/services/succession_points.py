"""Points that go over from one household to another: at once, or once another person agrees; always as a pair."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain import succession as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household, Succession
from villagepoints.services import allowed, once, posting, red_line_base, rulebook
from villagepoints.services.household_edit import changed, check_lives_here, take
from villagepoints.services.transaction import transaction

_WORDS = {rules.MERGE: "并户", rules.INHERIT: "继承", rules.SPLIT: "分户"}


@dataclass(frozen=True, slots=True)
class Share:
    """How many points go over and on which paper that rests; None: all there are."""

    points: int | None = 0
    document: str = ""


@transaction
def confirm(session: Session, actor: Actor, *, key: str, succession_id: UUID, now: datetime) -> int:
    """Another person lets the points go over; how many.

    Raises Conflict where it is decided or the other household has left, NotAllowed for the recorder and whoever is
    concerned, NotEnoughPoints where fewer are left by now, RuleBroken while a red line pauses them, NotFound.
    """
    request = {"confirm_succession": str(succession_id), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["points"])
    row = _locked(session, actor.village_id, succession_id)
    rules.check_decider(row.status, actor.user_id, row.recorded_by)
    source, target = take(session, actor, row.household_id, row.successor_id)
    for household in (source, target):
        allowed.check_people(session, actor.village_id, household.id, [row.recorded_by])
    check_lives_here(target)
    _check(source, row.kind, Share(row.points, row.document), now)
    row.decided_by, row.decided_at = actor.user_id, now
    _post(session, row, source, target, now)
    tell(session, actor, row, source, target, "succession.confirmed", now)
    once.answer(session, actor.village_id, key, {"points": row.points})
    return row.points


@transaction
def refuse(session: Session, actor: Actor, *, key: str, succession_id: UUID, reason: str, now: datetime) -> None:
    """Points do not go over, with the reason; whoever proposed it may take it back so. The people stay where they are.

    Raises Conflict where it is decided, BadInput without a reason, NotAllowed, NotFound.
    """
    request = {"refuse_succession": str(succession_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    if not reason.strip():
        raise BadInput(N_("请写明为什么不转。什么都没有动。")).at("reason")
    row = _locked(session, actor.village_id, succession_id)
    rules.check_decider(row.status, actor.user_id, None)
    source, target = take(session, actor, row.household_id, row.successor_id)
    row.status, row.reason = rules.REFUSED, reason.strip()[:200]
    row.decided_by, row.decided_at = actor.user_id, now
    tell(session, actor, row, source, target, "succession.refused", now)
    once.answer(session, actor.village_id, key, {})


def _check(source: Household, kind: str, share: Share, now: datetime) -> int:
    """The points that go over, if they may."""
    points = max(0, source.balance) if share.points is None else share.points
    rules.check_points(points, max(0, source.balance))
    rules.check_not_paused(points, source.redeem_paused_until, village_date(now))
    rules.check_document(kind, points, share.document)
    return points


def hand_on(
    session: Session, actor: Actor, source: Household, target: Household, kind: str, share: Share, now: datetime
) -> Succession:
    """Keep that one household goes on with what another had; few points go over at once, many wait to be confirmed."""
    today = village_date(now)
    points = _check(source, kind, share, now)
    if kind != rules.SPLIT or points:
        _check_none_waits(session, source)
    before = _handed_on_alone(session, source) if points else 0
    row = Succession(
        village_id=actor.village_id,
        household_id=source.id,
        successor_id=target.id,
        kind=kind,
        points=points,
        document=share.document.strip()[:120],
        succeeded_on=today,
        status=rules.DONE,
        recorded_by=actor.user_id,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    if rulebook.in_force(session, actor.village_id, today).needs_second_approver(points + before):
        row.status = rules.WAITING
    elif points:
        _post(session, row, source, target, now)
    session.flush()
    return row


def _handed_on_alone(session: Session, source: Household) -> int:
    """What one person alone let go over from a household so far: many points in small parts are many points."""
    mine = (Succession.village_id == source.village_id, Succession.household_id == source.id)
    alone = (Succession.status == rules.DONE, Succession.decided_by.is_(None))
    return session.scalar(select(func.coalesce(func.sum(Succession.points), 0)).where(*mine, *alone)) or 0


def _check_none_waits(session: Session, source: Household) -> None:
    mine = (Succession.village_id == source.village_id, Succession.household_id == source.id)
    if session.scalar(select(Succession.id).where(*mine, Succession.status == rules.WAITING).limit(1)):
        raise Conflict(N_("这户已经有一笔积分等着转，先请另一个人定下来。什么都没有动。"))


def _post(session: Session, row: Succession, source: Household, target: Household, now: datetime) -> None:
    """The pair of transfers: what the one gives the other takes, in one step."""
    words = _WORDS[row.kind]
    paper = f"（{row.document}）" if row.document else ""

    def draft(whose: Household, other: Household, points: int, note: str) -> Draft:
        return Draft(
            household_id=whose.id,
            kind=ledger.TRANSFER,
            points=points,
            occurred_on=village_date(now),
            origin=ledger.PAGE,
            recorded_by=row.recorded_by,
            approved_by=row.decided_by,
            counter_household_id=other.id,
            note=note,
        )

    given, taken = posting.post(
        session,
        row.village_id,
        [
            draft(source, target, -row.points, f"{words}：转给 {target.number} 户{paper}"),
            draft(target, source, row.points, f"{words}：{source.number} 户转来{paper}"),
        ],
        now,
    )
    row.status, row.given_seq, row.taken_seq = rules.DONE, given.seq, taken.seq
    session.flush()


def _locked(session: Session, village_id: UUID, succession_id: UUID) -> Succession:
    red_line_base.hold(session, village_id)
    row = session.get(Succession, (village_id, succession_id), populate_existing=True)
    if row is None:
        raise NotFound(N_("没有这笔转积分。"))
    return row


def tell(
    session: Session,
    actor: Actor,
    row: Succession,
    source: Household,
    target: Household,
    action: str,
    now: datetime,
    **more: object,
) -> None:
    """Keep the act in the trail of both households, and let both pages be read anew."""
    told = {"succession": row.id, "kind": row.kind, "points": row.points, "document": row.document, **more}
    told |= {"status": row.status, "reason": row.reason, "from": source.number, "to": target.number}
    changed(session, actor, source, action, told, now)
    changed(session, actor, target, action, told, now)

"""Split a household, merge two, hand points on after a death; from many points on another person confirms it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain import succession as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household, Relative, Resident, Succession, User
from villagepoints.services import activity, allowed, once, posting, red_line_base, resident, rulebook
from villagepoints.services import household as households
from villagepoints.services.departure import check_finished, close_account
from villagepoints.services.household_edit import Particulars, changed, check_lives_here, create, take
from villagepoints.services.transaction import transaction

_WORDS = {rules.MERGE: "并户", rules.INHERIT: "继承", rules.SPLIT: "分户"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a split or merger came to: the household people or points went to, and whether the points still wait."""

    household_id: UUID
    points: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many points go over and on which paper that rests; None: all there are."""

    points: int | None = 0
    document: str = ""


@transaction
def split(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    people: Collection[UUID],
    wanted: Particulars,
    share: Share,
    now: datetime,
) -> Settled:
    """Let some people of a household form a new one from today, with as many points as the family agreed on.

    Raises BadInput where nobody or everybody would go, NotEnoughPoints, RuleBroken while a red line pauses the points,
    Conflict (number taken, has left, month being closed), NotAllowed, NotFound.
    """
    request = {"split": str(household_id), "people": sorted(map(str, people)), "share": [share.points, share.document]}
    request["wanted"] = [str(getattr(wanted, name)) for name in wanted.__slots__]
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return _settled(earlier)
    (source,) = take(session, actor, household_id)
    check_lives_here(source)
    going = _going(session, source, people)
    target = create(session, actor, wanted, going[0].name, village_date(now), now)
    resident.move(session, going, source, target)
    _keep_apart(session, actor, source.id, target.id, now)
    row = _hand_on(session, actor, source, target, rules.SPLIT, share, now)
    return _tell(session, actor, key, row, source, target, "household.split", going, now)


@transaction
def join(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    people: Collection[UUID],
    number: str,
    now: datetime,
) -> Settled:
    """Let some people of a household live in another one of the village from now on, as after a wedding; no points go
    with them. Raises as `split`."""
    request = {"join": str(household_id), "people": sorted(map(str, people)), "number": number, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return _settled(earlier)
    source, target = _both(session, actor, household_id, number)
    going = _going(session, source, people)
    resident.move(session, going, source, target)
    row = _hand_on(session, actor, source, target, rules.SPLIT, Share(), now)
    return _tell(session, actor, key, row, source, target, "household.people_moved", going, now)


@transaction
def merge(
    session: Session, actor: Actor, *, key: str, household_id: UUID, number: str, share: Share, now: datetime
) -> Settled:
    """Let a whole household live in another one: it leaves the village, its cards and phones die, its points go over.

    A debt stays behind. Raises RuleBroken while something of it is under way, and as `split`.
    """
    request = {"merge": str(household_id), "number": number, "share": [share.points, share.document]}
    if (earlier := once.claim(session, actor.village_id, key, {**request, "by": actor.user_id}, now)) is not None:
        return _settled(earlier)
    source, target = _both(session, actor, household_id, number)
    check_finished(session, source)
    going = resident.present(session, source)
    resident.move(session, going, source, target)
    close_account(session, source, rules.MERGED, village_date(now), now)
    _keep_apart(session, actor, source.id, target.id, now, moves=True)
    row = _hand_on(session, actor, source, target, rules.MERGE, share, now)
    return _tell(session, actor, key, row, source, target, "household.merged", going, now)


@transaction
def inherit(
    session: Session, actor: Actor, *, key: str, household_id: UUID, number: str, share: Share, now: datetime
) -> Settled:
    """Hand the points of a household that died out or merged on to another, or settle what a split left open.

    Raises RuleBroken where neither is so or a red line pauses them, BadInput without the paper an inheritance rests on,
    NotEnoughPoints, Conflict where the other household has left or a hand-over waits already, NotAllowed, NotFound.
    """
    request = {"inherit": str(household_id), "number": number, "share": [share.points, share.document]}
    if (earlier := once.claim(session, actor.village_id, key, {**request, "by": actor.user_id}, now)) is not None:
        return _settled(earlier)
    source, target = _both(session, actor, household_id, number, gone=True)
    kind = rules.kind_of(source.left_reason, has_ties=_have_ties(session, source, target))
    row = _hand_on(session, actor, source, target, kind, share, now)
    return _tell(session, actor, key, row, source, target, "succession.proposed", (), now)


# ------------------------------------------------------------------ the second person


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
    _trail(session, actor, row, source, target, "succession.confirmed", now)
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
    _trail(session, actor, row, source, target, "succession.refused", now)
    once.answer(session, actor.village_id, key, {})


# ------------------------------------------------------------------ within


def _settled(answer: dict[str, Any]) -> Settled:
    return Settled(UUID(answer["household"]), answer["points"], answer["waits"])


def _both(
    session: Session, actor: Actor, household_id: UUID, number: str, *, gone: bool = False
) -> tuple[Household, Household]:
    """The household and the other one by its number, both taken; `gone`: the first may have left."""
    red_line_base.hold(session, actor.village_id)
    try:
        other = households.by_number(session, actor.village_id, number)
    except NotFound as error:
        raise BadInput(error.sentence, **error.values).at("number") from None
    if other.id == household_id:
        raise BadInput(N_("另一户不能就是这户自己，请填另一户的户号。什么都没有动。")).at("number")
    source, target = take(session, actor, household_id, other.id)
    if not gone:
        check_lives_here(source)
    check_lives_here(target)
    return source, target


def _going(session: Session, source: Household, people: Collection[UUID]) -> list[Resident]:
    here = resident.present(session, source)
    going = [one for one in here if one.id in set(people)]
    if not going or len(going) != len(set(people)):
        raise BadInput(N_("请勾选谁过去。什么都没有动。")).at("people")
    if len(going) == len(here):
        raise BadInput(N_("家里至少要留一个人；全家都过去的，请办「并户」。什么都没有动。")).at("people")
    return going


def _check(source: Household, kind: str, share: Share, now: datetime) -> int:
    """The points that go over, if they may."""
    points = max(0, source.balance) if share.points is None else share.points
    rules.check_points(points, max(0, source.balance))
    rules.check_not_paused(points, source.redeem_paused_until, village_date(now))
    rules.check_document(kind, points, share.document)
    return points


def _hand_on(
    session: Session, actor: Actor, source: Household, target: Household, kind: str, share: Share, now: datetime
) -> Succession:
    """Keep that one household goes on with what another had; few points go over at once, many wait to be confirmed."""
    today = village_date(now)
    points = _check(source, kind, share, now)
    if kind != rules.SPLIT or points:
        _check_none_waits(session, source)
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
    if rulebook.in_force(session, actor.village_id, today).needs_second_approver(points):
        row.status = rules.WAITING
    elif points:
        _post(session, row, source, target, now)
    session.flush()
    return row


def _check_none_waits(session: Session, source: Household) -> None:
    mine = (Succession.village_id == source.village_id, Succession.household_id == source.id)
    if session.scalar(select(Succession.id).where(*mine, Succession.status == rules.WAITING).limit(1)):
        raise Conflict(N_("这户已经有一笔积分等着转，先请另一个人定下来。什么都没有动。"))


def _have_ties(session: Session, source: Household, target: Household) -> bool:
    """Whether people went over between the two, either way."""
    of_source = (Succession.household_id == source.id) & (Succession.successor_id == target.id)
    of_target = (Succession.household_id == target.id) & (Succession.successor_id == source.id)
    tie = select(Succession.id).where(Succession.village_id == source.village_id, or_(of_source, of_target))
    return session.scalar(tie.where(Succession.kind != rules.INHERIT).limit(1)) is not None


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


def _keep_apart(session: Session, actor: Actor, old: UUID, new: UUID, now: datetime, *, moves: bool = False) -> None:
    """Whoever keeps out of the old household keeps out of the new one too: as living there, or as a relative."""
    village_id = actor.village_id
    lives = select(User.id).where(User.village_id == village_id, User.household_id == old).order_by(User.id)
    own = set(session.scalars(lives))
    if moves:
        whose = update(User).where(User.village_id == village_id, User.household_id == old)
        session.execute(whose.values(household_id=new).execution_options(synchronize_session=False))
    declared = select(Relative.user_id, Relative.relation).where(Relative.village_id == village_id)
    relations: dict[UUID, str] = dict(session.execute(declared.where(Relative.household_id == old)).all())
    if not moves:
        relations |= dict.fromkeys(own, "other")
    known = set(
        session.scalars(select(Relative.user_id).where(Relative.household_id == new, Relative.village_id == village_id))
    )
    for user_id in sorted(relations.keys() - known):
        row = Relative(village_id=village_id, user_id=user_id, household_id=new, relation=relations[user_id])
        row.declared_by, row.declared_at = actor.user_id, now
        session.add(row)
        detail = {"household": new, "relation": row.relation, "as_of": old}
        activity.record(session, actor, "relative.declared", now, subject=user_id, detail=detail)
    session.flush()


def _locked(session: Session, village_id: UUID, succession_id: UUID) -> Succession:
    red_line_base.hold(session, village_id)
    row = session.get(Succession, (village_id, succession_id), populate_existing=True)
    if row is None:
        raise NotFound(N_("没有这笔转积分。"))
    return row


def _tell(
    session: Session,
    actor: Actor,
    key: str,
    row: Succession,
    source: Household,
    target: Household,
    action: str,
    going: Sequence[Resident],
    now: datetime,
) -> Settled:
    """Keep the act in the trail of both, and give the answer that repeats are given again."""
    names = "、".join(one.name for one in going)
    _trail(session, actor, row, source, target, action, now, people=names)
    waits = row.status == rules.WAITING
    once.answer(
        session,
        actor.village_id,
        key,
        {"household": str(target.id), "points": row.points, "waits": waits},
    )
    return Settled(target.id, row.points, waits)


def _trail(
    session: Session,
    actor: Actor,
    row: Succession,
    source: Household,
    target: Household,
    action: str,
    now: datetime,
    **more: object,
) -> None:
    told = {"succession": row.id, "kind": row.kind, "points": row.points, "document": row.document, **more}
    told |= {"status": row.status, "reason": row.reason, "from": source.number, "to": target.number}
    changed(session, actor, source, action, told, now)
    changed(session, actor, target, action, told, now)

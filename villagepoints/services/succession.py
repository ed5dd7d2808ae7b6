"""Split a household, merge two, hand points on after a death; from many points on another person confirms it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import succession as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, NotFound
from villagepoints.models import Household, Relative, Resident, Succession, User
from villagepoints.services import activity, once, red_line_base, resident_rows
from villagepoints.services import household as households
from villagepoints.services.departure import check_finished, close_account
from villagepoints.services.household_edit import Particulars, check_lives_here, create, take
from villagepoints.services.succession_points import Share as Share
from villagepoints.services.succession_points import confirm as confirm
from villagepoints.services.succession_points import hand_on, tell
from villagepoints.services.succession_points import refuse as refuse
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Settled:
    """What a split or merger came to: the household people or points went to, and whether the points still wait."""

    household_id: UUID
    points: int
    waits: bool


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
    resident_rows.move(session, going, source, target)
    _keep_apart(session, actor, source.id, target.id, now)
    row = hand_on(session, actor, source, target, rules.SPLIT, share, now)
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
    resident_rows.move(session, going, source, target)
    _keep_apart(session, actor, source.id, target.id, now)
    row = hand_on(session, actor, source, target, rules.SPLIT, Share(), now)
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
    going = resident_rows.present(session, source)
    resident_rows.move(session, going, source, target)
    close_account(session, source, rules.MERGED, village_date(now), now)
    _keep_apart(session, actor, source.id, target.id, now, moves=True)
    row = hand_on(session, actor, source, target, rules.MERGE, share, now)
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
    row = hand_on(session, actor, source, target, kind, share, now)
    return _tell(session, actor, key, row, source, target, "succession.proposed", (), now)


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
    here = resident_rows.present(session, source)
    going = [one for one in here if one.id in set(people)]
    if not going or len(going) != len(set(people)):
        raise BadInput(N_("请勾选谁过去。什么都没有动。")).at("people")
    if len(going) == len(here):
        raise BadInput(N_("家里至少要留一个人；全家都过去的，请办「并户」。什么都没有动。")).at("people")
    return going


def _have_ties(session: Session, source: Household, target: Household) -> bool:
    """Whether people went over between the two, either way."""
    of_source = (Succession.household_id == source.id) & (Succession.successor_id == target.id)
    of_target = (Succession.household_id == target.id) & (Succession.successor_id == source.id)
    tie = select(Succession.id).where(Succession.village_id == source.village_id, or_(of_source, of_target))
    return session.scalar(tie.where(Succession.kind != rules.INHERIT).limit(1)) is not None


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
    lives_there = set(session.scalars(select(User.id).where(User.village_id == village_id, User.household_id == new)))
    for user_id in sorted(relations.keys() - known - lives_there):
        row = Relative(village_id=village_id, user_id=user_id, household_id=new, relation=relations[user_id])
        row.declared_by, row.declared_at = actor.user_id, now
        session.add(row)
        detail = {"household": new, "relation": row.relation, "as_of": old}
        activity.record(session, actor, "relative.declared", now, subject=user_id, detail=detail)
    session.flush()


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
    tell(session, actor, row, source, target, action, now, people=names)
    waits = row.status == rules.WAITING
    once.answer(
        session,
        actor.village_id,
        key,
        {"household": str(target.id), "points": row.points, "waits": waits},
    )
    return Settled(target.id, row.points, waits)

"""Public notices: approved claims are put up together, mistakes are taken off, the rest is posted as a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import claim as claim_rules
from villagepoints.domain import notice as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, DomainError, NotFound
from villagepoints.models import Claim, Notice, Objection, Village
from villagepoints.services import activity, allowed, once, posting, rulebook
from villagepoints.services import claim as claims
from villagepoints.services import household as households
from villagepoints.services import village as villages
from villagepoints.services.transaction import transaction

PART = 50  # claims posted in one transaction, about a second: a phone that redeems meanwhile waits no longer
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Published:
    """What the clerk is told: the notice, its number in the village, its last day, how many items stand on it."""

    id: UUID
    number: int
    closes_on: date
    items: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """An item that could not be posted, and why; it stays on the notice."""

    claim_id: UUID
    household: str
    item_code: str
    sentence: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a batch: items posted and their signed points, items objected to, items set aside."""

    items: int = 0
    points: int = 0
    objected: int = 0
    set_aside: tuple[SetAside, ...] = ()

    def __add__(self, other: "Posted") -> "Posted":
        return Posted(
            self.items + other.items,
            self.points + other.points,
            self.objected + other.objected,
            self.set_aside + other.set_aside,
        )


@transaction
def publish(session: Session, actor: Actor, *, key: str, now: datetime) -> Published:
    """Put every approved claim that stands on no notice yet on a new one, from today for the days the book says.

    Raises Conflict where none waits.
    """
    request = {"publish": "notice", "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        last = date.fromisoformat(earlier["closes_on"])
        return Published(UUID(earlier["id"]), earlier["number"], last, earlier["items"])
    today = village_date(now)
    row = Notice(
        village_id=actor.village_id,
        number=_next_number(session, actor.village_id),
        opened_on=today,
        closes_on=rules.closes_on(rulebook.in_force(session, actor.village_id, today), today),
        status=rules.OPEN,
        opened_by=actor.user_id,
        opened_at=now,
    )
    session.add(row)
    session.flush()
    put_up = session.execute(update(Claim).where(*ready(actor.village_id)).values(notice_id=row.id).returning(Claim.id))
    items = len(put_up.all())
    if not items:
        raise Conflict(N_("没有等着公示的，没有贴出新的公示。审核通过的加分和扣分会排到这里。"))
    villages.touch(session, actor.village_id)  # every household on it sees until when it stands
    told = {"number": row.number, "closes_on": row.closes_on.isoformat(), "items": items}
    activity.record(session, actor, "notice.published", now, subject=row.id, detail=told)
    once.answer(session, actor.village_id, key, {"id": str(row.id), **told})
    return Published(row.id, row.number, row.closes_on, items)


def ready(village_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The conditions of the claims that wait for a notice."""
    is_new = Claim.kind != claim_rules.REVERSAL  # a reversal puts right what was public already
    return Claim.village_id == village_id, Claim.status == claim_rules.APPROVED, Claim.notice_id.is_(None), is_new


def _next_number(session: Session, village_id: UUID) -> int:
    """The number of the village's next notice; two at once wait for each other."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    return (session.scalar(select(func.max(Notice.number)).where(Notice.village_id == village_id)) or 0) + 1


def post(session: Session, actor: Actor, *, key: str, notice_id: UUID, now: datetime) -> Posted:
    """Post what stands on a notice whose last day is past, PART claims a transaction; whoever presses again, after a
    crash or an objection decided, posts what is left.

    An item with an open objection waits. One that the rules do not allow any more, or that concerns whoever presses,
    is set aside with its reason and holds up nothing else. Raises Conflict before the day, NotFound, KeyReused.
    """
    total, after, part = Posted(), NOBODY, 0
    while True:
        part_key = key if part == 0 else f"{key}.{part}"
        done, last = _post_part(session, actor, key=part_key, notice_id=notice_id, after=after, now=now)
        total += done
        if last is None:
            return total
        after, part = last, part + 1


@transaction
def _post_part(
    session: Session, actor: Actor, *, key: str, notice_id: UUID, after: UUID, now: datetime
) -> tuple[Posted, UUID | None]:
    """The next claims behind `after`, and the last of them; None for it once there are no more."""
    request = {"post_notice": str(notice_id), "after": str(after), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return _answered(earlier)
    notice = _locked(session, actor.village_id, notice_id)
    rules.check_over(notice.closes_on, village_date(now))
    rows = _approved(session, notice, after)
    objected = _objected(session, actor.village_id, [row.id for row in rows])
    allowed.queue(session, actor.village_id)
    posting.lock(session, actor.village_id, [row.household_id for row in rows])
    done = Posted(objected=len(objected))
    for claim_id in [row.id for row in rows if row.id not in objected]:
        done += _post_one(session, actor, claim_id, now)
    if done.items:
        told = {"number": notice.number, "items": done.items, "points": done.points}
        activity.record(session, actor, "notice.posted", now, subject=notice.id, detail=told)
    settle_in(session, actor, notice.id, now)
    last = rows[-1].id if len(rows) == PART else None
    once.answer(session, actor.village_id, key, _as_json(done, last))
    return done, last


def _approved(session: Session, notice: Notice, after: UUID) -> Sequence[Claim]:
    """Claims on the notice that wait to be posted, locked, so that no objection slips in between."""
    statement = (
        select(Claim)
        .where(
            Claim.village_id == notice.village_id,
            Claim.notice_id == notice.id,
            Claim.status == claim_rules.APPROVED,
            Claim.id > after,
        )
        .order_by(Claim.id)
        .limit(PART)
        .with_for_update()
    )
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _objected(session: Session, village_id: UUID, claim_ids: list[UUID]) -> set[UUID | None]:
    """Which of these claims somebody objects to."""
    open_ones = (Objection.village_id == village_id, Objection.status == "open", Objection.claim_id.in_(claim_ids))
    return set(session.scalars(select(Objection.claim_id).where(*open_ones)))


def _post_one(session: Session, actor: Actor, claim_id: UUID, now: datetime) -> Posted:
    """One claim posted, or set aside as if it had not been tried."""
    row = session.get_one(Claim, (actor.village_id, claim_id))
    household_id, item_code = row.household_id, row.item_code or ""
    try:
        with session.begin_nested():
            allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
            return Posted(1, claims.post(session, actor, row, now).points)
    except DomainError as refusal:
        number = households.get(session, actor.village_id, household_id).number
        values = {name: value if isinstance(value, int) else str(value) for name, value in refusal.values.items()}
        return Posted(set_aside=(SetAside(claim_id, number, item_code, refusal.sentence, values),))


def settle_in(session: Session, actor: Actor, notice_id: UUID, now: datetime) -> None:
    """Close a notice that is over and of which nothing waits any more, inside the caller's transaction."""
    session.flush()
    waits = select(Claim.id).where(
        Claim.village_id == actor.village_id, Claim.notice_id == notice_id, Claim.status == claim_rules.APPROVED
    )
    session.execute(
        update(Notice)
        .where(
            Notice.village_id == actor.village_id,
            Notice.id == notice_id,
            Notice.status == rules.OPEN,
            Notice.closes_on < village_date(now),
            ~waits.exists(),
        )
        .values(status=rules.POSTED, posted_by=actor.user_id, posted_at=now)
    )


@transaction
def take_off(
    session: Session, actor: Actor, *, key: str, notice_id: UUID, claim_id: UUID, reason: str, now: datetime
) -> None:
    """Refuse an item in which a mistake was found while it stood on the notice; it stays there as taken off.

    Raises BadInput without a reason, NotAllowed for one's own household, Conflict where it is posted or taken off
    already or somebody objects to it (the objection is then answered instead), NotFound.
    """
    request = {"take_off": str(claim_id), "notice": str(notice_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    if not reason.strip():
        raise BadInput(N_("请写明为什么撤下，村民会看到。什么都没有动。"))
    notice = _locked(session, actor.village_id, notice_id)
    row = claims.locked(session, actor.village_id, claim_id)
    if row.notice_id != notice.id:
        raise NotFound(N_("这次公示里没有这一条。"))
    rules.check_comes_off(row.status)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    if _objected(session, actor.village_id, [claim_id]):
        raise Conflict(N_("这一条有人提了异议，没有撤下。请到「异议」里答复；提得对，它就不入账。"))
    claims.review(session, actor.village_id, row, actor.user_id, claim_rules.REFUSED, reason, now)
    row.status = claim_rules.REFUSED
    settle_in(session, actor, notice.id, now)
    households.touch(session, actor.village_id, row.household_id)
    told = {"number": notice.number, "claim": str(claim_id)}  # the reason is a person's text: it stands in the review
    activity.record(session, actor, "notice.taken_off", now, subject=notice.id, detail=told)
    once.answer(session, actor.village_id, key, {})


def _locked(session: Session, village_id: UUID, notice_id: UUID) -> Notice:
    statement = select(Notice).where(Notice.village_id == village_id, Notice.id == notice_id).with_for_update()
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这次公示。"))
    return row


def _as_json(done: Posted, last: UUID | None) -> dict[str, Any]:
    aside = [{**asdict(one), "claim_id": str(one.claim_id)} for one in done.set_aside]
    return {**asdict(done), "set_aside": aside, "last": str(last) if last else None}


def _answered(earlier: Mapping[str, Any]) -> tuple[Posted, UUID | None]:
    aside = tuple(SetAside(**{**one, "claim_id": UUID(one["claim_id"])}) for one in earlier["set_aside"])
    done = Posted(earlier["items"], earlier["points"], earlier["objected"], aside)
    return done, UUID(earlier["last"]) if earlier["last"] else None

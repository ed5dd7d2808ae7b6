"""联席会: open a quarter's session, its agenda, what was agreed, close it, and follow its points up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import joint_session as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.joint_session import Quarter
from villagepoints.models import Finding, JointItem, JointSession
from villagepoints.services import activity, joint_agenda, neighbourhood, once, relocated
from villagepoints.services.transaction import transaction

MOST_LINES = 200
FOUND = N_("会上一起查到：%(note)s")


@dataclass(frozen=True, slots=True)
class Said:
    """What was agreed on one point, who sees to it, until when."""

    agreed: str = ""
    owner: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """What is written of a session: day, place, who came from either side, the talk, and by line what was agreed."""

    held_on: date | None = None
    place: str = ""
    attended_village: str = ""
    attended_committee: str = ""
    minutes: str = ""
    said: Mapping[int, Said]


@transaction
def open_session(
    session: Session, actor: Actor, *, key: str, neighbourhood_id: UUID, quarter: Quarter, now: datetime
) -> UUID:
    """Open a committee's session of a quarter with the agenda the books draw; its id.

    What the last session left open goes on in it first, with what was agreed then. Raises BadInput for another quarter
    than this or the last, Conflict where one is open or was held, NotFound.
    """
    request = {"open_joint": str(neighbourhood_id), "quarter": str(quarter), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    row = open_in(session, actor, neighbourhood_id, quarter, now)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def open_in(session: Session, actor: Actor, neighbourhood_id: UUID, quarter: Quarter, now: datetime) -> JointSession:
    """The same inside the caller's transaction; raises as `open_session`."""
    village_id, today = actor.village_id, village_date(now)
    neighbourhood.one_at_a_time(session, village_id)
    neighbourhood.one(session, village_id, neighbourhood_id)
    held = session.execute(
        select(JointSession.quarter, JointSession.status)
        .where(JointSession.village_id == village_id, JointSession.neighbourhood_id == neighbourhood_id)
        .order_by(JointSession.quarter.desc())
        .limit(1)
    ).one_or_none()
    last = Quarter.parse(held.quarter) if held else None
    rules.check_opening(quarter, today, last, is_open=held is not None and held.status == rules.OPEN)
    row = JointSession(village_id=village_id, neighbourhood_id=neighbourhood_id, quarter=str(quarter))
    row.opened_by, row.opened_at = actor.user_id, now
    session.add(row)
    session.flush()
    _carry_over(session, actor, row, now)
    drawn = _draw(session, row, today)
    detail = {"quarter": row.quarter, "neighbourhood": neighbourhood_id, "lines": drawn}
    activity.record(session, actor, "joint.opened", now, subject=row.id, detail=detail)
    return row


def _carry_over(session: Session, actor: Actor, into: JointSession, now: datetime) -> None:
    for place, old in enumerate(joint_agenda.left_open(session, into.village_id, into.neighbourhood_id), start=1):
        kept = {name: getattr(old, name) for name in ("kind", "subject", "household_id", "finding_id")}
        kept |= {name: getattr(old, name) for name in ("agreed", "owner", "due_on", "added_by")}
        first = old.from_session_id or old.joint_session_id
        line = {"joint_session_id": into.id, "line": place, "position": place, "from_session_id": first}
        session.add(JointItem(village_id=into.village_id, **line, **kept))
        old.status, old.settled_by, old.settled_at = rules.CARRIED, actor.user_id, now
    session.flush()


def _draw(session: Session, row: JointSession, today: date) -> int:
    """Add what the books have to say and is not on the agenda yet; how many points it has then."""
    there = _lines(session, row)
    known = {_about(one.kind, one.household_id, one.finding_id) for one in there}
    line, position = _next(there)
    for drawn in joint_agenda.draw(session, row.village_id, row.neighbourhood_id, today):
        if _about(drawn.kind, drawn.household_id, drawn.finding_id) in known or line > MOST_LINES:
            continue
        about = {"household_id": drawn.household_id, "finding_id": drawn.finding_id}
        place = {"joint_session_id": row.id, "line": line, "position": position}
        session.add(JointItem(village_id=row.village_id, **place, kind=drawn.kind, subject=drawn.subject, **about))
        line, position = line + 1, position + 1
    session.flush()
    return line - 1


def _about(kind: str, household_id: UUID | None, finding_id: UUID | None) -> tuple[object, ...]:
    # a finding that fell due meanwhile is the same point
    return (finding_id,) if finding_id else (kind, household_id)


@transaction
def redraw(session: Session, actor: Actor, *, key: str, joint_session_id: UUID, now: datetime) -> None:
    """Add to an open agenda what came up since it was drawn. Raises Conflict once closed, NotFound."""
    request = {"redraw_joint": str(joint_session_id), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = _locked(session, actor.village_id, joint_session_id)
    rules.check_open(row.status)
    _draw(session, row, village_date(now))
    once.answer(session, actor.village_id, key, {})


@transaction
def add_line(
    session: Session,
    actor: Actor,
    *,
    key: str,
    joint_session_id: UUID,
    subject: str,
    household_id: UUID | None = None,
    now: datetime,
) -> None:
    """Write a point on an open agenda by hand; a committee's account on its own sessions, about its own households.

    Raises BadInput without words, Conflict once closed, NotFound for sessions and households that are not theirs.
    """
    request = {"joint_line": str(joint_session_id), "of": household_id, "subject": subject, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    only = neighbourhood.scope(session, actor)
    row = _locked(session, actor.village_id, joint_session_id, only)
    rules.check_open(row.status)
    if not subject.strip():
        raise BadInput(N_("请写要商量什么。没有加。")).at("subject")
    if household_id is not None:
        relocated.one(session, actor.village_id, household_id, row.neighbourhood_id, village_date(now))
    _add(session, actor, row, rules.OTHER, subject, household_id, None)
    once.answer(session, actor.village_id, key, {})


def _add(
    session: Session,
    actor: Actor,
    row: JointSession,
    kind: str,
    subject: str,
    household_id: UUID | None,
    finding_id: UUID | None,
) -> None:
    there = _lines(session, row)
    if len(there) >= MOST_LINES:
        raise Conflict(N_("议题已经有 %(most)s 条，加不下了。请先去掉几条。"), most=MOST_LINES)
    line, position = _next(there)
    about = {"household_id": household_id, "finding_id": finding_id, "added_by": actor.user_id}
    place = {"joint_session_id": row.id, "line": line, "position": position}
    session.add(JointItem(village_id=row.village_id, **place, kind=kind, subject=subject.strip()[:200], **about))
    session.flush()


@transaction
def add_finding(
    session: Session, actor: Actor, *, key: str, joint_session_id: UUID, finding_id: UUID, now: datetime
) -> None:
    """Put a finding that both sides made together on an open agenda; services/finding.record kept it before.

    Raises Conflict once closed, NotFound for a finding at a household that is not the committee's.
    """
    request = {"joint_finding": str(joint_session_id), "finding": str(finding_id), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = _locked(session, actor.village_id, joint_session_id)
    rules.check_open(row.status)
    found = session.get(Finding, (actor.village_id, finding_id))
    if found is None:
        raise NotFound(N_("没有这一条检查发现。"))
    relocated.one(session, actor.village_id, found.household_id, row.neighbourhood_id, village_date(now))
    subject = FOUND % {"note": f"{found.item_code} {found.note}".strip()}
    _add(session, actor, row, rules.JOINT, subject, found.household_id, finding_id)
    once.answer(session, actor.village_id, key, {})


def check_open(session: Session, actor: Actor, joint_session_id: UUID, household_id: UUID, today: date) -> None:
    """Refuse beforehand what `add_finding` would refuse after the finding was kept."""
    row = session.get(JointSession, (actor.village_id, joint_session_id))
    if row is None:
        raise NotFound(N_("没有这次联席会。"))
    rules.check_open(row.status)
    relocated.one(session, actor.village_id, household_id, row.neighbourhood_id, today)


@transaction
def rearrange(
    session: Session, actor: Actor, *, key: str, joint_session_id: UUID, line: int, act: str, now: datetime
) -> None:
    """Take a point off an open agenda (`remove`), or move it one place (`up`, `down`).

    Raises Conflict once closed, and for a point that the last session left open: it ends by being settled. NotFound.
    """
    request = {"rearrange_joint": str(joint_session_id), "line": line, "act": act, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = _locked(session, actor.village_id, joint_session_id)
    rules.check_open(row.status)
    there = _lines(session, row)
    place = next((place for place, one in enumerate(there) if one.line == line), None)
    if place is None:
        raise NotFound(N_("议题里没有这一条。"))
    if act == "remove":
        if there[place].from_session_id is not None:
            raise Conflict(N_("这一条是上次会上带过来的，不能去掉。会上商定不办了，结束后记「不办了」。"))
        session.delete(there[place])
    else:
        other = place + (-1 if act == "up" else 1)
        if 0 <= other < len(there):
            one, two = there[place], there[other]
            one.position, two.position = two.position, one.position
    session.flush()
    once.answer(session, actor.village_id, key, {})


@transaction
def save(session: Session, actor: Actor, *, key: str, joint_session_id: UUID, written: Minutes, now: datetime) -> None:
    """Keep what was written so far. Raises BadInput for days that cannot be, Conflict once closed, NotFound."""
    if once.claim(session, actor.village_id, key, _request(actor, "save", joint_session_id, written), now) is None:
        _write(session, _locked(session, actor.village_id, joint_session_id), written, village_date(now))
        once.answer(session, actor.village_id, key, {})


@transaction
def close(session: Session, actor: Actor, *, key: str, joint_session_id: UUID, written: Minutes, now: datetime) -> None:
    """Keep what was written and close the session: from then on only how its points end is written.

    Raises BadInput without a day, somebody of each side and something that was said, otherwise as `save`.
    """
    if once.claim(session, actor.village_id, key, _request(actor, "close", joint_session_id, written), now) is not None:
        return
    row = _locked(session, actor.village_id, joint_session_id)
    close_in(session, actor, row, written, now)
    once.answer(session, actor.village_id, key, {})


def close_in(session: Session, actor: Actor, row: JointSession, written: Minutes, now: datetime) -> None:
    """The same inside the caller's transaction, of a row that is locked; raises as `close`."""
    there = _write(session, row, written, village_date(now))
    rules.check_close(row.held_on, row.attended_village, row.attended_committee, row.minutes, there)
    row.status, row.closed_by, row.closed_at = rules.CLOSED, actor.user_id, now
    session.flush()
    detail = {"quarter": row.quarter, "lines": len(there), "minutes_sha256": rules.minutes_hash(row, by_line(there))}
    activity.record(session, actor, "joint.closed", now, subject=row.id, detail=detail)


def _request(actor: Actor, act: str, joint_session_id: UUID, written: Minutes) -> dict[str, object]:
    head = [str(getattr(written, name)) for name in ("held_on", "place", "attended_village", "attended_committee")]
    said = [[line, one.agreed, one.owner, str(one.due_on)] for line, one in sorted(written.said.items())]
    return {f"{act}_joint": str(joint_session_id), "by": actor.user_id, "said": [*head, written.minutes, said]}


def _write(session: Session, row: JointSession, written: Minutes, today: date) -> Sequence[JointItem]:
    rules.check_open(row.status)
    rules.check_held(written.held_on, today)
    row.held_on, row.place, row.minutes = written.held_on, written.place.strip()[:80], written.minutes.strip()[:5000]
    row.attended_village = written.attended_village.strip()[:200]
    row.attended_committee = written.attended_committee.strip()[:200]
    there = _lines(session, row)
    for number, one in enumerate(there, start=1):
        if (said := written.said.get(one.line)) is not None:
            rules.check_said(said, number, written.held_on if one.from_session_id is None else None)
            one.agreed, one.owner, one.due_on = said.agreed.strip()[:400], said.owner.strip()[:40], said.due_on
    session.flush()
    return there


@transaction
def settle(
    session: Session, actor: Actor, *, key: str, joint_session_id: UUID, line: int, outcome: str, now: datetime
) -> None:
    """Write how a point of a closed session ended: done, dropped, or open after all.

    Raises Conflict while the session runs and once the point went on in another, NotFound.
    """
    request = {"settle_joint": str(joint_session_id), "line": line, "outcome": outcome, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = _locked(session, actor.village_id, joint_session_id)
    item = session.get(JointItem, (actor.village_id, joint_session_id, line))
    if item is None:
        raise NotFound(N_("议题里没有这一条。"))
    before, item.status = item.status, rules.settle(row.status, item.status, outcome)
    item.settled_by, item.settled_at = (None, None) if item.status == rules.OPEN else (actor.user_id, now)
    session.flush()
    detail = {"line": line, "before": {"outcome": before}, "after": {"outcome": item.status}}
    activity.record(session, actor, "joint.settled", now, subject=joint_session_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def by_line(items: Sequence[JointItem]) -> list[JointItem]:
    """The points in the order they were written, which moving them about does not change."""
    return sorted(items, key=lambda one: one.line)


def _lines(session: Session, row: JointSession) -> Sequence[JointItem]:
    return session.scalars(
        select(JointItem)
        .where(JointItem.village_id == row.village_id, JointItem.joint_session_id == row.id)
        .order_by(JointItem.position, JointItem.line)
    ).all()


def _next(there: Sequence[JointItem]) -> tuple[int, int]:
    line = max((one.line for one in there), default=0)
    return line + 1, max((one.position for one in there), default=0) + 1


def _locked(session: Session, village_id: UUID, joint_session_id: UUID, only: UUID | None = None) -> JointSession:
    """The session, locked; NotFound for any other, and for another committee's where `only` is given."""
    row = session.scalars(
        select(JointSession)
        .where(JointSession.village_id == village_id, JointSession.id == joint_session_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or only not in (None, row.neighbourhood_id):
        raise NotFound(N_("没有这次联席会。"))
    return row

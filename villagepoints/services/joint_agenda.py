"""The agenda that the books draw for a joint session: what is open at the households of one committee's blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import finding, objection, service_request
from villagepoints.domain import joint_session as rules
from villagepoints.domain.errors import N_
from villagepoints.domain.rulebook import RuleBook
from villagepoints.models import Finding, Household, JointItem, JointSession, Objection, Relocation, ServiceRequest
from villagepoints.services import relocated, rulebook

# What is drawn is kept as it was said on that day; like every text of the village it stays as it is.
DUE = N_("%(item)s，%(found)s 查到，说好 %(until)s 前改好，已经到期，要复查")
TOLD = N_("%(item)s，%(found)s 查到，说好 %(until)s 前改好")
OBJECTED = N_("第 %(number)s 号异议还没有答复（%(day)s 前要答复）")
WANTS_VISIT = N_("%(day)s 说想有人上门，还没有去")
ELDERS = N_("这一季还有 %(count)s 户老人家没有人去看过")
UNASSIGNED = N_("还有 %(count)s 户动迁上楼户没有分到居委会")
MORE = N_("还有 %(count)s 条在劝导中，没有一一列出，见名单")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A point that belongs on the agenda, why, and whom it is about."""

    kind: str
    subject: str
    household_id: UUID | None = None
    finding_id: UUID | None = None


def draw(session: Session, village_id: UUID, neighbourhood_id: UUID, today: date) -> list[Drawn]:
    """What is open at the committee's households, what is late first: seven statements, however many households.

    Objections are those of a household to its own record: who objects to a neighbour's is told to nobody.
    """
    here = (Relocation.village_id == village_id, Relocation.neighbourhood_id == neighbourhood_id, *relocated.HERE)
    return [
        *_findings(session, village_id, here, today),
        *_objections(session, here),
        *_visits(session, here),
        *_counts(session, village_id, here, today),
    ]


def left_open(session: Session, village_id: UUID, neighbourhood_id: UUID) -> list[JointItem]:
    """The points of the committee's closed sessions that nobody settled, in their order; one statement."""
    of_session = and_(JointSession.village_id == JointItem.village_id, JointSession.id == JointItem.joint_session_id)
    rows = session.scalars(
        select(JointItem)
        .join(JointSession, of_session)
        .where(
            JointSession.village_id == village_id,
            JointSession.neighbourhood_id == neighbourhood_id,
            JointSession.status == rules.CLOSED,
            JointItem.status == rules.OPEN,
        )
        .order_by(JointSession.quarter, JointItem.position)
    )
    return list(rows)


def _of_household(model: Any) -> ColumnElement[bool]:
    return and_(
        model.village_id == Relocation.village_id,
        model.household_id == Relocation.household_id,
        Household.village_id == Relocation.village_id,
        Household.id == Relocation.household_id,
    )


def _findings(
    session: Session, village_id: UUID, here: tuple[ColumnElement[bool], ...], today: date
) -> Iterator[Drawn]:
    is_open = (_of_household(Finding), *here, Finding.status == finding.PERSUADED)
    rows = session.execute(
        select(Finding, func.count().over())
        .where(*is_open)
        .order_by(Finding.rectify_by, Household.address, Finding.id)
        .limit(rules.MOST_DRAWN)
    ).all()
    books = {book.version: book for book in rulebook.versions(session, village_id)} if rows else {}
    for row, _total in rows:
        is_due = row.rectify_by is not None and row.rectify_by <= today
        words = (DUE if is_due else TOLD) % _words(row, books[row.rulebook_version])
        yield Drawn(rules.RECHECK if is_due else rules.FINDING, words[:200], row.household_id, row.id)
    if rows and (more := rows[0][1] - len(rows)):
        yield Drawn(rules.FINDING, MORE % {"count": more})


def _words(row: Finding, book: RuleBook) -> dict[str, str]:
    name = book.item(row.item_code).text_for("relocated")
    until = (row.rectify_by or row.counts_on).isoformat()
    what = f"{row.item_code} {name[:60]}" + (f"：{row.note[:60]}" if row.note else "")
    return {"item": what, "found": row.found_on.isoformat(), "until": until}


def _objections(session: Session, here: tuple[ColumnElement[bool], ...]) -> Iterator[Drawn]:
    rows = session.execute(
        select(Objection.household_id, Objection.number, Objection.due_on)
        .where(
            _of_household(Objection),
            *here,
            Objection.status == objection.OPEN,
            Objection.about_household_id == Objection.household_id,
        )
        .order_by(Objection.due_on, Objection.number)
        .limit(rules.MOST_DRAWN)
    )
    for household_id, number, due_on in rows:
        yield Drawn(rules.OBJECTION, OBJECTED % {"number": number, "day": due_on.isoformat()}, household_id)


def _visits(session: Session, here: tuple[ColumnElement[bool], ...]) -> Iterator[Drawn]:
    wanted: Select[UUID, date] = (
        select(ServiceRequest.household_id, func.min(ServiceRequest.filed_on))
        .where(
            _of_household(ServiceRequest),
            *here,
            ServiceRequest.status == service_request.OPEN,
            ServiceRequest.kind == service_request.VISIT,
        )
        .group_by(ServiceRequest.household_id)
        .order_by(func.min(ServiceRequest.filed_on), ServiceRequest.household_id)
        .limit(rules.MOST_DRAWN)
    )
    for household_id, filed_on in session.execute(wanted):
        yield Drawn(rules.VISIT, WANTS_VISIT % {"day": filed_on.isoformat()}, household_id)


def _counts(session: Session, village_id: UUID, here: tuple[ColumnElement[bool], ...], today: date) -> Iterator[Drawn]:
    unseen = or_(Household.walked_on.is_(None), Household.walked_on < rules.Quarter.of(today).first)
    elders = session.scalars(
        select(func.count())
        .select_from(Relocation)
        .join(Household, relocated.OF_HOME)
        .where(*here, Household.is_elder.is_(True), unseen)
    ).one()
    if elders:
        yield Drawn(rules.ELDERS, ELDERS % {"count": elders})
    if homeless := relocated.unassigned(session, village_id):
        yield Drawn(rules.UNASSIGNED, UNASSIGNED % {"count": homeless})

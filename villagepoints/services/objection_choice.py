"""What may be objected to: one thing with the dates of an answer, and what a household has to choose from."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, select, true
from sqlalchemy.orm import Session

from villagepoints.domain import claim as claim_rules
from villagepoints.domain import finding as finding_rules
from villagepoints.domain import objection as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import DomainError
from villagepoints.models import Claim, Finding, Notice, Objection, RuleItem
from villagepoints.services import household as households
from villagepoints.services import objection_subject as subjects
from villagepoints.services import rulebook, working_days
from villagepoints.services.objection_subject import About, Subject


@dataclass(frozen=True, slots=True)
class Prospect:
    """What somebody is about to object to: until when it would be answered, or why it cannot be objected to."""

    subject: Subject
    due_on: date
    limit_on: date
    refusal: DomainError | None


def prospect(session: Session, actor: Actor, about: About, today: date) -> Prospect:
    """The thing with its dates for an objection filed today; NotFound for what is not there or not theirs."""
    subject = subjects.load(session, actor.village_id, about)
    subjects.check_reach(actor, subject)
    book = rulebook.in_force(session, actor.village_id, today)
    due_on, limit_on = rules.answer_by(book, today, working_days.exceptions(session, actor.village_id))
    try:
        subjects.check_window(session, actor.village_id, book, subject, today)
    except DomainError as refusal:
        return Prospect(subject, due_on, limit_on, refusal)
    return Prospect(subject, due_on, limit_on, None)


def open_one(session: Session, actor: Actor, about: About) -> UUID | None:
    """The objection of a household's own to the same thing that still waits for its answer."""
    return session.scalar(
        select(Objection.id).where(
            Objection.village_id == actor.village_id,
            Objection.household_id == actor.household_id,
            Objection.about_household_id == about.household_id if about.household_id else true(),
            Objection.claim_id == about.claim_id,
            Objection.finding_id == about.finding_id,
            Objection.entry_seq == about.entry_seq,
            Objection.status == rules.OPEN,
        )
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """An item on a notice with its points, or a finding with its count."""

    id: UUID
    item_code: str | None
    item_name: str | None
    number: int
    day: date
    note: str


def on_notices(session: Session, village_id: UUID, household_id: UUID) -> list[Choice]:
    """A household's items that stand on open notices, with their points; one statement."""
    of_book = and_(RuleItem.version == Claim.rulebook_version, RuleItem.code == Claim.item_code)
    rows = session.execute(
        select(Claim.id, Claim.item_code, RuleItem.name, Claim.points, Claim.occurred_on, Claim.note)
        .join(Notice, and_(Notice.village_id == Claim.village_id, Notice.id == Claim.notice_id))
        .outerjoin(RuleItem, and_(RuleItem.village_id == Claim.village_id, of_book))
        .where(
            Claim.village_id == village_id,
            Claim.household_id == household_id,
            Claim.status == claim_rules.APPROVED,
            Notice.status == "open",
        )
        .order_by(Claim.occurred_on.desc(), Claim.id)
    )
    return [Choice(*row) for row in rows]


def open_findings(session: Session, village_id: UUID, household_id: UUID, since: date) -> list[Choice]:
    """A household's findings from a village date on that still stand, in its own words, with their count; three
    statements."""
    home = households.get(session, village_id, household_id)
    books = {book.version: book for book in rulebook.versions(session, village_id)}
    rows = session.execute(
        select(Finding.rulebook_version, Finding.id, Finding.item_code, Finding.count, Finding.found_on, Finding.note)
        .where(
            Finding.village_id == village_id,
            Finding.household_id == household_id,
            Finding.found_on >= since,
            Finding.status != finding_rules.WITHDRAWN,
        )
        .order_by(Finding.found_on.desc(), Finding.id)
    )
    return [
        Choice(id_, code, books[version].item(code).text_for(home.residency), count, day, note)
        for version, id_, code, count, day, note in rows
    ]

"""One entry of a household with all that stands behind it: who, why, the photos, the seal, and a way to object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import APPROVED
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.ledger import AWARD, PENALTY
from villagepoints.domain.objection import last_day_for_entry
from villagepoints.models import Evidence, Objection, User
from villagepoints.services import audit_problem_story, evidence, objection_choice, rulebook, slip, statement
from villagepoints.services.objection_subject import About, Subject
from villagepoints.services.slip import Standing
from villagepoints.services.statement import Line

MOST_PHOTOS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """An entry, the claim or findings behind it, the staff's names, the household's own photos of it; whether it
    can be objected to now and until which day (None for what never can), which objection is about it, and which
    audit it came from."""

    line: Line
    subject: Subject
    names: Mapping[UUID, str]
    photos: Sequence[Evidence]
    can_object: bool
    objection_until: date | None
    objection_id: UUID | None
    standing: Standing | None
    audited: tuple[str, int] | None  # month and number of the audit's problem that it follows from

    @property
    def approvers(self) -> list[str]:
        """Everybody who approved it: those who reviewed its claim, else whom the entry names."""
        people = [one.reviewer_id for one in self.subject.reviews if one.decision == APPROVED]
        if not people and self.line.approver:
            return [self.line.approver]
        return [self.names[person] for person in people if person in self.names]

    @property
    def is_sealed(self) -> bool:
        """Whether the last seal covers it."""
        return self.standing is not None and self.line.seq <= self.standing.seq


def read(session: Session, actor: Actor, seq: int, today: date) -> RecordPage:
    """The entry of that number of the actor's household; NotFound if it has none. At most sixteen statements."""
    village_id, household_id = actor.village_id, actor.household_id
    line = statement.one(session, village_id, household_id, seq) if household_id else None
    if household_id is None or line is None:
        raise NotFound(N_("你家没有这一条。"))
    about = About(household_id=household_id, entry_seq=seq)
    found = objection_choice.prospect(session, actor, about, today)
    return RecordPage(
        line=line,
        subject=found.subject,
        names=_names(session, village_id, found.subject),
        photos=_photos(session, village_id, household_id, found.subject),
        can_object=found.refusal is None,
        objection_until=_until(session, village_id, line, today),
        objection_id=_objection(session, village_id, household_id, seq),
        standing=slip.standing(session, village_id, household_id),
        audited=_audited(session, village_id, found.subject),
    )


def _audited(session: Session, village_id: UUID, subject: Subject) -> tuple[str, int] | None:
    claim_id = subject.claim.id if subject.claim else None
    findings = [one.id for one in subject.findings]
    return audit_problem_story.behind(session, village_id, claim_id=claim_id, finding_ids=findings)


def _names(session: Session, village_id: UUID, subject: Subject) -> dict[UUID, str]:
    people = select(User.id, User.name).where(User.village_id == village_id, User.id.in_(subject.involved))
    return {row.id: row.name for row in session.execute(people)}


def _photos(session: Session, village_id: UUID, household_id: UUID, subject: Subject) -> Sequence[Evidence]:
    """The photos of the claim or the findings behind it, as far as they are about this household."""
    claims = [subject.claim.id] if subject.claim is not None else []
    shown = evidence.shows(village_id, finding_id=[one.id for one in subject.findings], claim_id=claims)
    return session.scalars(
        select(Evidence)
        .where(Evidence.village_id == village_id, Evidence.household_id == household_id, shown)
        .order_by(Evidence.recorded_at, Evidence.id)
        .limit(MOST_PHOTOS)
    ).all()


def _until(session: Session, village_id: UUID, line: Line, today: date) -> date | None:
    if line.kind not in (AWARD, PENALTY):
        return None
    book = rulebook.in_force(session, village_id, today)
    return last_day_for_entry(book, village_date(line.recorded_at))


def _objection(session: Session, village_id: UUID, household_id: UUID, seq: int) -> UUID | None:
    return session.scalar(
        select(Objection.id)
        .where(
            Objection.village_id == village_id,
            Objection.about_household_id == household_id,
            Objection.entry_seq == seq,
        )
        .order_by(Objection.number.desc())
        .limit(1)
    )

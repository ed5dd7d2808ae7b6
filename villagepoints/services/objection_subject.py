"""What an objection is about: an item on a notice, an entry or a finding, with all that stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as claim_rules
from villagepoints.domain import finding as finding_rules
from villagepoints.domain import ledger
from villagepoints.domain import objection as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, NotFound, RuleBroken
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem
from villagepoints.models import Claim, EntryText, Finding, LedgerEntry, MonthClose, Notice, Review
from villagepoints.services import rulebook

CLOSED = "closed"


class Kept(Protocol):
    """An objection, as its row or as it is read."""

    @property
    def household_id(self) -> UUID | None: ...
    @property
    def about_household_id(self) -> UUID: ...
    @property
    def claim_id(self) -> UUID | None: ...
    @property
    def finding_id(self) -> UUID | None: ...
    @property
    def entry_seq(self) -> int | None: ...
    @property
    def filed_by(self) -> UUID | None: ...
    @property
    def status(self) -> str: ...


@dataclass(frozen=True, slots=True)
class About:
    """Which thing: a claim, a finding, or an entry by its household and number."""

    claim_id: UUID | None = None
    finding_id: UUID | None = None
    household_id: UUID | None = None
    entry_seq: int | None = None

    @classmethod
    def of(cls, row: Kept) -> "About":
        """What a kept objection is about."""
        household_id = row.about_household_id if row.entry_seq is not None else None
        return cls(row.claim_id, row.finding_id, household_id, row.entry_seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The thing itself and what it came from: its claim with the reviews and the notice, the findings it rests on."""

    household_id: UUID
    item: RuleItem | None
    points: int
    day: date
    note: str
    entry: LedgerEntry | None = None
    claim: Claim | None = None
    notice: Notice | None = None
    findings: Sequence[Finding] = ()
    reviews: Sequence[Review] = ()

    @property
    def is_base_entry(self) -> bool:
        """Whether it is a month's base of one item, which is put right by other points, never just taken back."""
        return self.entry is not None and self.item is not None and self.item.kind == BASE

    @property
    def taken_back(self) -> int:
        """The points of the contribution that went back together with this penalty, as falsely claimed; 0 otherwise."""
        if self.entry is None or self.claim is None or self.claim.kind != claim_rules.CLAW_BACK:
            return 0
        return self.entry.points - self.claim.points

    @property
    def involved(self) -> set[UUID]:
        """Everybody who recorded, found, rechecked, reviewed or approved it."""
        people: list[UUID | None] = [one.reviewer_id for one in self.reviews]
        people += [person for one in self.findings for person in (one.recorded_by, one.settled_by)]
        if self.claim is not None:
            people.append(self.claim.recorded_by)
        if self.entry is not None:
            people += [self.entry.recorded_by, self.entry.approved_by]
        return {person for person in people if person is not None}


def load(session: Session, village_id: UUID, about: About) -> Subject:
    """The thing; NotFound where the village has none such. A handful of statements, none per row."""
    if about.claim_id is not None:
        return _of_claim(session, village_id, about.claim_id)
    if about.finding_id is not None:
        return _of_finding(session, village_id, about.finding_id)
    return _of_entry(session, village_id, about.household_id, about.entry_seq)


def _of_claim(session: Session, village_id: UUID, claim_id: UUID) -> Subject:
    claim = session.get(Claim, (village_id, claim_id))
    if claim is None:
        raise NotFound(N_("没有这一条申报。"))
    return Subject(
        household_id=claim.household_id,
        item=rulebook.item_of(session, village_id, claim.rulebook_version, claim.item_code),
        points=claim.points,
        day=claim.occurred_on,
        note=claim.note or claim.occasion,
        claim=claim,
        notice=_notice(session, claim),
        reviews=_reviews(session, claim),
    )


def _of_finding(session: Session, village_id: UUID, finding_id: UUID) -> Subject:
    found = session.get(Finding, (village_id, finding_id))
    if found is None:
        raise NotFound(N_("没有这一条检查发现。"))
    item = rulebook.item_of(session, village_id, found.rulebook_version, found.item_code)
    return Subject(
        household_id=found.household_id,
        item=item,
        points=-item.step * found.count if item and found.status == finding_rules.COUNTED else 0,
        day=found.found_on,
        note=found.note,
        findings=(found,),
    )


def _of_entry(session: Session, village_id: UUID, household_id: UUID | None, seq: int | None) -> Subject:
    entry = session.get(LedgerEntry, (village_id, household_id, seq)) if household_id and seq else None
    if entry is None:
        raise NotFound(N_("没有这一条记录。"))
    of_entry = (Claim.village_id == village_id, Claim.household_id == household_id, Claim.entry_seq == seq)
    claim = session.scalars(select(Claim).where(*of_entry)).first()
    text = session.get(EntryText, (village_id, household_id, seq))
    item = rulebook.item_of(session, village_id, entry.rulebook_version, entry.item_code)
    return Subject(
        household_id=entry.household_id,
        item=item,
        points=entry.points,
        day=entry.occurred_on,
        note=text.note if text else "",
        entry=entry,
        claim=claim,
        notice=_notice(session, claim) if claim else None,
        findings=counted(session, entry) if item and item.kind == BASE else (),
        reviews=_reviews(session, claim) if claim else (),
    )


def counted(session: Session, entry: LedgerEntry) -> Sequence[Finding]:
    """The findings on which a base entry rests: of its item, counted in its month."""
    month = Month.of(entry.occurred_on)
    return session.scalars(
        select(Finding)
        .where(
            Finding.village_id == entry.village_id,
            Finding.household_id == entry.household_id,
            Finding.item_code == entry.item_code,
            Finding.status == finding_rules.COUNTED,
            Finding.counts_on.between(month.first, month.last),
        )
        .order_by(Finding.found_on, Finding.id)
    ).all()


def _notice(session: Session, claim: Claim) -> Notice | None:
    return session.get(Notice, (claim.village_id, claim.notice_id)) if claim.notice_id else None


def _reviews(session: Session, claim: Claim) -> Sequence[Review]:
    mine = (Review.village_id == claim.village_id, Review.claim_id == claim.id)
    return session.scalars(select(Review).where(*mine).order_by(Review.line)).all()


def month_status(session: Session, village_id: UUID, on: date) -> str:
    """Whether the month of a village date is being closed or has been; empty while it is open."""
    mine = (MonthClose.village_id == village_id, MonthClose.month == str(Month.of(on)))
    return session.scalar(select(MonthClose.status).where(*mine)) or ""


def check_reach(actor: Actor, subject: Subject) -> None:
    """Keep a household to what is its own and to what stands on a public notice (NotFound); staff reach everything."""
    is_public = subject.entry is None and subject.notice is not None and subject.notice.status == "open"
    if actor.household_id is not None and actor.household_id != subject.household_id and not is_public:
        raise NotFound(N_("你家没有这一条。"))


def check_window(session: Session, village_id: UUID, book: RuleBook, subject: Subject, filed_on: date) -> None:
    """Refuse what cannot be objected to on a village date: a notice that is over, an entry posted too long ago or
    undone, a finding of a closed month (RuleBroken, BadInput)."""
    if subject.entry is not None:
        rules.check_entry_kind(subject.entry.kind)
        if (undone_by := reversed_by(session, subject.entry)) is not None:
            raise RuleBroken(N_("这一条已经由第 %(seq)s 条更正了，不用再提。"), seq=undone_by)
        rules.check_entry_window(book, village_date(subject.entry.recorded_at), filed_on)
    elif subject.claim is not None:
        if subject.notice is None or subject.claim.status != claim_rules.APPROVED:
            raise RuleBroken(N_("这一条现在不在公示，没有提上。记上账的，请到那一条记录上提。"))
        rules.check_notice_window(subject.notice.opened_on, subject.notice.closes_on, filed_on)
    else:
        found = subject.findings[0]
        is_closed = month_status(session, village_id, found.counts_on) != ""
        rules.check_finding_window(found.status, found.found_on, found.counts_on, filed_on, is_closed=is_closed)


def reversed_by(session: Session, entry: LedgerEntry) -> int | None:
    """The number of the entry that undid this one, if any."""
    mine = (LedgerEntry.village_id == entry.village_id, LedgerEntry.household_id == entry.household_id)
    return session.scalar(select(LedgerEntry.seq).where(*mine, LedgerEntry.reverses_seq == entry.seq))


def standing_base(session: Session, found: Finding) -> LedgerEntry | None:
    """The base entry that a counted finding lowered: of its item, posted for its month and not undone."""
    entries = session.scalars(
        select(LedgerEntry)
        .where(
            LedgerEntry.village_id == found.village_id,
            LedgerEntry.household_id == found.household_id,
            LedgerEntry.kind == ledger.AWARD,
            LedgerEntry.item_code == found.item_code,
            LedgerEntry.occurred_on == Month.of(found.counts_on).last,
        )
        .order_by(LedgerEntry.seq.desc())
    )
    return next((entry for entry in entries if reversed_by(session, entry) is None), None)

"""What a problem is about, drawn from an item of the sample, a prompt, or what was typed, and who may see to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.domain import finding, ledger
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Conflict, NotFound
from villagepoints.domain.rulebook import BASE
from villagepoints.domain.user import effective
from villagepoints.models import (
    Audit,
    AuditItem,
    AuditLook,
    AuditProblem,
    AuditPrompt,
    Finding,
    LedgerEntry,
    Reward,
    User,
)
from villagepoints.services import allowed, rulebook
from villagepoints.services import household as households


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """An item of the sample or a prompt it came from; the household, its entry, or the goods."""

    item_id: UUID | None = None
    prompt_id: UUID | None = None
    household_id: UUID | None = None
    entry_seq: int | None = None
    reward_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The same with what belongs to it: its village, the entry, and whom the prompt is about."""

    village_id: UUID
    about: About
    entry: LedgerEntry | None
    prompt: AuditPrompt | None

    @property
    def has_household(self) -> bool:
        """Whether somebody can be talked to."""
        return self.about.household_id is not None

    @property
    def has_entry(self) -> bool:
        """Whether there is something to reverse."""
        return self.entry is not None

    @property
    def recorded(self) -> dict[str, UUID | None]:
        """Who recorded and who approved the entry, whom it does not fall to; nobody where there is none."""
        entry = self.entry
        return {"recorded_by": entry.recorded_by, "approved_by": entry.approved_by} if entry is not None else {}


class Owner(NamedTuple):
    """Somebody of the staff who may see to a problem."""

    id: UUID
    name: str


def resolve(session: Session, audit: Audit, about: About) -> Subject:
    """What a new problem is about: an item of this audit that was looked at and does not agree, a prompt of it that was
    answered as a problem, or a household, entry or goods of the village. Raises Conflict, NotFound."""
    if about.item_id is not None:
        item = _item(session, audit, about.item_id)
        rules.check_item(item.result, audits.AGREE)
        about = About(
            item_id=item.id, household_id=item.household_id, entry_seq=item.entry_seq, reward_id=item.reward_id
        )
    if about.prompt_id is not None and _prompt(session, audit, about.prompt_id).status != audits.PROBLEM:
        raise Conflict(N_("这一条提示还没有记成问题。什么都没有记，请先在提示里写下看到的，再提问题。"))
    return _subject(session, audit.village_id, about)


def of(session: Session, row: AuditProblem) -> Subject:
    """What a problem that was raised is about."""
    about = About(
        item_id=row.item_id,
        prompt_id=row.prompt_id,
        household_id=row.household_id,
        entry_seq=row.entry_seq,
        reward_id=row.reward_id,
    )
    return _subject(session, row.village_id, about)


def prospect(session: Session, audit: Audit, about: About) -> Subject:
    """What a page may begin to write a problem about, before anybody said that it is one; NotFound."""
    if about.item_id is not None:
        item = _item(session, audit, about.item_id)
        about = replace(about, household_id=item.household_id, entry_seq=item.entry_seq, reward_id=item.reward_id)
    if about.prompt_id is not None:
        _prompt(session, audit, about.prompt_id)
    return _subject(session, audit.village_id, about)


def of_problem(session: Session, village_id: UUID, problem_id: UUID) -> Subject:
    """What a problem is about, by its id; NotFound where the village has none such."""
    row = session.get(AuditProblem, (village_id, problem_id))
    if row is None:
        raise NotFound(N_("没有这个问题。"))
    return of(session, row)


def open_audit(session: Session, village_id: UUID, about: About) -> Audit | None:
    """The open audit that an item or a prompt belongs to, or the latest that is open; None where none is. NotFound for
    an item or prompt of another village, Conflict where its audit is concluded."""
    if about.item_id is None and about.prompt_id is None:
        is_open = (Audit.village_id == village_id, Audit.status == audits.OPEN)
        return session.scalars(select(Audit).where(*is_open).order_by(Audit.month.desc()).limit(1)).one_or_none()
    drawn: AuditItem | AuditPrompt | None
    if about.item_id is not None:
        drawn = session.get(AuditItem, (village_id, about.item_id))
    else:
        drawn = session.get(AuditPrompt, (village_id, about.prompt_id))
    if drawn is None:
        raise NotFound(N_("没有这一条。"))
    found = session.get_one(Audit, (village_id, drawn.audit_id))
    rules.check_can_raise(found.status == audits.OPEN)
    return found


def words_of(session: Session, subject: Subject) -> str:
    """What the group wrote down already: the note of the item's last look, or what was answered to the prompt."""
    if subject.about.item_id is None:
        return subject.prompt.note if subject.prompt is not None else ""
    looks = (AuditLook.village_id == subject.village_id, AuditLook.item_id == subject.about.item_id)
    statement = select(AuditLook.note).where(*looks).order_by(AuditLook.recorded_at.desc()).limit(1)
    return session.scalar(statement) or ""


def owners(session: Session, subject: Subject, remedy: str) -> Sequence[Owner]:
    """Who of the staff can do what a way needs and has no hand in it, clerks first; two statements.

    Left out: who lives in the household or is related to it, who recorded the entry, whom the prompt is about.
    """
    people = session.scalars(
        select(User).where(User.village_id == subject.village_id, User.is_active.is_(True)).order_by(User.created_at)
    ).all()
    able = [one for one in people if effective(one.roles) & rules.ABLE[remedy]]
    kept_out = {subject.recorded.get("recorded_by"), subject.prompt.subject_id if subject.prompt else None}
    if subject.about.household_id is not None:
        ids = [one.id for one in able]
        kept_out |= allowed.concerned(session, subject.village_id, subject.about.household_id, ids)
    ranked = sorted(able, key=lambda one: rules.first_asked(one.roles))
    return [Owner(one.id, one.name) for one in ranked if one.id not in kept_out]


def suggested(session: Session, subject: Subject, today: date) -> str:
    """The way that the village's rules say comes first; two statements at most."""
    return rules.suggested(
        household=subject.has_household,
        entry=subject.has_entry,
        can_reverse=_can_be_reversed(session, subject.entry),
        was_told=subject.has_household and _was_told(session, subject, today),
    )


def _subject(session: Session, village_id: UUID, about: About) -> Subject:
    entry = None
    if about.household_id is not None:
        households.get(session, village_id, about.household_id)
    if about.entry_seq is not None:
        key = (village_id, about.household_id, about.entry_seq)
        entry = session.get(LedgerEntry, key) if about.household_id else None
        if entry is None:
            raise NotFound(N_("这一户没有第 %(seq)s 条记录，请核对后再填。"), seq=about.entry_seq).at("entry_seq")
    if about.reward_id is not None and session.get(Reward, (village_id, about.reward_id)) is None:
        raise NotFound(N_("没有这种商品。"))
    prompt = session.get(AuditPrompt, (village_id, about.prompt_id)) if about.prompt_id else None
    return Subject(village_id=village_id, about=about, entry=entry, prompt=prompt)


def _item(session: Session, audit: Audit, item_id: UUID) -> AuditItem:
    row = session.get(AuditItem, (audit.village_id, item_id))
    if row is None or row.audit_id != audit.id:
        raise NotFound(N_("这次审核的抽样里没有这一条。"))
    return row


def _prompt(session: Session, audit: Audit, prompt_id: UUID) -> AuditPrompt:
    row = session.get(AuditPrompt, (audit.village_id, prompt_id))
    if row is None or row.audit_id != audit.id:
        raise NotFound(N_("这次审核里没有这一条提示。"))
    return row


def _can_be_reversed(session: Session, entry: LedgerEntry | None) -> bool:
    """A month's base is put right by an objection, a redemption is cancelled: neither is reversed."""
    if entry is None or entry.kind not in (ledger.AWARD, ledger.PENALTY, ledger.OPENING):
        return False
    item = rulebook.item_of(session, entry.village_id, entry.rulebook_version, entry.item_code)
    return item is None or item.kind != BASE


def _was_told(session: Session, subject: Subject, today: date) -> bool:
    """Whether somebody talked to the household before today, in the months that the rule book remembers."""
    book = rulebook.in_force(session, subject.village_id, today)
    rows = session.execute(
        select(Finding.recorded_at).where(
            Finding.village_id == subject.village_id,
            Finding.household_id == subject.about.household_id,
            Finding.status != finding.WITHDRAWN,
            Finding.found_on >= finding.remembered_from(book, today),
        )
    )
    return any(village_date(recorded_at) < today for (recorded_at,) in rows)

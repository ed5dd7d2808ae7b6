"""What the rule book allows a household as things stand: caps, quota, persuasion, honours, and who may handle it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from villagepoints.domain import caps, finding, ledger, recording
from villagepoints.domain.calendar import period
from villagepoints.domain.claim import APPROVED, ITEM, REVERSAL
from villagepoints.domain.errors import N_, NotAllowed, RuleBroken
from villagepoints.domain.ledger import Draft
from villagepoints.domain.rulebook import PENALTY, RuleBook, RuleItem, points_of
from villagepoints.models import Claim, Finding, Household, LedgerEntry, Village
from villagepoints.models.household import HOUSEHOLDS
from villagepoints.models.ledger import ENTRIES
from villagepoints.models.user import RELATIVES, USERS
from villagepoints.services import crossed
from villagepoints.services.undone import standing

CLAIMS = cast(Table, Claim.__table__)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What somebody wants to record under a rule item; the points follow from the book."""

    code: str
    occurred_on: date
    grade: str | None = None
    quantity: int = 1
    occasion: str = ""
    document: str = ""
    note: str = ""
    evidence: tuple[str, ...] = ()  # the SHA-256 of its photos, as hex


def draft_of(book: RuleBook, household_id: UUID, wanted: Item) -> Draft:
    """The draft the rule book makes of it: kind, points and grade; RuleBroken where the book does not know it so."""
    item = book.item(wanted.code)
    return Draft(
        household_id=household_id,
        kind=ledger.PENALTY if item.kind == PENALTY else ledger.AWARD,
        points=points_of(item, wanted.grade, wanted.quantity),
        occurred_on=wanted.occurred_on,
        origin=ledger.PAGE,
        rulebook_version=book.version,
        item_code=item.code,
        grade=wanted.grade,
        quantity=wanted.quantity,
        occasion=ledger.occasion_hash(household_id, wanted.occasion) if item.once_per else None,
        note=_note(wanted),
        evidence=wanted.evidence,
    )


def _note(wanted: Item) -> str:
    parts = [wanted.note.strip(), wanted.occasion.strip(), wanted.document.strip()]
    return "；".join(part for part in parts if part)


_UNDONE = ENTRIES.alias()
_OF_YEAR = ENTRIES.c.occurred_on.between(bindparam("first"), bindparam("last"))
_STANDING = (
    select(ENTRIES.c.item_code, ENTRIES.c.points, ENTRIES.c.occurred_on, ENTRIES.c.occasion, ENTRIES.c.seq)
    .where(
        ENTRIES.c.village_id == bindparam("of_village"),
        ENTRIES.c.household_id == bindparam("of_household"),
        or_(ENTRIES.c.kind == ledger.AWARD, ENTRIES.c.kind == ledger.PENALTY),
        ~select(_UNDONE.c.seq)
        .where(
            _UNDONE.c.village_id == ENTRIES.c.village_id,
            _UNDONE.c.household_id == ENTRIES.c.household_id,
            _UNDONE.c.reverses_seq == ENTRIES.c.seq,
        )
        .exists(),
    )
    .order_by(ENTRIES.c.seq)
)
_PAST_OF_YEAR = _STANDING.where(_OF_YEAR)
_PAST_EVER = _STANDING.where(or_(_OF_YEAR, ENTRIES.c.item_code == bindparam("item")))


class Counted(NamedTuple):
    """Something that counts for a household's caps: a standing entry, or an approved claim on its way to be one."""

    item_code: str | None
    points: int
    occurred_on: date
    occasion: str | None
    seq: int | None = None  # of the entry; None while it waits on a notice


_APPROVED = select(CLAIMS.c.item_code, CLAIMS.c.points, CLAIMS.c.occurred_on, CLAIMS.c.occasion).where(
    CLAIMS.c.village_id == bindparam("of_village"),
    CLAIMS.c.household_id == bindparam("of_household"),
    CLAIMS.c.status == APPROVED,
    CLAIMS.c.kind != REVERSAL,
    CLAIMS.c.id != bindparam("but"),
)


def past(
    session: Session, village_id: UUID, household_id: UUID, item: RuleItem, on: date, *, but: UUID | None = None
) -> Sequence[Counted]:
    """The contributions and penalties of a household that count for the caps on `on`: what stands in the ledger and
    what is approved and waits on a notice (claim `but` left out); two statements."""
    first, last = period("year", on)
    asked = {"of_village": village_id, "of_household": household_id, "first": first, "last": last}
    session.flush()
    if item.once_per:
        rows = session.connection().execute(_PAST_EVER, {**asked, "item": item.code}).all()
    else:
        rows = session.connection().execute(_PAST_OF_YEAR, asked).all()
    pending = {"of_village": village_id, "of_household": household_id, "but": but or NOBODY}
    approved = session.connection().execute(_APPROVED, pending).all()
    waiting = [
        Counted(code, points, day, ledger.occasion_hash(household_id, occasion), None)
        for code, points, day, occasion in approved
    ]
    # a higher grade that waits on a notice will take the place of its lower one: they do not both count
    better = {(row.item_code, row.occasion) for row in waiting if row.occasion}
    return [*(row for row in map(Counted._make, rows) if (row[0], row[3]) not in better), *waiting]


class Basis(NamedTuple):
    """On what an item rests: the day of a persuasion; the entry of a lower grade whose place it takes."""

    persuaded_on: date | None
    takes_place_of: int | None


def check(
    session: Session, village_id: UUID, book: RuleBook, draft: Draft, wanted: Item, claim_id: UUID | None = None
) -> Basis:
    """Refuse what the book does not allow this household as things stand: moved out, requirements, persuasion,
    honours after a red line, caps, quota (RuleBroken). What it rests on otherwise."""
    item, on = book.item(wanted.code), wanted.occurred_on
    recording.check_lives_here(_left_on(session, village_id, draft.household_id), on)
    caps.check_requirements(item, document=wanted.document, occasion=draft.occasion)
    persuaded_on = None
    if item.requires_persuasion:
        earlier = of_kind(session, village_id, draft.household_id, item.code, on)
        persuaded_on = finding.persuaded_before(book, item, on, earlier)
    if item.is_honour:
        _check_honour(session, village_id, draft.household_id, item, on)
    before = past(session, village_id, draft.household_id, item, on, but=claim_id)
    lower = caps.takes_place_of(item, draft.points, draft.occasion, before)
    if lower is not None and lower.seq is None:
        raise RuleBroken(N_("%(code)s：这件事低一等的还在公示。等它入了账再换高的等次。没有记账。"), code=item.code).at(
            "occasion"
        )
    others = [row for row in before if row is not lower]
    for broken in caps.breaches(book, item, draft.points, wanted.occurred_on, draft.occasion, others):
        raise broken
    if item.quota_percent is not None:
        queue(session, village_id)
        households, given = quota_use(session, village_id, draft.household_id, item, on, but=claim_id)
        caps.check_quota(item, households, given)
    return Basis(persuaded_on, lower.seq if lower is not None else None)


def queue(session: Session, village_id: UUID) -> None:
    """Let one at a time in a village take from what its households share; before any account is locked."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))


def _left_on(session: Session, village_id: UUID, household_id: UUID) -> date | None:
    return session.connection().scalar(
        select(HOUSEHOLDS.c.left_on).where(HOUSEHOLDS.c.village_id == village_id, HOUSEHOLDS.c.id == household_id)
    )


def of_kind(session: Session, village_id: UUID, household_id: UUID, code: str, on: date) -> Sequence[finding.Earlier]:
    """The findings of one item at one household up to a village date."""
    return session.execute(
        select(Finding.found_on, Finding.status, Finding.rectify_by, Finding.recorded_at).where(
            Finding.village_id == village_id,
            Finding.household_id == household_id,
            Finding.item_code == code,
            Finding.found_on <= on,
        )
    ).all()


def _check_honour(session: Session, village_id: UUID, household_id: UUID, item: RuleItem, on: date) -> None:
    first, last = period("year", on)
    day = crossed.day_of(session, village_id, household_id, first, last)
    if day is not None:
        raise RuleBroken(
            N_("%(code)s %(name)s：这户 %(day)s 碰了红线，今年不参加评优。没有记账。"),
            code=item.code,
            name=item.name,
            day=day.isoformat(),
        )


def quota_use(
    session: Session, village_id: UUID, household_id: UUID, item: RuleItem, on: date, *, but: UUID | None = None
) -> tuple[int, int]:
    """Households of the same residency, and how many of them were given the item in the month or have it approved
    on its way to a notice (claim `but` left out); two statements."""
    same = select(Household.residency).where(Household.village_id == village_id, Household.id == household_id)
    ours = [Household.village_id == village_id, Household.residency == same.scalar_subquery()]
    first, last = period("month", on)
    given = (
        select(LedgerEntry.household_id)
        .join(Household, and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id))
        .where(
            *ours,
            LedgerEntry.village_id == village_id,
            LedgerEntry.kind == ledger.AWARD,
            LedgerEntry.item_code == item.code,
            LedgerEntry.occurred_on.between(first, last),
            standing(),
        )
    )
    approved = (
        select(Claim.household_id)
        .join(Household, and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id))
        .where(
            *ours,
            Claim.village_id == village_id,
            Claim.status == APPROVED,
            Claim.kind == ITEM,
            Claim.item_code == item.code,
            Claim.occurred_on.between(first, last),
            Claim.id != (but or NOBODY),
        )
    )
    households = session.scalar(select(func.count()).select_from(Household).where(*ours, Household.left_on.is_(None)))
    taken = session.scalar(select(func.count()).select_from(union(given, approved).subquery()))
    return households or 0, taken or 0


_LIVES_THERE = select(USERS.c.household_id, USERS.c.id).where(
    USERS.c.village_id == bindparam("of_village"),
    USERS.c.id.in_(bindparam("people", expanding=True)),
    USERS.c.household_id.in_(bindparam("households", expanding=True)),
)
_IS_RELATED = select(RELATIVES.c.household_id, RELATIVES.c.user_id).where(
    RELATIVES.c.village_id == bindparam("of_village"),
    RELATIVES.c.user_id.in_(bindparam("people", expanding=True)),
    RELATIVES.c.household_id.in_(bindparam("households", expanding=True)),
)
_CONCERNED = _LIVES_THERE.union_all(_IS_RELATED)


def concerned_by(
    session: Session, village_id: UUID, household_ids: Iterable[UUID], people: Iterable[UUID | None]
) -> dict[UUID, set[UUID]]:
    """Who of these people lives in which of the households or declared it a relative's; one statement."""
    named = [person for person in people if person is not None]
    asked = {"of_village": village_id, "households": list(household_ids), "people": named}
    found: dict[UUID, set[UUID]] = {}
    for household_id, person in session.connection().execute(_CONCERNED, asked) if named else ():
        found.setdefault(household_id, set()).add(person)
    return found


def concerned(session: Session, village_id: UUID, household_id: UUID, people: Iterable[UUID | None]) -> set[UUID]:
    """Who of these people lives in the household or declared it a relative's; one statement."""
    return concerned_by(session, village_id, [household_id], people).get(household_id, set())


def check_people(session: Session, village_id: UUID, household_id: UUID, people: Iterable[UUID | None]) -> None:
    """Refuse whoever handles their own household or a declared relative's (NotAllowed)."""
    if concerned(session, village_id, household_id, people):
        raise NotAllowed(N_("自己家和亲属家的积分要请别的同事来办，什么都没有动。"))


def check_second(book: RuleBook, points: int, recorded_by: UUID | None, approved_by: UUID | None) -> None:
    """Refuse an entry of so many points that no second person approved (RuleBroken)."""
    if book.needs_second_approver(points) and (approved_by is None or approved_by == recorded_by):
        raise RuleBroken(N_("%(points)s 分以上要另一个人审核才能入账，没有记账。"), points=book.second_approver_from)

"""Reads what prompts are reckoned from: a fixed number of statements, however large the village is."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import SHANGHAI, Month
from villagepoints.domain.finding import WITHDRAWN
from villagepoints.domain.ledger import AWARD, IMPORT, PENALTY, REVERSAL
from villagepoints.domain.prompt import ACT, ENTRY, YEAR_BACK
from villagepoints.domain.prompt_books import (
    Asked,
    Books,
    Deed,
    Edit,
    Found,
    Handed,
    Home,
    Person,
    Picture,
    Scored,
    Sums,
)
from villagepoints.domain.prompt_homes import EDITS_BEFORE, EDITS_OF
from villagepoints.domain.redemption import PROXY
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import (
    Activity,
    Claim,
    EntryText,
    Evidence,
    Finding,
    Household,
    LedgerEntry,
    Redemption,
    Relative,
    SheetRow,
    User,
)
from villagepoints.services import rulebook
from villagepoints.services.quick_read import unindexed
from villagepoints.services.undone import standing

# Acts that change what things cost, who may do what, or what lies on the shelves.
COUNTED = "stocktake.closed"
SETTINGS = (
    *("rulebook.adopted", "reward.saved", "reward.changed", "counter.saved", "import.taken_back"),
    *("user.added", "user.roles_changed", "relative.removed", "redemption.hand_over_undone"),
    *("working_days.entered", "working_days.taken_out", "village.household_claims", "household.changed"),
)


def read(session: Session, village_id: UUID, month: Month, at: datetime) -> Books:
    """The books of a month as they stand, for an audit that opens at that instant; fifteen statements."""
    quarter, year = (month - 2).first, (month - (YEAR_BACK - 1)).first
    versions = rulebook.versions(session, village_id)
    of = LedgerEntry.village_id == village_id
    first_on = session.scalar(select(func.min(LedgerEntry.occurred_on)).where(of))
    return Books(
        month=month,
        at=at,
        book=rulebook.in_force(session, village_id, month.last),
        first_on=first_on,
        kept_from=session.scalar(select(func.min(Activity.recorded_at)).where(Activity.village_id == village_id)),
        homes={row.id: row for row in _homes(session, village_id, month)},
        sums=_sums(session, of, versions, year, month),
        deeds=_deeds(session, of, versions, quarter, month),
        people={row.id: row for row in _people(session, village_id)},
        relatives=_relatives(session, village_id),
        scored=_scored(session, village_id, month),
        found=_found(session, village_id, quarter, month),
        asked=_asked(session, village_id, month),
        pictures=_pictures(session, village_id, year),
        handed=_handed(session, village_id, quarter, month),
        edits=[*_reversals(session, village_id, versions, at), *_acts(session, village_id, at)],
    )


def instant(day: date) -> datetime:
    """The instant at which a village date begins."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _homes(session: Session, village_id: UUID, month: Month) -> Iterable[Home]:
    columns = (Household.id, Household.group_no, Household.residency, Household.is_elder)
    rows = session.execute(
        select(*columns, Household.joined_on, Household.walked_on).where(
            Household.village_id == village_id, or_(Household.left_on.is_(None), Household.left_on > month.last)
        )
    )
    return (Home(*row) for row in rows)


def _base_codes(versions: Sequence[RuleBook]) -> set[str]:
    return {item.code for book in versions for item in book.of_kind(BASE)}


def _sums(
    session: Session, of: ColumnElement[bool], versions: Sequence[RuleBook], year: date, month: Month
) -> list[Sums]:
    """Each household's three months, and when it was last scored down; one walk through the entries of a year."""
    is_base = LedgerEntry.item_code.in_(_base_codes(versions))
    in_month = and_(LedgerEntry.occurred_on >= month.first, is_base)  # what is quickly asked stands first
    is_late = LedgerEntry.occurred_on >= (month - 2).first
    is_import = and_(is_late, LedgerEntry.origin == IMPORT, is_base)
    rows = session.execute(
        select(
            LedgerEntry.household_id,
            func.sum(case((is_late, LedgerEntry.points), else_=0)),
            func.sum(case((in_month, LedgerEntry.points), else_=0)),
            func.sum(case((in_month, case((LedgerEntry.kind == REVERSAL, -1), else_=1)), else_=0)),
            func.sum(case((is_import, 1), else_=0)),
            func.max(case((and_(_is_lower(versions), standing()), LedgerEntry.occurred_on))),
        )
        .where(
            of,
            unindexed(LedgerEntry.occurred_on).between(year, month.last),  # nearly all: in the order of the accounts
            LedgerEntry.kind.in_((AWARD, PENALTY, REVERSAL)),
            LedgerEntry.item_code.is_not(None),
        )
        .group_by(LedgerEntry.household_id)
    )
    return [
        Sums(id_, int(points), int(base), int(entries), int(imported), lower_on)
        for id_, points, base, entries, imported, lower_on in rows
    ]


def _is_lower(versions: Sequence[RuleBook]) -> ColumnElement[bool]:
    """Whether an entry scored somebody down."""
    full = case(
        *(
            (and_(LedgerEntry.item_code == item.code, LedgerEntry.rulebook_version == book.version), item.points)
            for book in versions
            for item in book.of_kind(BASE)
        )
    )
    return or_(LedgerEntry.kind == PENALTY, and_(LedgerEntry.kind == AWARD, LedgerEntry.points < full))


def _deeds(
    session: Session, of: ColumnElement[bool], versions: Sequence[RuleBook], since: date, month: Month
) -> list[Deed]:
    """Contributions and penalties of three months that stand, with what a workbook calls their recorder."""
    text = and_(
        EntryText.village_id == LedgerEntry.village_id,
        EntryText.household_id == LedgerEntry.household_id,
        EntryText.seq == LedgerEntry.seq,
    )
    is_import = LedgerEntry.origin == IMPORT
    recorder = case((is_import, func.coalesce(EntryText.recorder, "")), else_="")
    codes = {item.code for book in versions for item in book.items.values()} - _base_codes(versions)
    rows = session.execute(
        select(
            *(LedgerEntry.household_id, LedgerEntry.seq, LedgerEntry.item_code, LedgerEntry.kind),
            *(LedgerEntry.points, LedgerEntry.occurred_on, LedgerEntry.recorded_at),
            *(LedgerEntry.recorded_by, LedgerEntry.approved_by, is_import, recorder),
        )
        .outerjoin(EntryText, text)
        .where(
            of,
            LedgerEntry.occurred_on.between(since, month.last),
            LedgerEntry.kind.in_((AWARD, PENALTY)),
            LedgerEntry.item_code.in_(codes),
            standing(),
        )
        .order_by(LedgerEntry.household_id, LedgerEntry.seq)
    )
    return [Deed(*row) for row in rows]


def _people(session: Session, village_id: UUID) -> Iterable[Person]:
    rows = session.execute(
        select(User.id, User.name, User.household_id, User.roles).where(User.village_id == village_id).order_by(User.id)
    )
    return (Person(*row) for row in rows)


def _relatives(session: Session, village_id: UUID) -> list[tuple[UUID, UUID]]:
    declared = select(Relative.user_id, Relative.household_id).where(Relative.village_id == village_id)
    return [(user_id, household_id) for user_id, household_id in session.execute(declared)]


def _scored(session: Session, village_id: UUID, month: Month) -> list[Scored]:
    rows = session.execute(
        select(SheetRow.month, SheetRow.household_id, SheetRow.saved_by).where(
            SheetRow.village_id == village_id, SheetRow.month.between(str(month - 2), str(month))
        )
    )
    return [Scored(*row) for row in rows]


def _found(session: Session, village_id: UUID, since: date, month: Month) -> list[Found]:
    columns = (Finding.id, Finding.household_id, Finding.found_on, Finding.from_sheet)
    rows = session.execute(
        select(*columns, Finding.recorded_by, Finding.recorded_at)
        .where(
            Finding.village_id == village_id,
            Finding.found_on.between(since, month.last),
            Finding.status != WITHDRAWN,
        )
        .order_by(Finding.id)
    )
    return [Found(*row) for row in rows]


def _asked(session: Session, village_id: UUID, month: Month) -> list[Asked]:
    rows = session.execute(
        select(Claim.id, Claim.recorded_by, Claim.claimed_at).where(
            Claim.village_id == village_id,
            Claim.recorded_by.is_not(None),
            Claim.claimed_at >= instant(month.first),
            Claim.claimed_at < instant((month + 1).first),
        )
    )
    return [Asked(id_, by, at) for id_, by, at in rows if by is not None]


def _pictures(session: Session, village_id: UUID, since: date) -> list[Picture]:
    """The photos of a year that prove points: of findings, claims and red lines."""
    about = func.coalesce(Evidence.finding_id, Evidence.claim_id, Evidence.red_line_case_id)
    columns = (Evidence.id, Evidence.household_id, about, Evidence.picture_hash)
    rows = session.execute(
        select(*columns, Evidence.recorded_by, Evidence.recorded_at).where(
            Evidence.village_id == village_id,
            about.is_not(None),
            Evidence.picture_hash.is_not(None),
            Evidence.recorded_at >= instant(since),
        )
    )
    return [
        Picture(id_, home, proves, hashed, by, at)
        for id_, home, proves, hashed, by, at in rows
        if home is not None and hashed is not None
    ]


def _handed(session: Session, village_id: UUID, since: date, month: Month) -> list[Handed]:
    """What proxies fetched in three months, and whatever was handed over in the audited month."""
    begins, ends = instant(month.first), instant((month + 1).first)
    by_proxy = and_(Redemption.channel == PROXY, Redemption.occurred_on.between(since, month.last))
    in_month = and_(Redemption.fulfilled_at >= begins, Redemption.fulfilled_at < ends)
    columns = (Redemption.id, Redemption.household_id, Redemption.points, Redemption.occurred_on)
    rows = session.execute(
        select(
            *columns,
            *(Redemption.fulfilled_at, Redemption.fulfilled_by, Redemption.proxy_name),
            Redemption.batch_id.is_not(None),
        )
        .where(Redemption.village_id == village_id, Redemption.status == "fulfilled", or_(by_proxy, in_month))
        .order_by(Redemption.id)
    )
    return [Handed(*row) for row in rows]


def _reversals(session: Session, village_id: UUID, versions: Sequence[RuleBook], at: datetime) -> list[Edit]:
    """Entries that undid others in the thirteen weeks before; those of a base item replaced it."""
    base = _base_codes(versions)
    columns = (LedgerEntry.item_code, LedgerEntry.recorded_at, LedgerEntry.household_id, LedgerEntry.seq)
    rows = session.execute(
        select(*columns).where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.recorded_at.between(_edited_since(at), at),
            LedgerEntry.kind == REVERSAL,
        )
    )
    return [Edit("base" if code in base else "reversal", on, [ENTRY, str(id_), seq]) for code, on, id_, seq in rows]


def _edited_since(at: datetime) -> datetime:
    weeks: timedelta = EDITS_OF * (EDITS_BEFORE + 1)
    return at - weeks


def _acts(session: Session, village_id: UUID, at: datetime) -> list[Edit]:
    rows: Iterable[Any] = session.execute(
        select(Activity.action, Activity.recorded_at, Activity.seq).where(
            Activity.village_id == village_id,
            Activity.action.in_((COUNTED, *SETTINGS)),
            Activity.recorded_at.between(_edited_since(at), at),
        )
    )
    return [Edit("count" if action == COUNTED else "setting", on, [ACT, seq]) for action, on, seq in rows]

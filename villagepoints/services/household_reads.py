"""The statements of a household's home page: what its entries add up to, and every line that it lists."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from villagepoints.domain import claim, finding, ledger, objection, red_line, redemption
from villagepoints.models import (
    AuditLook,
    AuditProblem,
    Claim,
    EntryText,
    Evidence,
    Finding,
    Household,
    LedgerEntry,
    Notice,
    Objection,
    Redemption,
    RedLineCase,
    Review,
    Reward,
    User,
)
from villagepoints.services import news_reads
from villagepoints.services.quick_read import QuickRead, unindexed

RECENT = 3  # entries on the home page; a month's base counts as one
MOST_BOOKS = 64
NO_DAY, NOTHING = cast(null(), Date), literal("")


GOODS = (
    select(Reward.points, Reward.name)
    .where(
        Reward.village_id == bindparam("village"),
        Reward.is_active.is_(True),
        Reward.stock > 0,
        func.coalesce(Reward.offered_from, bindparam("today")) <= bindparam("today"),
        func.coalesce(Reward.offered_until, bindparam("today")) >= bindparam("today"),
    )
    .order_by(Reward.points, Reward.name)
)


def _is_base(codes: tuple[str, ...]) -> Any:
    # literals, because an IN of values is spelled out anew for every request
    return and_(LedgerEntry.kind == ledger.AWARD, LedgerEntry.item_code.in_([literal(code) for code in codes]))


def _standing() -> QuickRead:
    """Awards, penalties, openings and transfers that were not undone, as number, kind, item, day and points.

    A month's base is put together afterwards: grouping it here costs the database twice as long.
    """
    entry, undoing = LedgerEntry, aliased(LedgerEntry)
    undone = select(undoing.reverses_seq).where(_of_household(undoing), undoing.reverses_seq.is_not(None))
    return QuickRead(
        select(entry.seq, entry.kind, entry.item_code, entry.occurred_on, entry.points).where(
            _of_household(entry),
            unindexed(entry.occurred_on) >= bindparam("back_to"),
            or_(*(entry.kind == kind for kind in (ledger.AWARD, ledger.PENALTY, ledger.OPENING, ledger.TRANSFER))),
            entry.seq.not_in(undone),
        )
    )


@lru_cache(maxsize=MOST_BOOKS)
def listed(base_codes: tuple[str, ...]) -> QuickRead:
    """The last entries but a month's base, this month's findings, what waits, and how much it was not told of yet;
    columns as those of the first."""
    waiting = (_redemptions(), _claims(), _red_lines(), _objections(), _news())
    return QuickRead(union_all(select(_entries(base_codes)), _findings(), *waiting))


def _entries(base_codes: tuple[str, ...]) -> Any:
    recorder, approver = aliased(User), aliased(User)
    entry, text = LedgerEntry, EntryText
    of_text = and_(text.village_id == entry.village_id, text.household_id == entry.household_id, text.seq == entry.seq)
    return (
        select(
            literal("entry").label("source"),
            cast(entry.seq, String).label("ref"),
            entry.kind.label("kind"),
            entry.item_code.label("item_code"),
            entry.occurred_on.label("day"),
            NO_DAY.label("until"),
            entry.points.label("points"),
            func.coalesce(entry.reverses_seq, 0).label("number"),
            func.coalesce(text.note, "").label("text"),
            func.coalesce(func.nullif(text.recorder, ""), recorder.name, "").label("who"),
            func.coalesce(approver.name, "").label("second"),
        )
        .outerjoin(text, of_text)
        .outerjoin(recorder, and_(recorder.village_id == entry.village_id, recorder.id == entry.recorded_by))
        .outerjoin(approver, and_(approver.village_id == entry.village_id, approver.id == entry.approved_by))
        .where(_of_household(entry), func.coalesce(_is_base(base_codes), False).is_(False))
        .order_by(entry.seq.desc())
        .limit(RECENT)
        .subquery()
    )


def _findings() -> Any:
    finder = aliased(User)
    return (
        select(
            literal("finding"),
            _photos(),
            Finding.status,
            Finding.item_code,
            Finding.found_on,
            Finding.rectify_by,
            literal(0),
            Finding.count,
            Finding.note,
            func.coalesce(finder.name, ""),
            cast(Finding.id, String),
        )
        .outerjoin(finder, and_(finder.village_id == Finding.village_id, finder.id == Finding.recorded_by))
        .where(
            _of_household(Finding),
            # what is still to be put right stays in sight, whatever month it was found in
            or_(
                Finding.counts_on.between(bindparam("first"), bindparam("last")),
                unindexed(Finding.status) == finding.PERSUADED,
            ),
            Finding.status != finding.WITHDRAWN,
        )
    )


def _photos() -> Any:
    """The ids of a finding's photos in one text, between commas: its own, and those of the audit it follows from."""
    # a separator bound as a value would be spelled out anew for every execution
    comma = literal_column("','", String)
    nothing = literal_column("''", String)
    ids = func.aggregate_strings(cast(Evidence.id, String), comma)  # type: ignore[arg-type]
    own = select(ids).where(Evidence.village_id == Finding.village_id, Evidence.finding_id == Finding.id)
    # one inside the other: joined, SQLite reads every photo of the village
    items = (
        select(AuditProblem.item_id)
        .where(AuditProblem.village_id == Finding.village_id, AuditProblem.finding_id == Finding.id)
        .correlate(Finding)
    )
    looks = (
        select(AuditLook.id)
        .where(AuditLook.village_id == Finding.village_id, AuditLook.item_id.in_(items))
        .correlate(Finding)
    )
    audited = select(ids).where(Evidence.village_id == Finding.village_id, Evidence.audit_look_id.in_(looks))
    first, second = (func.coalesce(part.scalar_subquery(), nothing) for part in (own, audited))
    return first.concat(comma).concat(second)


def _redemptions() -> Any:
    row, goods = Redemption, aliased(EntryText)
    of_goods = and_(
        goods.village_id == row.village_id, goods.household_id == row.household_id, goods.seq == row.entry_seq
    )
    return (
        select(
            literal("redemption"),
            cast(row.id, String),
            row.status,
            cast(null(), String),
            row.occurred_on,
            row.collect_by,
            row.points,
            literal(0),
            func.coalesce(goods.note, ""),
            func.coalesce(row.pickup_code, ""),
            NOTHING,
        )
        .outerjoin(goods, of_goods)
        .where(_of_household(row), unindexed(row.status) == redemption.RESERVED)
    )


def _claims() -> Any:
    """What waits to be approved or stands on a notice, `until` its last day; what was refused lately, and why."""
    refusal = select(Review.reason).where(
        Review.village_id == Claim.village_id,
        Review.claim_id == Claim.id,
        Review.decision == claim.REFUSED,
        Review.decided_at >= bindparam("lately", type_=Review.decided_at.type),
    )
    status = unindexed(Claim.status)
    of_notice = and_(Notice.village_id == Claim.village_id, Notice.id == Claim.notice_id)
    return (
        select(
            literal("claim"),
            cast(Claim.id, String),
            Claim.status,
            Claim.item_code,
            Claim.occurred_on,
            Notice.closes_on,
            Claim.points,
            func.coalesce(Notice.number, 0),
            Claim.note,
            func.coalesce(refusal.order_by(Review.line.desc()).limit(1).scalar_subquery(), ""),
            NOTHING,
        )
        .outerjoin(Notice, of_notice)
        .where(
            _of_household(Claim),
            or_(
                status == claim.WAITING,
                status == claim.APPROVED,
                and_(status == claim.REFUSED, refusal.exists()),
            ),
        )
    )


def _red_lines() -> Any:
    return select(
        literal("red_line"),
        cast(RedLineCase.id, String),
        RedLineCase.status,
        cast(null(), String),
        RedLineCase.found_on,
        NO_DAY,
        literal(0),
        literal(0),
        NOTHING,
        NOTHING,
        NOTHING,
    ).where(_of_household(RedLineCase), unindexed(RedLineCase.status) == red_line.WAITING)


def _objections() -> Any:
    """What the household objected to and nobody answered yet, and what was answered lately."""
    row = Objection
    return select(
        literal("objection"),
        cast(row.id, String),
        row.status,
        cast(null(), String),
        row.filed_on,
        row.due_on,
        literal(0),
        row.number,
        NOTHING,
        NOTHING,
        NOTHING,
    ).where(
        _of_household(row),
        or_(unindexed(row.status) == objection.OPEN, unindexed(row.decided_on) >= bindparam("answered_since")),
        row.status != objection.WITHDRAWN,
    )


def _news() -> Any:
    """One line: how much the household was not told of yet, and 1 for its points if their expiry is not told either."""
    of_it = and_(Household.village_id == bindparam("village"), Household.id == bindparam("household"))
    return select(
        literal("news"),
        NOTHING,
        NOTHING,
        cast(null(), String),
        NO_DAY,
        NO_DAY,
        case((news_reads.is_warned(), 1), else_=0),
        news_reads.count(of_it),
        NOTHING,
        NOTHING,
        NOTHING,
    ).where(of_it)


def _of_household(model: Any) -> Any:
    return and_(model.village_id == bindparam("village"), model.household_id == bindparam("household"))


STANDING = _standing()

"""The statements that find what happened to households since they were last told; one row a thing."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from villagepoints.domain import claim, expiry, finding, ledger, news, objection, red_line, redemption, service_request
from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import (
    Claim,
    EntryText,
    Finding,
    Household,
    LedgerEntry,
    Objection,
    Redemption,
    RedLineCase,
    Review,
    RuleItem,
    ServiceRequest,
)
from villagepoints.models.base import UtcDateTime
from villagepoints.services.quick_read import unindexed
from villagepoints.services.undone import standing

Arm = Select[*tuple[Any, ...]]


def _instant(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


FIRST_AT = _instant("untold_since")
SINCE = func.coalesce(Household.told_at, FIRST_AT)
# of every arm, in this order, with what stands there where an arm has none
COLUMNS: dict[str, Any] = {
    "kind": cast(null(), String),
    "item_code": cast(null(), String),
    "item_name": literal(""),
    "day": cast(null(), Date),
    "until": cast(null(), Date),
    "points": literal(0, Integer),
    "number": literal(0, Integer),
    "text": literal(""),
    "who": literal(""),
}

# what a household did on its own phone is no news to it; what somebody else redeemed has a line of its own
_NOT_OWN = (
    LedgerEntry.kind != ledger.REDEMPTION,
    or_(LedgerEntry.kind != ledger.REFUND, LedgerEntry.origin != ledger.PAGE, LedgerEntry.recorded_by.is_not(None)),
)


def values(book: RuleBook, today: date) -> dict[str, Any]:
    """What all statements here bind besides a household: the days from which things count, on a village date."""
    expires_on = expiry.next_day(today)
    return {
        "untold_since": _midnight(news.first_day(today)),
        "imported_since": news.first_day(today),
        "expires_on": expires_on,
        "expires_since": _midnight(expires_on - expiry.WARNED),
        "tomorrow": _midnight(today + timedelta(days=1)),
        "young_from": expiry.cutoff(book, expires_on),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def arms(since: Any = SINCE) -> list[Arm]:
    """One select for each kind of thing later than `since`, of whichever households the caller narrows them to."""
    return [*_single(since), _bases(since), _expiring(since)]


def _single(since: Any) -> list[Arm]:
    """Those whose rows are one thing each."""
    happened = (_entries(since), _redemptions(since), _findings(since), _red_lines(since))
    return [*happened, _claims(since), _objections(since), _others_objections(since), _requests(since)]


def count(of_household: Any) -> Any:
    """How much there is but for points that expire, whose sums a page may know already; it takes no columns along and
    goes through the entries once, for pages that a whole village opens."""
    entry = LedgerEntry
    is_single = or_(entry.kind != ledger.AWARD, RuleItem.kind.is_(None), RuleItem.kind != BASE)
    fold = case((is_single, cast(entry.seq, String)), else_=cast(entry.occurred_on, String))
    entries = (
        select(func.count(fold.distinct()))
        .select_from(entry)
        .outerjoin(RuleItem, _of_item(entry))
        .where(of_household, _entry(SINCE), *_NOT_OWN, or_(is_single, standing()))
    )
    lean = (arm.where(of_household).with_only_columns(literal(1).label("one")) for arm in _single(SINCE)[1:])
    others = select(func.count()).select_from(union_all(*lean).subquery())
    return entries.scalar_subquery() + others.scalar_subquery()


def has_news() -> Any:
    """Whether there is anything that a household was not told of, as a condition on Household."""
    # a month's base first: after a close nearly every household has one, and the rest need not be looked for
    return or_(*(arm.exists() for arm in (_base_entries(SINCE), *_single(SINCE))), _falls_due(SINCE))


def has_old_news(before: datetime) -> Any:
    """Whether any of it is older than an instant; points that expire are said on the first page anyway."""
    found = (*_single(SINCE), _base_entries(SINCE))
    return or_(*(arm.where(unindexed(arm.selected_columns["at"]) <= before).exists() for arm in found))


def _arm(source: str, at: Any, ref: Any, **columns: Any) -> Arm:
    first = (literal(source).label("source"), Household.id.label("household_id"), at.label("at"))
    rest = ((columns.get(name, nothing)).label(name) for name, nothing in COLUMNS.items())
    return select(*first, cast(ref, String).label("ref"), *rest)


def _of(model: Any) -> Any:
    return and_(model.village_id == Household.village_id, model.household_id == Household.id)


def _of_item(model: Any) -> Any:
    version = and_(RuleItem.village_id == model.village_id, RuleItem.version == model.rulebook_version)
    return and_(version, RuleItem.code == model.item_code)


def _text_of(model: Any, seq: Any) -> Any:
    of_household = and_(EntryText.village_id == model.village_id, EntryText.household_id == model.household_id)
    return and_(of_household, EntryText.seq == seq)


def _entry(since: Any) -> Any:
    """An entry recorded since; of what an import brought only the days that anybody is told of."""
    entry = LedgerEntry
    is_recent = or_(entry.origin != ledger.IMPORT, entry.occurred_on >= bindparam("imported_since"))
    return and_(_of(entry), unindexed(entry.recorded_at) > since, is_recent)


def _entries(since: Any) -> Arm:
    """Entries but a month's base and redemptions, which have lines of their own, and refunds it asked for itself."""
    entry, text = LedgerEntry, EntryText
    columns = {
        "kind": entry.kind,
        "item_code": entry.item_code,
        "item_name": func.coalesce(RuleItem.name, ""),
        "day": entry.occurred_on,
        "points": entry.points,
        "number": func.coalesce(entry.reverses_seq, 0),
        "text": func.coalesce(text.note, ""),
    }
    return (
        _arm("entry", entry.recorded_at, entry.seq, **columns)
        .select_from(entry)
        .outerjoin(text, _text_of(entry, entry.seq))
        .outerjoin(RuleItem, _of_item(entry))
        .where(
            _entry(since),
            *_NOT_OWN,
            or_(entry.kind != ledger.AWARD, RuleItem.kind.is_(None), RuleItem.kind != BASE),
        )
    )


def _bases(since: Any) -> Arm:
    """A month's base as one line."""
    entry, day = LedgerEntry, unindexed(LedgerEntry.occurred_on)
    columns = {"day": day, "points": func.sum(entry.points), "number": func.count()}
    arm = _arm("base", func.max(entry.recorded_at), func.max(entry.seq), **columns)
    return _of_base(arm, since).group_by(Household.id, day)


def _base_entries(since: Any) -> Arm:
    """The same entry by entry: inside EXISTS SQLite knows no column of outside to group by."""
    return _of_base(_arm("base", LedgerEntry.recorded_at, LedgerEntry.seq), since)


def _of_base(arm: Arm, since: Any) -> Arm:
    is_base = and_(LedgerEntry.kind == ledger.AWARD, RuleItem.kind == BASE)
    return arm.select_from(LedgerEntry).join(RuleItem, _of_item(LedgerEntry)).where(_entry(since), is_base, standing())


def _redemptions(since: Any) -> Arm:
    """What somebody else took for the household or put aside for it: its own phone knows what it did itself."""
    row = Redemption
    columns = {
        "kind": row.status,
        "day": row.occurred_on,
        "until": row.collect_by,
        "points": row.points,
        "text": func.coalesce(EntryText.note, ""),
        "who": row.proxy_name,
    }
    return (
        _arm("redemption", row.reserved_at, row.id, **columns)
        .select_from(row)
        .outerjoin(EntryText, _text_of(row, row.entry_seq))
        .where(
            _of(row),
            row.reserved_at > since,
            row.reserved_by.is_not(None),
            row.batch_id.is_(None),
            or_(row.status == redemption.RESERVED, row.status == redemption.FULFILLED),
        )
    )


def _findings(since: Any) -> Arm:
    row = Finding
    columns = {
        "kind": row.status,
        "item_code": row.item_code,
        "item_name": func.coalesce(RuleItem.name, ""),
        "day": row.found_on,
        "until": row.rectify_by,
        "number": row.count,
        "text": row.note,
    }
    return (
        _arm("finding", row.recorded_at, row.id, **columns)
        .select_from(row)
        .outerjoin(RuleItem, _of_item(row))
        .where(_of(row), row.recorded_at > since, row.status != finding.WITHDRAWN)
    )


def _red_lines(since: Any) -> Arm:
    """Recorded, confirmed, refused or lifted; one that came and was refused meanwhile is nothing to frighten with."""
    row = RedLineCase
    at = func.coalesce(row.decided_at, row.recorded_at)
    columns = {
        "kind": row.status,
        "item_code": row.code,
        "day": row.found_on,
        "until": row.paused_until,
        "text": row.reason,
    }
    was_known = or_(row.status != red_line.REFUSED, row.recorded_at <= since)
    return _arm("red_line", at, row.id, **columns).where(_of(row), at > since, was_known)


def _claims(since: Any) -> Arm:
    """Claims that were refused, and why; those that were posted are entries."""
    row = Claim
    columns = {
        "kind": row.status,
        "item_code": row.item_code,
        "item_name": func.coalesce(RuleItem.name, ""),
        "day": row.occurred_on,
        "points": row.points,
        "text": row.note,
        "who": Review.reason,
    }
    return (
        _arm("claim", Review.decided_at, row.id, **columns)
        .select_from(row)
        .join(Review, and_(Review.village_id == row.village_id, Review.claim_id == unindexed(row.id)))
        .outerjoin(RuleItem, _of_item(row))
        .where(
            _of(row),
            unindexed(row.status) == claim.REFUSED,
            row.kind == claim.ITEM,
            row.points > 0,
            Review.decision == claim.REFUSED,
            Review.decided_at > since,
        )
    )


def _objections(since: Any) -> Arm:
    own = Objection.household_id == Household.id
    return _answered("objection", since, text=Objection.reason).where(own)


def _others_objections(since: Any) -> Arm:
    """What others objected to about the household: that it was answered, not what they said."""
    by_others = or_(Objection.household_id.is_(None), Objection.household_id != Household.id)
    return _answered("other_objection", since).where(Objection.about_household_id == Household.id, by_others)


def _answered(source: str, since: Any, **columns: Any) -> Arm:
    row, status = Objection, unindexed(Objection.status)
    columns |= {"kind": row.status, "day": row.filed_on, "number": row.number}
    return _arm(source, row.decided_at, row.id, **columns).where(
        row.village_id == Household.village_id,
        or_(status == objection.UPHELD, status == objection.REJECTED),
        row.decided_at > since,
    )


def _requests(since: Any) -> Arm:
    row = ServiceRequest
    columns = {"kind": row.kind, "day": row.filed_on, "number": row.number, "text": row.answer}
    is_answered = unindexed(row.status) == service_request.ANSWERED
    return _arm("request", row.answered_at, row.id, **columns).where(_of(row), is_answered, row.answered_at > since)


def _young() -> Any:
    """The points gained since the coming cutoff and not undone: what of a balance is older expires."""
    entry = LedgerEntry
    gained = select(func.coalesce(func.sum(entry.points), 0)).where(
        _of(entry),
        entry.points > 0,
        entry.reverses_seq.is_(None),
        unindexed(entry.occurred_on) >= bindparam("young_from"),
        standing(),
    )
    return gained.correlate(Household).scalar_subquery()


def is_warned(since: Any = SINCE) -> Any:
    """Whether the warning of the next expiry has begun and the household was not told since; whether it has points
    that expire is not asked."""
    begun = _instant("expires_since")
    return and_(begun > since, begun < _instant("tomorrow"))


def _falls_due(since: Any) -> Any:
    """Whether points of a household expire within the warning and it was not told since that began."""
    return and_(is_warned(since), Household.balance > 0, Household.balance > _young())


def _expiring(since: Any) -> Arm:
    columns = {"day": bindparam("expires_on", type_=Date()), "points": Household.balance - _young()}
    return _arm("expiring", _instant("expires_since"), literal(""), **columns).where(_falls_due(since))

"""What a month's report says beside its books and the audit: goods and money, objections, persuasions."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import finding, objection
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.ledger import REDEMPTION
from villagepoints.domain.names import mask
from villagepoints.domain.report_parts import Goods, ObjectionLine, Objections, Persuasions, Shop
from villagepoints.models import (
    Activity,
    Finding,
    Household,
    LedgerEntry,
    Objection,
    RedemptionLine,
    Reward,
    StockMove,
)
from villagepoints.services.report_basis import Stand, midnight
from villagepoints.services.report_books import SPENT, happened

BOUGHT = "in"


def shop(session: Session, stand: Stand, month: Month) -> Shop:
    """Goods and money of a month, under the names they had when they were redeemed; at most five statements."""
    line = RedemptionLine
    sign = case((LedgerEntry.kind == REDEMPTION, 1), else_=-1)  # so that sums agree with the ledger's
    points = func.sum(sign * line.quantity * line.points_each)
    of_line = and_(line.village_id == LedgerEntry.village_id, line.redemption_id == LedgerEntry.redemption_id)
    # grouped past the index of the goods: SQLite would walk every line of all years for each entry of the month
    reward_id = func.coalesce(line.reward_id, line.reward_id)
    rows = session.execute(
        stand.up_to(
            select(reward_id, func.max(line.name), func.sum(sign * line.quantity), points)
            .select_from(LedgerEntry)
            .join(line, of_line)
            .where(happened(stand.village_id, month.first, month.last), LedgerEntry.kind.in_(SPENT))
            .group_by(reward_id)
        )
    ).all()
    costs = _costs(session, stand)
    priced = [(row, costs.get(row[0])) for row in rows]
    goods = [
        Goods(name, int(pieces), int(worth), None if cost is None else int(pieces) * cost)
        for (_, name, pieces, worth), cost in priced
    ]
    bought = _bought(session, stand, month)
    return Shop(
        goods=tuple(sorted(goods, key=lambda one: (-one.points, one.name))),
        pieces=sum(one.pieces for one in goods),
        points=sum(one.points for one in goods),
        cost_cents=sum(one.cost_cents or 0 for one in goods),
        unknown_pieces=sum(one.pieces for one in goods if one.cost_cents is None),
        bought_pieces=sum(quantity for quantity, _ in bought),
        bought_cents=sum(quantity * cost for quantity, cost in bought if cost is not None),
        bought_unknown=sum(quantity for quantity, cost in bought if cost is None),
    )


def _bought(session: Session, stand: Stand, month: Month) -> list[tuple[int, int | None]]:
    """Pieces that came in during a month, and what one of them cost, in cents."""
    rows = session.execute(
        select(StockMove.quantity, StockMove.cost_cents).where(
            StockMove.village_id == stand.village_id,
            StockMove.kind == BOUGHT,
            StockMove.quantity > 0,
            StockMove.recorded_at >= midnight(month.first),
            StockMove.recorded_at < midnight((month + 1).first),
            stand.known(StockMove.recorded_at),
        )
    )
    return [(quantity, cost) for quantity, cost in rows]


def _costs(session: Session, stand: Stand) -> Mapping[UUID, int | None]:
    """What a piece of each of the goods cost the village, in cents, as far as was known by then.

    What it cost at a seal is what was last said before it; what was changed first after it says what it was.
    """
    now = session.execute(select(Reward.id, Reward.cost_cents).where(Reward.village_id == stand.village_id))
    costs: dict[UUID, int | None] = dict(now.all())
    if stand.taken_at is None:
        return costs
    paid = select(StockMove.recorded_at, StockMove.reward_id, StockMove.cost_cents).where(
        StockMove.village_id == stand.village_id, StockMove.cost_cents.is_not(None)
    )
    saved = select(Activity.recorded_at, Activity.subject, Activity.detail).where(
        Activity.village_id == stand.village_id, Activity.action == "reward.saved"
    )
    told: dict[UUID, list[tuple[Any, int | None, int | None]]] = defaultdict(list)
    for at, reward_id, cost in session.execute(paid):
        told[reward_id].append((at, None, cost))
    for at, subject, detail in session.execute(saved):
        before = (detail.get("before") or {}).get("cost_cents")
        told[subject].append((at, before, detail["after"].get("cost_cents")))
    for reward_id, events in told.items():
        earlier = [event for event in events if event[0] <= stand.taken_at]
        order = sorted(earlier or events, key=lambda event: event[0])
        costs[reward_id] = order[-1][2] if earlier else order[0][1]
    return costs


def objections(session: Session, stand: Stand, month: Month, today: date) -> Objections:
    """The objections filed in a month, and what became of those that were open when it began; one statement."""
    on = today if stand.taken_at is None else village_date(stand.taken_at)
    rows = session.execute(
        select(Objection, Household.head_name)
        .join(Household, _about())
        .where(Objection.village_id == stand.village_id, Objection.filed_on <= month.last)
        .where(stand.known(Objection.filed_at))
        .where(or_(Objection.decided_on.is_(None), Objection.decided_on >= month.first))
        .order_by(Objection.number)
    )
    lines, earlier, ended = [], 0, 0
    for row, head_name in rows:
        was = stand.of(row.about_household_id, "head_name", head_name)
        line = _objection(row, was, stand, on)
        if row.filed_on >= month.first:
            lines.append(line)
        else:
            earlier += 1
            ended += line.decided_on is not None and line.decided_on <= month.last
    of = {status: sum(line.status == status for line in lines) for status in objection.STATUSES}
    days = [line.days for line in lines if line.status in (objection.UPHELD, objection.REJECTED)]
    return Objections(
        lines=tuple(lines),
        filed=len(lines),
        open=of[objection.OPEN],
        upheld=of[objection.UPHELD],
        rejected=of[objection.REJECTED],
        withdrawn=of[objection.WITHDRAWN],
        late=sum(line.is_late for line in lines),
        median_days=objection.middle([day for day in days if day is not None]),
        earlier=earlier,
        earlier_ended=ended,
    )


def _about() -> ColumnElement[bool]:
    return and_(Household.village_id == Objection.village_id, Household.id == Objection.about_household_id)


def _objection(row: Objection, head_name: str, stand: Stand, on: date) -> ObjectionLine:
    is_decided = row.decided_at is not None and (stand.taken_at is None or row.decided_at <= stand.taken_at)
    status, decided_on = (row.status, row.decided_on) if is_decided else (objection.OPEN, None)
    return ObjectionLine(
        number=row.number,
        household=mask(head_name),
        about="claim" if row.claim_id else "finding" if row.finding_id else "entry",
        filed_on=row.filed_on,
        status=status,
        decided_on=decided_on,
        days=None if decided_on is None else (decided_on - row.filed_on).days,
        is_late=status != objection.WITHDRAWN and (decided_on or on) > row.limit_on,
    )


def filed(session: Session, stand: Stand, first: Month, last: Month) -> dict[Month, int]:
    """How many objections were filed in each month; one statement."""
    rows = session.execute(
        select(Objection.filed_on, func.count())
        .where(Objection.village_id == stand.village_id, Objection.filed_on.between(first.first, last.last))
        .where(stand.known(Objection.filed_at))
        .group_by(Objection.filed_on)
    )
    found: dict[Month, int] = defaultdict(int)
    for day, number in rows:
        found[Month.of(day)] += number
    return found


def persuasions(session: Session, stand: Stand, first: Month, last: Month) -> dict[Month, Persuasions]:
    """What was found in each month, by what had become of it; one statement.

    What was put right and only then withdrawn as a mistake, after the seal, is waiting again: a finding keeps its last
    day only.
    """
    status, in_time = then(stand)
    by = (Finding.found_on, Finding.rectify_by.is_not(None).label("told"))
    labels = (status.label("status_then"), in_time.label("in_time"))
    rows = session.execute(
        select(*by, *labels, func.count())
        .where(Finding.village_id == stand.village_id, Finding.found_on.between(first.first, last.last))
        .where(stand.known(Finding.recorded_at))
        .group_by(Finding.found_on, "told", "status_then", "in_time")
    )
    found: dict[Month, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for found_on, told, became, was_in_time, number in rows:
        name = became if told else "at_once" if became == finding.COUNTED else ""
        if name == finding.RECTIFIED and not was_in_time:
            name = "late"
        found[Month.of(found_on)][name] += number
    return {month: _persuaded(by_name) for month, by_name in found.items()}


def then(stand: Stand) -> tuple[ColumnElement[str], ColumnElement[bool]]:
    """What had become of a finding, and whether it was settled by its day."""
    day = Finding.settled_on
    settled = and_(day.is_not(None), stand.ended(day))
    status = case((settled, Finding.status), (Finding.rectify_by.is_(None), finding.COUNTED), else_=finding.PERSUADED)
    return status, case((and_(settled, day <= Finding.rectify_by), True), else_=false())


def _persuaded(of: Mapping[str, int]) -> Persuasions:
    told = (finding.RECTIFIED, "late", finding.PERSUADED, finding.COUNTED, finding.WITHDRAWN)
    return Persuasions(
        persuaded=sum(of[name] for name in told),
        rectified=of[finding.RECTIFIED],
        rectified_late=of["late"],
        waiting=of[finding.PERSUADED],
        counted=of[finding.COUNTED],
        withdrawn=of[finding.WITHDRAWN],
        counted_at_once=of["at_once"],
    )


NOBODY = Persuasions(0, 0, 0, 0, 0, 0, 0)

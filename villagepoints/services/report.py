"""The month's report: put together from the books, up to a seal or as they stand, and from what the group found."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.report import (
    Group,
    ItemName,
    LastSeal,
    Line,
    MonthReport,
    Sum,
    Taken,
    Totals,
    lines,
    self_share,
    totals,
)
from villagepoints.domain.report_parts import Basis, MonthFigures, Parts, Persuasions
from villagepoints.domain.seal import fingerprint
from villagepoints.models import Household, LedgerEntry, Seal
from villagepoints.services import report_audit, report_late, report_matters, rulebook, running
from villagepoints.services import report_books as books
from villagepoints.services.report_basis import NOW, Stand, choose
from villagepoints.services.report_books import SPENT, Flow, Held
from villagepoints.services.running import GENERATED

__all__ = ["NOW", "month_list", "month_report", "parse_month", "parse_seal"]

CHART_MONTHS = 6
COMPARED = 12  # months of the series, this one last
TOLD = (*GENERATED, *SPENT)  # kinds of entries with which the series begins
LISTED = 12  # months on a page of the list


def parse_month(text: str) -> Month:
    """`2026-01` as a month; BadInput with an example for anything else."""
    try:
        return Month.parse(text)
    except ValueError:
        raise BadInput(N_("「%(text)s」不是月份。请写成 2026-01 这样。"), text=text[:20]) from None


def parse_seal(text: str) -> int | None:
    """Which books were asked for: a seal's number, `now` for NOW, empty for those the report stands on; BadInput."""
    if text == "now":
        return NOW
    if text and not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise BadInput(N_("「%(text)s」不是封账的号。报告没有做。"), text=text[:20])
    return int(text) if text else None


def month_report(
    session: Session,
    village_id: UUID,
    month: Month,
    today: date,
    seal: int | None = None,
    at: datetime | None = None,
) -> MonthReport:
    """The report of one month by the day things happened; a fixed number of statements.

    `seal` is the number of the seal it stands on, NOW for the books as they stand, or None for what
    `report_basis.choose` says. On a seal its books stay as they are whatever is posted, reversed, renamed or moved
    later. `at` (an edition's instant) leaves out what the group did afterwards. Raises NotFound for no such seal.
    """
    stand = choose(session, village_id, month, seal)
    on = today if stand.taken_at is None else village_date(stand.taken_at)
    flows, older = _flows(session, stand, month)
    sums = {each: [flow.sum for flow in flows[each]] for each in flows}
    accounts = books.held(session, stand, month)
    now = totals(sums[month], sum(one.points for one in accounts))
    total, groups = _lines(session, village_id, month, sums)
    basis, last = _seals(session, stand)
    late, late_months = report_late.counted(session, stand, month)
    parts = _parts(session, stand, month, on, {**older, **flows}, accounts, at)
    return MonthReport(
        month=month,
        households={str(track.name): track.households for track in parts.residencies},
        now=now,
        before=totals(sums[month - 1], now.brought_forward),
        total=total,
        groups=groups,
        channels=books.channels(flows[month]),
        goods=tuple(Taken(one.name, one.pieces, one.points) for one in parts.shop.goods),
        entries=sum(part.entries for part in sums[month]),
        large=sum(part.large for part in sums[month]),
        late=late,
        months=tuple((one.month, one.generated, one.redeemed) for one in parts.history[-CHART_MONTHS:]),
        seal=last,
        parts=replace(parts, basis=basis, late=late_months),
        is_over=month.last < on,
    )


def _parts(
    session: Session,
    stand: Stand,
    month: Month,
    on: date,
    flows: Mapping[Month, Sequence[Flow]],
    accounts: Sequence[Held],
    at: datetime | None,
) -> Parts:
    """What the report says beside its books, basis and late entries left out."""
    by_group, by_residency = books.tracks(flows[month], accounts)
    persuasions = report_matters.persuasions(session, stand, month - (COMPARED - 1), month)
    outstanding = sum(one.points for one in accounts)
    return Parts(
        basis=None,
        groups=by_group,
        residencies=by_residency,
        shop=report_matters.shop(session, stand, month),
        objections=report_matters.objections(session, stand, month, on),
        persuasions=persuasions.get(month, report_matters.NOBODY),
        audit=report_audit.of_month(session, stand, month, on if at is None else village_date(at), at),
        late=(),
        history=_history(session, stand, flows, outstanding, persuasions),
    )


def _flows(session: Session, stand: Stand, month: Month) -> tuple[dict[Month, list[Flow]], dict[Month, list[Flow]]]:
    """The entries of the month and of the one before, and those of the months they are compared with."""
    kinds = books.kinds(session, stand.village_id)
    found = books.flows(session, stand, month, kinds)
    both = {each: [flow for flow in found if flow.sum.month == each] for each in (month - 1, month)}
    return both, books.earlier(session, stand, month - (COMPARED - 1), month - 2, kinds)


def _lines(
    session: Session, village_id: UUID, month: Month, sums: Mapping[Month, Sequence[Sum]]
) -> tuple[Line, tuple[Group, ...]]:
    """The table by category and item, by the rule book of the month's end and what entries name besides."""
    book = rulebook.in_force(session, village_id, month.last)
    names = [ItemName(item.code, item.name, item.category, item.kind) for item in book.items.values()]
    both = [*sums[month - 1], *sums[month]]
    names += books.retired(session, village_id, both, {item.code for item in names})
    categories = {category.code: category.name for category in book.categories}
    missing = {item.category: item.category for item in names if item.category not in categories}
    return lines(sums[month], sums[month - 1], names, {**categories, **missing})


def _seals(session: Session, stand: Stand) -> tuple[Basis | None, LastSeal | None]:
    """The seal that a report stands on; one of the books as they stand tells the last, and how much came after it."""
    entries = select(func.coalesce(func.sum(Household.last_seq), 0)).where(Household.village_id == stand.village_id)
    wanted = select(Seal, entries.scalar_subquery()).where(Seal.village_id == stand.village_id)
    if stand.number is not None:
        wanted = wanted.where(Seal.number == stand.number)
    row = session.execute(wanted.order_by(Seal.number.desc()).limit(1)).first()
    if row is None:
        return None, None
    seal, since = row[0], int(row[1]) - row[0].entries
    printed, covers = fingerprint(seal.root), (seal.taken_at, seal.households, seal.entries)
    if stand.number is None:
        return None, LastSeal(seal.number, printed, *covers, since)
    return Basis(seal.number, seal.root, printed, *covers), LastSeal(seal.number, printed, *covers, 0)


def _history(
    session: Session,
    stand: Stand,
    flows: Mapping[Month, Sequence[Flow]],
    outstanding: int,
    persuasions: Mapping[Month, Persuasions],
) -> tuple[MonthFigures, ...]:
    """The months up to the report's, each with what it is compared by; two statements."""
    last = max(flows)
    told = [each for each in flows if any(flow.sum.kind in TOLD for flow in flows[each])]
    oldest = min(told, default=last + 1)  # those before the first points tell nothing
    objections = report_matters.filed(session, stand, oldest, last)
    differing = report_audit.differing(session, stand.village_id, oldest, last)
    found: list[MonthFigures] = []
    month = last
    while month >= oldest:
        of_month = flows.get(month, [])
        figures = totals((flow.sum for flow in of_month), outstanding)
        persuaded = persuasions.get(month, report_matters.NOBODY)
        found.append(
            MonthFigures(
                month=month,
                generated=figures.generated,
                deducted=figures.deducted,
                redeemed=figures.redeemed,
                outstanding=outstanding,
                self_share=self_share(books.channels(of_month)),
                objections=objections.get(month, 0),
                persuaded=persuaded.persuaded,
                rectified=persuaded.rectified,
                differing_share=differing.get(month),
            )
        )
        month, outstanding = month - 1, figures.brought_forward
    return tuple(reversed(found))


def month_list(
    session: Session, village_id: UUID, last: Month, today: date, size: int = 12
) -> list[tuple[Month, Totals]]:
    """`size` months up to `last` with their totals, the newest first, none before the first entry."""
    first = last - (size - 1)
    sums = running.of_village(session, village_id, today).sums(first, last)
    outstanding = sum(one.points for one in books.held(session, Stand(village_id), last))
    oldest = session.scalar(select(func.min(LedgerEntry.occurred_on)).where(LedgerEntry.village_id == village_id))
    listed: list[tuple[Month, Totals]] = []
    month = last
    while oldest is not None and month >= max(first, Month.of(oldest)):
        figures = totals((part for part in sums if part.month == month), outstanding)
        listed.append((month, figures))
        month, outstanding = month - 1, figures.brought_forward
    return listed

"""The rows behind the figures of a month's report, household by household: for the office and the group alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.errors import N_
from villagepoints.domain.finding import STATUSES
from villagepoints.domain.ledger import KINDS, REDEMPTION
from villagepoints.domain.report import RELOCATED, RESIDENCIES, MonthReport, Sum, totals
from villagepoints.models import EntryText, Finding, Household, LedgerEntry, Redemption, RedemptionLine, RuleItem, User
from villagepoints.services import report_audit_rows, report_late, report_matters
from villagepoints.services import report_books as books
from villagepoints.services.report_basis import NOW, Stand, choose
from villagepoints.services.report_tables import CHANNELS, Column, Translate
from villagepoints.services.stats import item_join
from villagepoints.services.workbook_rows import Line

LOT = 5000  # rows read at once


@dataclass(frozen=True, slots=True)
class Rows:
    """A sheet of rows: its name, its columns, and lines that are read as they are written."""

    name: str
    columns: tuple[Column, ...]
    lines: Iterable[Line]


class Home(NamedTuple):
    """A household as it was when the report's seal was taken."""

    number: str
    head_name: str
    group_no: int | None
    residency: str


class Books:
    """What all sheets of one report need: how far it reads, its households, and the language."""

    def __init__(self, session: Session, village_id: UUID, report: MonthReport, translate: Translate) -> None:
        basis = report.parts.basis
        self.session, self.month, self.translate = session, report.month, translate
        self.stand: Stand = choose(session, village_id, report.month, NOW if basis is None else basis.number)
        row = Household
        names = ("number", "head_name", "group_no", "residency")
        homes = session.execute(
            select(row.id, row.number, row.head_name, row.group_no, row.residency).where(row.village_id == village_id)
        )
        self.homes = {
            id_: Home(*(self.stand.of(id_, name, value) for name, value in zip(names, now, strict=True)))
            for id_, *now in homes
        }

        lives = {name: translate(N_("动迁上楼") if name == RELOCATED else N_("常住")) for name in RESIDENCIES}
        self._shown = {id_: (*home[:3], lives[home.residency]) for id_, home in self.homes.items()}
        self.kinds = {name: translate(text) for name, text in KINDS.items()}

    def home(self, household_id: Any) -> tuple[str, str, int | None, str]:
        """Number, head, group and residency in words, by the id or by what the driver gives for it."""
        shown = self._shown.get(household_id)
        if shown is None:
            shown = self._shown[household_id] = self._shown[UUID(household_id)]
        return shown

    def columns(self, *texts: str, points: Iterable[str] = ()) -> tuple[Column, ...]:
        """Columns with these heads behind those of a household; what is in `points` holds numbers."""
        heads = (N_("户号"), N_("户主"), N_("组"), N_("居住"), *texts)
        numbers = {N_("组"), *points}
        return tuple(Column(self.translate(head), "points" if head in numbers else "text") for head in heads)

    def read(self, statement: Any) -> Iterator[Any]:
        """The rows of a statement, lot by lot."""
        return iter(self.session.execute(statement.execution_options(yield_per=LOT)))


def of_report(session: Session, village_id: UUID, report: MonthReport, translate: Translate) -> list[Rows]:
    """The sheets: households, entries, late entries, redemptions, findings, and what the audit and others asked."""
    of = Books(session, village_id, report, translate)
    happened = books.happened(village_id, report.month.first, report.month.last)
    late = report_late.condition(session, of.stand, report.month)
    asked = report_audit_rows.of_report(session, of.stand, report, of.homes, translate)
    return [
        _households(of),
        _entries(of, N_("记录明细"), happened),
        _entries(of, N_("补记明细"), late),
        _redemptions(of, happened),
        _findings(of),
        *(Rows(*sheet) for sheet in asked),
    ]


def _households(of: Books) -> Rows:
    """What each household gained, lost, took and held: the sums of every table by group, residency and in all."""
    kind = func.coalesce(RuleItem.kind, LedgerEntry.kind).label("of_kind")
    moved = (
        select(LedgerEntry.household_id, kind, func.sum(LedgerEntry.points))
        .outerjoin(RuleItem, item_join())
        .where(books.happened(of.stand.village_id, of.month.first, of.month.last))
        .group_by(LedgerEntry.household_id, "of_kind")
    )
    here = case((of.stand.lived_here(of.month.last), 1), else_=0)
    held, points = books.balances(of.stand, of.month, Household.id.expression, here)

    def lines() -> Iterator[Line]:
        sums: dict[UUID, list[Sum]] = {}
        for household_id, name, sum_ in of.session.execute(of.stand.up_to(moved)):
            sums.setdefault(household_id, []).append(Sum(of.month, name, None, "", int(sum_), 0, 0))
        for household_id, is_here, outstanding in of.read(held.add_columns(points).order_by(Household.number)):
            of_it = totals(sums.get(household_id, ()), int(outstanding))
            figures = (of_it.generated, -of_it.deducted, -of_it.redeemed, of_it.other, of_it.outstanding)
            yield (*of.home(household_id), is_here, *figures)

    heads = (N_("月末在村"), N_("产生"), N_("扣分"), N_("兑换"), N_("结转、到期、合并户"), N_("月末未兑换"))
    return Rows(of.translate(N_("各户")), of.columns(*heads, points=heads), lines())


def _entries(of: Books, name: str, wanted: ColumnElement[bool]) -> Rows:
    row, text = LedgerEntry, EntryText
    of_text = and_(text.village_id == row.village_id, text.household_id == row.household_id, text.seq == row.seq)
    statement = (
        select(type_coerce(row.household_id, NullType()), row.seq, row.occurred_on, row.recorded_at, row.kind)
        .add_columns(row.item_code, RuleItem.name)
        .add_columns(row.points, row.balance_after, func.coalesce(User.name, text.recorder, ""), text.note)
        .join(Household, books.of_household())
        .outerjoin(RuleItem, item_join())
        .outerjoin(User, and_(User.village_id == row.village_id, User.id == row.recorded_by))
        .outerjoin(text, of_text)
        .where(wanted)
        .order_by(Household.number, row.seq)
    )

    def lines() -> Iterator[Line]:
        for id_, seq, day, at, kind, code, item, points, balance, by, note in of.read(of.stand.up_to(statement)):
            when = written_on(day), written_at(at)
            yield (*of.home(id_), seq, *when, of.kinds[kind], code, item, points, balance, by, note)

    heads = (N_("第几条"), N_("日期"), N_("记录时间"), N_("种类"), N_("编号"), N_("评分内容"), N_("积分"))
    more = (N_("记后余额"), N_("记录人"), N_("说明"))
    columns = of.columns(*heads, *more, points=(N_("第几条"), N_("积分"), N_("记后余额")))
    return Rows(of.translate(name), columns, lines())


def _redemptions(of: Books, happened: ColumnElement[bool]) -> Rows:
    """What was taken, piece by piece; what was given back is minus, as in the ledger."""
    row, line = LedgerEntry, RedemptionLine
    sign = case((row.kind == REDEMPTION, 1), else_=-1)
    of_line = and_(line.village_id == row.village_id, line.redemption_id == row.redemption_id)
    statement = (
        select(row.household_id, row.seq, row.occurred_on, row.kind, Redemption.channel, line.name)
        .add_columns(sign * line.quantity, line.points_each, -sign * line.quantity * line.points_each)
        .add_columns(Redemption.proxy_name)
        .join(Household, books.of_household())
        .join(Redemption, books.of_redemption())
        .join(line, of_line)
        .where(happened, row.kind.in_(books.SPENT))
        .order_by(Household.number, row.seq, line.line)
    )

    def lines() -> Iterator[Line]:
        for id_, seq, day, kind, channel, name, pieces, each, points, proxy in of.read(of.stand.up_to(statement)):
            words = of.kinds[kind], of.translate(CHANNELS[channel])
            yield (*of.home(id_), seq, str(day), *words, name, pieces, each, points, proxy)

    heads = (
        N_("第几条"),
        N_("日期"),
        N_("种类"),
        N_("方式"),
        N_("商品"),
        N_("件数"),
        N_("每件积分"),
        N_("积分"),
        N_("代办人"),
    )
    columns = of.columns(*heads, points=(N_("第几条"), N_("件数"), N_("每件积分"), N_("积分")))
    return Rows(of.translate(N_("兑换明细")), columns, lines())


def _findings(of: Books) -> Rows:
    row = Finding
    status, in_time = report_matters.then(of.stand)
    statement = (
        select(row.household_id, row.found_on, row.item_code, row.count, row.rectify_by, status, in_time, row.note)
        .join(Household, and_(Household.village_id == row.village_id, Household.id == row.household_id))
        .where(row.village_id == of.stand.village_id, row.found_on.between(of.month.first, of.month.last))
        .where(of.stand.known(row.recorded_at))
        .order_by(Household.number, row.found_on, row.id)
    )

    def lines() -> Iterator[Line]:
        for id_, day, code, count, until, became, was_in_time, note in of.read(statement):
            asked = "" if until is None else str(until)
            right = of.translate(N_("按时")) if was_in_time and became == "rectified" else ""
            yield (*of.home(id_), str(day), code, count, asked, of.translate(STATUSES[became]), right, note)

    heads = (N_("日期"), N_("编号"), N_("处数"), N_("说好哪天改好"), N_("结果"), N_("是不是按时"), N_("说明"))
    return Rows(of.translate(N_("检查发现")), of.columns(*heads, points=(N_("处数"),)), lines())


@lru_cache(maxsize=4096)  # a month has few days, and what is posted together has one instant
def written_on(day: date) -> str:
    """A village date as 2026-01-06."""
    return day.isoformat()


@lru_cache(maxsize=4096)
def written_at(instant: datetime) -> str:
    """An instant by the village's clock, to the minute."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

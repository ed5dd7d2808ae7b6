"""Imports monthly score sheets: one row a household and month, one column a base item."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.ledger import AWARD, IMPORT, Draft
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem
from villagepoints.models import LedgerEntry
from villagepoints.models import RuleItem as RuleItemRow
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Account, Context, Plan, Row
from villagepoints.services.importing.result import Unusable
from villagepoints.services.importing.table import Reader, Record, Table


@dataclass(slots=True)
class Score:
    """A household's month: the points of each base item in the order of the rule book."""

    account: Account
    month: Month
    book: RuleBook
    points: tuple[int, ...]


def plan(context: Context) -> Plan:
    """Read every sheet, refuse months scored otherwise before, and post every item, 0 too."""
    rows: list[Row[Score]] = []
    for table, found in zip(context.file.tables, context.file.records, strict=True):
        month = _month_of(table) if "month" not in table.places else None
        if month is None and "month" not in table.places:
            raise Unusable(
                N_("表「%(sheet)s」没有写是哪年哪月的基础分。请把表名或标题改成「2025年8月」这样，再导入。"),
                sheet=table.sheet,
            )
        for record in found:
            if row := _read(context, record, month):
                rows.append(row)
    _refuse_twice(context, rows)
    fresh = sorted(context.unknown(rows), key=lambda row: row.data.month)
    _refuse_scored(context, fresh)
    total = sum(sum(row.data.points) for row in fresh)
    context.result.totals = {"base": total, "months": len({row.data.month for row in fresh})}
    count = sum(len(row.data.points) for row in fresh)
    return Plan(_drafts(context, fresh), count, [row.identity for row in fresh], total)


def _month_of(table: Table) -> Month | None:
    """The month that the sheet's name, else its title, speaks of; Unusable where the two differ."""
    if table.month:
        return values.month(table.month)
    by_name = values.month(table.sheet)
    by_title = next((month for title in table.titles if (month := values.month(title))), None)
    if by_name and by_title and by_name != by_title:
        raise Unusable(
            N_("表「%(sheet)s」的名字写的是 %(name)s，标题写的是 %(title)s。请改成同一个月再导入。"),
            sheet=table.sheet,
            name=by_name,
            title=by_title,
        )
    return by_name or by_title


def _base_items(context: Context, table: Table, month: Month) -> tuple[RuleBook, tuple[RuleItem, ...]]:
    """The book of a month and its base items, each given its column in the table."""
    book = context.book(month.last)
    items = book.of_kind(BASE)
    missing = []
    for item in items:
        if item.code in table.places:
            continue
        names = {values.header_key(words) for words in (item.code, item.name, item.name_relocated)}
        wanted = names | {item.code + name for name in names}
        place = next((place for place, header in table.others if header in wanted or header.upper() in wanted), None)
        if place is None:
            missing.append(item.code)
        else:
            table.places[item.code], table.names[item.code] = place, item.code
    if missing:
        sentence = N_("表「%(sheet)s」缺「%(code)s」这一列。请补上再导入。")
        raise Unusable(sentence, sheet=table.sheet, code="、".join(missing))
    taken = set(table.places.values())
    odd = [header for place, header in table.others if place not in taken and header.upper() in book.items]
    if odd:
        raise Unusable(
            N_("表「%(sheet)s」里的「%(codes)s」不是基础分项目，请移到加减分明细里再导入。"),
            sheet=table.sheet,
            codes="、".join(odd),
        )
    return book, items


def _read(context: Context, record: Record, month: Month | None) -> Row[Score] | None:
    reader = Reader(record, context.result.problems)
    account = context.account(reader)
    month = month or reader.get("month", _needed_month, needed=True)
    if month is None:
        return None
    context.check_day(reader, "month", month.first)
    book, items = _base_items(context, record.table, month)
    points = [_points(reader, context, item) for item in items]
    total = reader.get("total", values.integer)
    if not reader.ok or account is None:
        return None
    if total is not None and total != sum(points):
        reader.refuse("total", N_("合计和各项加起来的 %(sum)s 分对不上，请改正"), sum=sum(points))
        return None
    business = (account.number, month, *(f"{item.code}={value}" for item, value in zip(items, points, strict=True)))
    return Row(record, business, Score(account, month, book, tuple(points)))


def _needed_month(raw: object) -> Month:
    month = values.month(raw) if isinstance(raw, str | float | date) else None
    if month is None:
        raise BadInput(N_("月份读不懂，请写成 2025年8月 或 2025-08"))
    return month


def _points(reader: Reader, context: Context, item: RuleItem) -> int:
    if not reader.record.has(item.code):
        reader.refuse(item.code, N_("这一项空着。没有得分请填 0"))
        return 0
    points = reader.get(item.code, values.integer)
    if points is None:
        return 0
    if points < 0:
        reader.refuse(item.code, N_("基础分最少是 0 分，不能是负数，请改正"))
    elif points > item.points:
        sentence = N_("%(code)s 每月最多 %(most)s 分，这里是 %(points)s 分，按表里写的记，请核对")
        context.result.warnings.append(
            reader.record.problem(item.code, sentence, code=item.code, most=item.points, points=points)
        )
    return points


def _refuse_twice(context: Context, rows: list[Row[Score]]) -> None:
    seen: dict[tuple[str, Month], Record] = {}
    for row in rows:
        first = seen.setdefault((row.data.account.number, row.data.month), row.record)
        if first is not row.record:
            sentence = N_("这一户 %(month)s 在「%(sheet)s」第 %(row)s 行已经有了，请删掉一行")
            place = {"month": row.data.month, "sheet": first.table.sheet, "row": first.number}
            context.result.problems.append(row.record.problem("household", sentence, **place))


def _refuse_scored(context: Context, rows: list[Row[Score]]) -> None:
    """Refuse what was scored before with other points (with the same points it would not be new)."""
    scored = _scored(context, {row.data.month.last for row in rows})
    for row in rows:
        before = scored.get((row.data.account.id, row.data.month.last))
        if before is not None:
            sentence = N_("这一户 %(month)s 已经评过基础分（%(points)s 分），不能再评一次。要改请先收回那次导入或冲正")
            problem = row.record.problem("household", sentence, month=row.data.month, points=before)
            context.result.problems.append(problem)


def _scored(context: Context, days: set[date]) -> dict[tuple[UUID, date], int]:
    if not days:
        return {}
    undone = aliased(LedgerEntry)
    query = (
        select(LedgerEntry.household_id, LedgerEntry.occurred_on, func.sum(LedgerEntry.points))
        .join(
            RuleItemRow,
            (RuleItemRow.village_id == LedgerEntry.village_id)
            & (RuleItemRow.version == LedgerEntry.rulebook_version)
            & (RuleItemRow.code == LedgerEntry.item_code),
        )
        .outerjoin(
            undone,
            (undone.village_id == LedgerEntry.village_id)
            & (undone.household_id == LedgerEntry.household_id)
            & (undone.reverses_seq == LedgerEntry.seq),
        )
        .where(
            LedgerEntry.village_id == context.village_id,
            LedgerEntry.kind == AWARD,
            LedgerEntry.occurred_on.in_(days),
            RuleItemRow.kind == BASE,
            undone.seq.is_(None),
        )
        .group_by(LedgerEntry.household_id, LedgerEntry.occurred_on)
    )
    return {(household, day): int(points) for household, day, points in context.session.execute(query)}


def _drafts(context: Context, rows: list[Row[Score]]) -> Iterator[Draft]:
    for row in rows:
        score = row.data
        for item, points in zip(score.book.of_kind(BASE), score.points, strict=True):
            yield Draft(
                household_id=score.account.id,
                kind=AWARD,
                points=points,
                occurred_on=score.month.last,
                origin=IMPORT,
                rulebook_version=score.book.version,
                item_code=item.code,
                recorded_by=context.actor.user_id,
                batch_id=context.batch_id,
            )

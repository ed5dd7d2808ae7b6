"""Imports the register of additions and deductions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from villagepoints.domain.calendar import period
from villagepoints.domain.caps import Remaining
from villagepoints.domain.errors import N_
from villagepoints.domain.ledger import AWARD, IMPORT, PENALTY, Draft
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem, grade_for_points
from villagepoints.domain.tally import Tally
from villagepoints.models import LedgerEntry
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Account, Context, Plan, Row, records
from villagepoints.services.importing.table import Reader, Record
from villagepoints.services.workbook import Cell

PERIODS = {"day": N_("当天"), "month": N_("当月"), "quarter": N_("当季"), "year": N_("当年")}


@dataclass(slots=True)
class Event:
    """A readable row of the register."""

    account: Account
    on: date
    book: RuleBook
    item: RuleItem
    points: int
    note: str
    recorder: str


def plan(context: Context) -> Plan:
    """Read every row, find what is new, and report what breaks a cap or a grade; nothing is dropped for that."""
    rows = [row for _, record in records(context.file) if (row := _read(context, record))]
    fresh = sorted(context.unknown(rows), key=lambda row: row.data.on)
    _warn(context, fresh)
    points = [row.data.points for row in fresh]
    context.result.totals = {
        "added": sum(value for value in points if value > 0),
        "deducted": -sum(value for value in points if value < 0),
    }
    return Plan(_drafts(context, fresh), len(fresh), [row.identity for row in fresh], sum(points))


def _read(context: Context, record: Record) -> Row[Event] | None:
    reader = Reader(record, context.result.problems)
    on = reader.get("day", values.day, needed=True)
    account = context.account(reader)
    points = reader.get("points", values.integer, needed=True)
    note = reader.get("note", values.text) or ""
    recorder = reader.get("recorder", values.name) or ""
    context.check_day(reader, "day", on)
    if not reader.record.has("item"):
        reader.refuse("item", N_("这一格空着，请填项目编号，例如 D1"))
    if on is None or not record.has("item"):
        return None
    book = context.book(on)
    item = _item(book, record.raw("item"))
    if item is None:
        reader.refuse("item", N_("办法里没有这一项，请改成办法里的项目编号，例如 D1"))
        return None
    if points is not None:
        _check_sign(reader, item, points)
    if not reader.ok or account is None or points is None:
        return None
    business = (on, account.number, item.code, points, note, recorder)
    return Row(record, business, Event(account, on, book, item, points, note, recorder))


def _item(book: RuleBook, raw: Cell) -> RuleItem | None:
    """An item by its code, by its name in either residency's words, or by both as in `D1 志愿服务`."""
    words = values.code(raw, most=200) if isinstance(raw, str) else ""
    if words in book.items:
        return book.items[words]
    for item in book.items.values():
        names = {values.code(item.name, most=200), values.code(item.name_relocated, most=200)}
        if words in names or words in {item.code + name for name in names}:
            return item
    return None


def _check_sign(reader: Reader, item: RuleItem, points: int) -> None:
    if item.kind == BASE:
        reader.refuse("item", N_("%(code)s 是每月基础分，请写进基础分评分表，不要写在这里"), code=item.code)
    elif points == 0:
        reader.refuse("points", N_("分值是 0，没有加也没有减，请改正或删掉这一行"))
    elif item.kind == PENALTY and points > 0:
        reader.refuse("points", N_("%(code)s 是扣分项，分值要写负数：%(wanted)s"), code=item.code, wanted=-points)
    elif item.kind != PENALTY and points < 0:
        reader.refuse("points", N_("%(code)s 是加分项，分值不能是负数，请核对项目编号和分值"), code=item.code)


def _warn(context: Context, rows: list[Row[Event]]) -> None:
    tally = _tally(context, rows)
    for row in rows:
        event = row.data
        item, points = event.item, event.points
        warn = context.result.warnings.append
        if item.grades and grade_for_points(item, points) is None:
            warn(
                row.record.problem(
                    "points",
                    N_("%(code)s 没有 %(points)s 分这个等次，按表里写的记，请核对"),
                    code=item.code,
                    points=points,
                )
            )
        elif not item.grades and (points % item.points or (not item.unit and points != item.points)):
            sentence = N_("%(code)s 按办法是 %(each)s 分，这里是 %(points)s 分，按表里写的记，请核对")
            warn(row.record.problem("points", sentence, code=item.code, each=item.points, points=points))
        for broken in tally.add(event.book, item, event.account.id, points, event.on):
            sentence, named = _over(item, broken)
            warn(row.record.problem("points", sentence, **named))
        if (most := tally.over_quota(item, event.account.residency, event.on)) is not None:
            sentence = N_("%(code)s 这个月这一类住户最多评 %(most)s 户，这一户超出了，按表里写的记，请核对")
            warn(row.record.problem("item", sentence, code=item.code, most=most))


def _over(item: RuleItem, broken: Remaining) -> tuple[str, dict[str, object]]:
    named: dict[str, object] = {"code": item.code, "period": PERIODS[broken.period], "limit": broken.limit}
    if broken.unit == "times":
        return N_("%(code)s %(period)s最多 %(limit)s 次，这一条超出了，按表里写的记，请核对"), named
    if broken.overall:
        return N_("贡献分%(period)s最多 %(limit)s 分，这一条超出了，按表里写的记，请核对"), named
    return N_("%(code)s %(period)s最多 %(limit)s 分，这一条超出了，按表里写的记，请核对"), named


def _tally(context: Context, rows: list[Row[Event]]) -> Tally:
    """The caps as they stand: what is in the books for the years of the file, read in one statement."""
    accounts = context.accounts()
    by_id = {account.id: account for account in accounts.values()}
    residencies = [account.residency for account in by_id.values()]
    tally = Tally({name: residencies.count(name) for name in set(residencies)})
    if not rows:
        return tally
    first, last = period("year", rows[0].data.on)[0], period("year", rows[-1].data.on)[1]
    undone = aliased(LedgerEntry)
    past = (
        select(LedgerEntry.household_id, LedgerEntry.item_code, LedgerEntry.points, LedgerEntry.occurred_on)
        .outerjoin(
            undone,
            (undone.village_id == LedgerEntry.village_id)
            & (undone.household_id == LedgerEntry.household_id)
            & (undone.reverses_seq == LedgerEntry.seq),
        )
        .where(
            LedgerEntry.village_id == context.village_id,
            LedgerEntry.kind.in_((AWARD, PENALTY)),
            LedgerEntry.occurred_on >= first,
            LedgerEntry.occurred_on < last + timedelta(days=1),
            undone.seq.is_(None),
        )
    )
    for entry in context.session.execute(past):
        book = context.book(entry.occurred_on)
        item = book.items.get(entry.item_code or "")
        if item and item.kind != BASE:
            tally.add(book, item, entry.household_id, entry.points, entry.occurred_on)
            tally.over_quota(item, by_id[entry.household_id].residency, entry.occurred_on)
    return tally


def _drafts(context: Context, rows: list[Row[Event]]) -> Iterator[Draft]:
    for row in rows:
        event = row.data
        item = event.item
        quantity = event.points // item.points if item.unit and item.points and event.points % item.points == 0 else 1
        yield Draft(
            household_id=event.account.id,
            kind=PENALTY if event.points < 0 else AWARD,
            points=event.points,
            occurred_on=event.on,
            origin=IMPORT,
            rulebook_version=event.book.version,
            item_code=item.code,
            grade=grade_for_points(item, event.points),
            quantity=quantity,
            recorded_by=context.actor.user_id,
            batch_id=context.batch_id,
            note=event.note,
            recorder=event.recorder,
        )

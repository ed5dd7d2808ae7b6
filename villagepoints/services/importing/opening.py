"""Imports balances carried over from paper, one row a household."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import aliased

from villagepoints.domain.errors import N_
from villagepoints.domain.ledger import IMPORT, OPENING, Draft
from villagepoints.models import LedgerEntry
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Account, Context, Plan, Row, records
from villagepoints.services.importing.table import Reader, Record

Carried = tuple[Account, date, int, str]  # household, day, points, note


def plan(context: Context) -> Plan:
    """Read every row; a household that was carried over before, or twice in the file, is refused."""
    rows = [row for _, record in records(context.file) if (row := _read(context, record))]
    seen: dict[str, Record] = {}
    for row in rows:
        first = seen.setdefault(row.data[0].number, row.record)
        if first is not row.record:
            sentence = N_("这一户在第 %(row)s 行已经有了，请删掉一行")
            context.result.problems.append(row.record.problem("household", sentence, row=first.number))
    fresh = sorted(context.unknown(rows), key=lambda row: row.data[1])
    _refuse_carried(context, fresh)
    total = sum(row.data[2] for row in fresh)
    context.result.totals = {"opening": total}
    return Plan(_drafts(context, fresh), len(fresh), [row.identity for row in fresh], total)


def _read(context: Context, record: Record) -> Row[Carried] | None:
    reader = Reader(record, context.result.problems)
    account = context.account(reader)
    points = reader.get("points", values.integer, needed=True)
    on = reader.get("day", values.day)
    note = reader.get("note", values.text) or ""
    context.check_day(reader, "day", on)
    if not reader.ok or account is None or points is None:
        return None
    return Row(record, (account.number, points, on, note), (account, on or context.today, points, note))


def _refuse_carried(context: Context, rows: list[Row[Carried]]) -> None:
    undone = aliased(LedgerEntry)
    query = (
        select(LedgerEntry.household_id, LedgerEntry.points)
        .outerjoin(
            undone,
            (undone.village_id == LedgerEntry.village_id)
            & (undone.household_id == LedgerEntry.household_id)
            & (undone.reverses_seq == LedgerEntry.seq),
        )
        .where(LedgerEntry.village_id == context.village_id, LedgerEntry.kind == OPENING, undone.seq.is_(None))
    )
    carried = dict(context.session.execute(query).all())
    for row in rows:
        before = carried.get(row.data[0].id)
        if before is not None:
            sentence = N_("这一户已经结转过 %(points)s 分，不能再结转。要改请先收回那次导入")
            context.result.problems.append(row.record.problem("points", sentence, points=before))


def _drafts(context: Context, rows: list[Row[Carried]]) -> Iterator[Draft]:
    for row in rows:
        account, on, points, note = row.data
        yield Draft(
            household_id=account.id,
            kind=OPENING,
            points=points,
            occurred_on=on,
            origin=IMPORT,
            recorded_by=context.actor.user_id,
            batch_id=context.batch_id,
            note=note,
        )

"""Somebody with the database's own tools changes the books behind everyone's back, and `verify` goes red."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, delete, event, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.factories import NOW, TODAY, Made, make_reward
from tests.safety import shop
from villagepoints.models import (
    Activity,
    EntryText,
    Household,
    LedgerEntry,
    Redemption,
    RedemptionLine,
    Reward,
    Village,
    triggers,
)
from villagepoints.services import posting, redemption
from villagepoints.services import verify as services

ENTRY: Table = LedgerEntry.__table__  # type: ignore[assignment]
KINDS = {"opening", "award", "penalty", "redemption", "refund", "reversal"}


@pytest.fixture
def books(session: Session, village: Made) -> Made:
    """A village whose ledger holds an entry of every kind that has a page."""
    reward = make_reward(session, village.id, points=30)
    account = {"household_id": village.household.id, "now": NOW}
    shop.give(session, village.id, village.household.id, 200)
    deed = posting.Item(code="D4", grade="义务维修", occurred_on=TODAY, note="修水管")
    posting.record(session, village.clerk, key="1", wanted=deed, **account)
    lie = posting.Item(code="D5", occurred_on=TODAY, note="虚报")
    posting.record(session, village.clerk, key="2", wanted=lie, **account)
    posting.reverse(session, village.clerk, key="3", seq=2, reason="记错了户", **account)
    taken = redemption.reserve(session, village.villager(), key="4", lines=[(reward.id, 2)], **account)
    redemption.cancel(session, village.clerk, redemption_id=taken.redemption_id, key="5", now=NOW, reason="不要了")
    redemption.reserve(session, village.villager(), key="6", lines=[(reward.id, 1)], **account)
    assert set(session.scalars(select(LedgerEntry.kind))) == KINDS
    session.rollback()
    return village


@pytest.fixture
def attacker(database: str, books: Made) -> Iterator[Engine]:
    """The database as its administrator sees it: no triggers, no references, no checks that can be switched off."""
    engine = create_engine(database, poolclass=NullPool)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA ignore_check_constraints=ON")
            connection.isolation_level = None

        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.begin() as connection:
        triggers.drop(connection)
    yield engine
    engine.dispose()


@contextmanager
def tampered(attacker: Engine, *statements: Any) -> Iterator[Connection]:
    """The database with these statements done to it; afterwards as it was."""
    with attacker.connect() as connection:
        if attacker.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)
        yield connection
        connection.rollback()


def red(connection: Connection, books: Made) -> services.Problem | None:
    """The first thing that `verify` finds, if anything."""
    with Session(connection) as session:
        return next(iter(services.verify(session, session.get_one(Village, books.id))), None)


def changed(value: Any, column: Any) -> list[Any]:
    """Other values that the column could hold; of bytes and text every single place changed."""
    if isinstance(value, bool) or value is None:
        samples = {int: 1, str: "A1", UUID: uuid4(), bytes: b"x" * 32, date: TODAY, datetime: NOW}
        return [samples[column.type.python_type]]
    if isinstance(value, int):
        return [value + 1, -value - 1]
    if isinstance(value, datetime):
        return [value + timedelta(microseconds=1)]
    if isinstance(value, date):
        return [value + timedelta(days=1)]
    if isinstance(value, UUID):
        return [UUID(int=value.int ^ 1)]
    if isinstance(value, bytes):
        return [value[:i] + bytes([value[i] ^ 1]) + value[i + 1 :] for i in range(len(value))] + [value + b"\0"]
    return [value[:i] + chr(ord(value[i]) ^ 1) + value[i + 1 :] for i in range(len(value))]


def unnoticed(attacker: Engine, books: Made, names: Collection[str]) -> list[str]:
    """Every way to change one of these columns of one entry of each kind that `verify` does not see."""
    missed = []
    with attacker.connect() as connection:
        rows = {row.kind: row for row in connection.execute(select(ENTRY).where(ENTRY.c.village_id == books.id))}
    for row in rows.values():
        this = (ENTRY.c.household_id == row.household_id) & (ENTRY.c.seq == row.seq)
        for column in (ENTRY.columns[name] for name in names):
            held = getattr(row, column.name)
            values = changed(held, column) + ([None] if column.nullable and held is not None else [])
            for value in values:
                try:
                    with tampered(attacker, update(ENTRY).where(this).values({column.name: value})) as connection:
                        if not red(connection, books):
                            missed.append(f"{column.name} of the {row.kind}: {held!r} -> {value!r}")
                except DBAPIError:
                    pass  # the database refused it, which is as good
    return missed


def test_untouched_books_are_clean(attacker: Engine, books: Made) -> None:
    with tampered(attacker) as connection:
        assert red(connection, books) is None


def test_any_one_place_of_an_entry_changed_is_seen(attacker: Engine, books: Made) -> None:
    assert unnoticed(attacker, books, ENTRY.columns.keys()) == []


def test_a_verifier_that_trusts_the_stored_hash_is_caught(
    attacker: Engine, books: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: who believes the hash that stands there misses the names and reasons of an entry."""
    monkeypatch.setattr(services, "entry_hash", lambda entry: entry.hash)
    names = {"occurred_on", "recorded_at", "recorded_by", "approved_by"}
    assert {line.split()[0] for line in unnoticed(attacker, books, names)} == names


def test_what_stands_beside_the_ledger_is_held_too(attacker: Engine, books: Made) -> None:
    """Each of these alone: balances, heads, dropped and invented rows, goods, words, the trail of activity."""
    mine = Household.id == books.household.id
    last = (
        select(LedgerEntry.seq).where(LedgerEntry.household_id == books.household.id).order_by(LedgerEntry.seq.desc())
    )
    with attacker.connect() as connection:
        newest = connection.scalar(last)
        row = connection.execute(select(ENTRY).where(ENTRY.c.seq == 2)).one()._asdict()
    of_newest = (LedgerEntry.household_id == books.household.id) & (LedgerEntry.seq == newest)
    attacks: dict[str, list[Any]] = {
        "balance": [update(Household).where(mine).values(balance=Household.balance + 1)],
        "last_seq": [update(Household).where(mine).values(last_seq=Household.last_seq - 1)],
        "last_hash": [update(Household).where(mine).values(last_hash=b"x" * 32)],
        "a balance out of nothing": [update(Household).where(Household.number == "002").values(balance=500)],
        "newest entry dropped": [delete(LedgerEntry).where(of_newest)],
        "first entry dropped": [delete(LedgerEntry).where(LedgerEntry.seq == 1)],
        "all entries dropped": [delete(LedgerEntry)],
        "an entry copied behind the last": [insert(ENTRY).values(**{**row, "seq": (newest or 0) + 1})],
        "an entry copied to a neighbour": [insert(ENTRY).values(**{**row, "household_id": books.households[1].id})],
        "account deleted": [delete(Household).where(mine)],
        "note": [update(EntryText).where(EntryText.seq == 2).values(note="别的")],
        "recorder": [update(EntryText).where(EntryText.seq == 2).values(recorder="别人")],
        "cost of a redemption": [update(Redemption).values(points=Redemption.points - 1)],
        "pieces of a redemption": [update(RedemptionLine).values(quantity=RedemptionLine.quantity + 1)],
        "a redemption of somebody else": [update(Redemption).values(household_id=books.households[1].id)],
        "cancelled twice": [update(Redemption).values(status="cancelled")],
        "a cancelled one handed over": [update(Redemption).values(status="fulfilled")],
        "redemption deleted": [delete(RedemptionLine), delete(Redemption)],
        "stock": [update(Reward).values(stock=Reward.stock + 1)],
        "activity changed": [update(Activity).where(Activity.seq == 1).values(action="nothing")],
        "activity's newest dropped": [delete(Activity).where(Activity.seq == 2)],
        "activity's head": [update(Village).values(activity_seq=1)],
    }
    missed = []
    for name, statements in attacks.items():
        with tampered(attacker, *statements) as connection:
            if not red(connection, books):
                missed.append(name)
    assert missed == []

"""Databases to measure on: a village with many households and entries, filled as the law of the ledger has it."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.databases import connect, create_schema
from tests.factories import Made, make_households, make_reward, make_village
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import AWARD, IMPORT, Draft
from villagepoints.services import posting
from villagepoints.services.transaction import transaction

NOW = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)
MONTHS = [(Month(2026, 6) - back).last for back in range(1, 61)]  # a household's books of five years, base items only
BASE = ("A1", "A2", "A3", "A4", "A5", "B1", "B2", "C1", "C2", "C3")


def fresh(path: Path) -> Engine:
    """An engine on a new SQLite database with the schema."""
    create_schema(f"sqlite:///{path}")
    return connect(f"sqlite:///{path}")


def village(session: Session, households: int, entries_each: int) -> tuple[Made, list[UUID]]:
    """A village of that size with a full shop; every household has as many entries as the other."""
    made = make_village(session)
    for number in range(10):
        make_reward(session, made.id, points=20 + 30 * number, stock=100, name=f"商品{number}")
    ids = make_households(session, made.id, households)
    drafts = (_draft(household_id, number) for household_id in ids for number in range(entries_each))
    post = transaction(posting.post)
    while lot := list(islice(drafts, 20_000)):
        post(session, made.id, lot, NOW)
    return made, ids


def _draft(household_id: UUID, number: int) -> Draft:
    day = MONTHS[number // len(BASE) % len(MONTHS)]
    item = {"rulebook_version": 1, "item_code": BASE[number % len(BASE)]}
    return Draft(household_id=household_id, kind=AWARD, points=5, occurred_on=day, origin=IMPORT, **item)  # type: ignore[arg-type]

"""Many at once at the same shelf and the same account: nothing is sold twice, no point is spent twice."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Made, make_households, make_reward
from tests.safety import shop
from tests.safety.books import problems
from villagepoints.models import LedgerEntry

ROOT = Path(__file__).parent.parent.parent
STOCK, PRICE = 60, 10

Run = Callable[..., list[UUID]]


def by_threads(
    database: str, kind: str, village: Made, reward_id: UUID, tries: int, households: list[UUID]
) -> list[UUID]:
    """Eight threads with a connection each, let go at the same moment."""
    engine = shop.connect(database)
    barrier, sold = threading.Barrier(8), []

    def work() -> None:
        with Session(engine, expire_on_commit=False) as session:
            barrier.wait()
            sold.extend(shop.customers(session, shop.SHOPS[kind], village.id, reward_id, households, tries))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return sold


def by_processes(
    database: str, kind: str, village: Made, reward_id: UUID, tries: int, households: list[UUID]
) -> list[UUID]:
    """Four programs, as four workers of a server are."""
    command = [sys.executable, "-m", "tests.safety.shop", database, kind, village.id, reward_id, 2 * tries, *households]
    running = [
        subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    sold = []
    for process in running:
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        sold += [UUID(line) for line in out.split()]
    return sold


@pytest.mark.parametrize("run", [by_threads, by_processes], ids=["8 threads", "4 processes"])
def test_sixty_bottles_are_sold_sixty_times(run: Run, database: str, session: Session, village: Made) -> None:
    """Eight customers want 80 of 60 bottles, from households that have points for all of them."""
    reward = make_reward(session, village.id, points=PRICE, stock=STOCK)
    households = make_households(session, village.id, 5)
    for household_id in households:
        shop.give(session, village.id, household_id, 10 * STOCK * PRICE)
    sold = run(database, "real", village, reward.id, 10, households)
    assert problems(session, village.id, {reward.id: STOCK}) == []
    assert len(sold) == len(set(sold)) == STOCK
    assert entries(session, village) == STOCK, "entries = acknowledged"


@pytest.mark.parametrize("run", [by_threads, by_processes], ids=["8 threads", "4 processes"])
def test_one_account_is_not_spent_twice(run: Run, database: str, session: Session, village: Made) -> None:
    """Eight phones of one household with 105 points want something for 10 points, five times each."""
    reward = make_reward(session, village.id, points=PRICE, stock=1000)
    shop.give(session, village.id, village.household.id, 105)
    sold = run(database, "real", village, reward.id, 5, [village.household.id])
    assert problems(session, village.id, {reward.id: 1000}) == []
    assert len(sold) == 10
    session.refresh(village.household)
    assert village.household.balance == 5
    assert entries(session, village) == 10, "entries = acknowledged"


@pytest.mark.parametrize("run", [by_threads, by_processes], ids=["8 threads", "4 processes"])
def test_a_shop_that_looks_before_it_writes_is_caught(run: Run, database: str, session: Session, village: Made) -> None:
    """The planted bug: the same customers at the careless shop sell more than there was, and the books say so."""
    reward = make_reward(session, village.id, points=PRICE, stock=STOCK)
    shop.give(session, village.id, village.household.id, 10 * STOCK * PRICE)
    sold = run(database, "careless", village, reward.id, 10, [village.household.id])
    assert len(sold) > STOCK or problems(session, village.id, {reward.id: STOCK}) != []
    assert any("gone of" in problem for problem in problems(session, village.id, {reward.id: STOCK}))


def entries(session: Session, village: Made) -> int:
    """How many redemptions stand in the ledger."""
    wanted = select(func.count()).select_from(LedgerEntry)
    return session.scalar(wanted.where(LedgerEntry.village_id == village.id, LedgerEntry.kind == "redemption")) or 0

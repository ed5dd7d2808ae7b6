"""Kill −9 while entries are being posted: what was acknowledged is there, what is half done is not."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Made
from tests.safety import SOAK
from tests.safety.books import problems
from villagepoints.models import LedgerEntry

ROOT = Path(__file__).parent.parent.parent
KILLS = 500 if SOAK else 8


def work_until_killed(database: str, kind: str, village: Made, kills: int) -> set[tuple[UUID, int]]:
    """Start a teller and kill it in the middle of its work, again and again; every acknowledged (household, seq)."""
    acknowledged = set()
    chance = random.Random(20260615)
    command = [sys.executable, "-m", "tests.safety.teller", database, kind, village.id]
    command += [household.id for household in village.households]
    for _ in range(kills):
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()  # it works from here on
        assert first, process.stderr.read()
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout.read().split("\n")]
        process.wait()
        process.stdout.close()
        process.stderr.close()
        for line in lines:
            if len(words := line.split()) == 2:
                acknowledged.add((UUID(words[0]), int(words[1])))
    return acknowledged


def written(session: Session, village: Made) -> set[tuple[UUID, int]]:
    """Every entry that is in the ledger."""
    session.rollback()
    rows = session.execute(
        select(LedgerEntry.household_id, LedgerEntry.seq).where(LedgerEntry.village_id == village.id)
    )
    return {(household_id, seq) for household_id, seq in rows}


def test_no_acknowledged_entry_is_lost_and_none_is_half_written(database: str, session: Session, village: Made) -> None:
    session.rollback()
    acknowledged = work_until_killed(database, "real", village, KILLS)
    assert len(acknowledged) >= KILLS
    assert acknowledged - written(session, village) == set(), "acknowledged and lost"
    assert problems(session, village.id) == []


@pytest.mark.parametrize("kind", ["halves", "early"])
def test_a_teller_that_works_in_two_halves_or_speaks_too_early_is_caught(
    kind: str, database: str, session: Session, village: Made
) -> None:
    """The planted bugs: killed often enough, the books or the acknowledgements no longer agree."""
    session.rollback()
    for _ in range(30):
        acknowledged = work_until_killed(database, kind, village, 1)
        if acknowledged - written(session, village) or problems(session, village.id):
            return
    pytest.fail("30 kills and nothing was noticed")

"""Kill −9 while a month is being closed: whoever closes it again goes on where it stopped, and nobody is paid twice."""

import signal
import subprocess
import sys
import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from tests.safety import SOAK
from tests.safety.books import problems
from tests.safety.test_kill import ROOT
from villagepoints.domain.calendar import Month
from villagepoints.models import LedgerEntry
from villagepoints.services import month_check, month_close, month_preview

MAY, HOUSEHOLDS = Month(2026, 5), 20
KILLS = 20 if SOAK else 2


def test_a_close_that_is_killed_goes_on_where_it_stopped(database: str, session: Session, village: Made) -> None:
    factories.make_households(session, village.id, HOUSEHOLDS - len(village.households))
    points = month_preview.totals(session, village.id, MAY).points
    assert points == 100 * HOUSEHOLDS
    command = [database, village.id, village.clerk.user_id, MAY, points]
    session.rollback()
    for kill in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.safety.closer", *map(str, command)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "posted\n"  # somewhere in the next household it dies
        time.sleep(0.003 * kill)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert month_preview.totals(session, village.id, MAY).posted_already >= KILLS
    closed = month_close.close(session, village.clerk, key="again", month=MAY, points=points, now=NOW)
    assert (closed.households, closed.points, closed.before) == (HOUSEHOLDS, points, False)
    session.rollback()
    assert session.scalars(select(func.count()).select_from(LedgerEntry)).one() == 10 * HOUSEHOLDS
    assert problems(session, village.id) == []
    assert list(month_check.wrong_months(session, village.id)) == []

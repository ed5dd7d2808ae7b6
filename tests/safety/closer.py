"""Closes a month one household a transaction and says so after each; made to be killed.

`python -m tests.safety.closer DATABASE VILLAGE USER MONTH POINTS`
"""

import sys
from uuid import UUID

from sqlalchemy.orm import Session

from tests.databases import connect
from tests.factories import NOW
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month
from villagepoints.services import month_close


def main(database: str, village_id: UUID, user_id: UUID, month: Month, points: int) -> None:
    """Begin or go on, until the month is closed or somebody kills it."""
    month_close.CHUNK = 1
    clerk = Actor(village_id, user_id=user_id)
    with Session(connect(database)) as session:
        month_close.begin(session, clerk, key=str(village_id), month=month, points=points, now=NOW)
        while month_close.go_on(session, clerk, month=month, now=NOW) is None:
            print("posted", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], UUID(sys.argv[2]), UUID(sys.argv[3]), Month.parse(sys.argv[4]), int(sys.argv[5]))

"""Points expire oldest first, once, and never more than is there."""

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import Made
from tests.services.test_household_page import load
from tests.services.test_posting import problems
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household, LedgerEntry
from villagepoints.services import expiry, posting, redemption
from villagepoints.services.transaction import transaction

LATER = datetime(2028, 6, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))  # what was gained before June 2026 is over


@transaction
def gain(session: Session, village: Made, points: int, on: date, index: int = 0, kind: str = "award") -> None:
    more = {"rulebook_version": 1, "item_code": "D1" if kind == "award" else "A7"}
    draft = Draft(
        household_id=village.households[index].id, kind=kind, points=points, occurred_on=on, origin="job", **more
    )
    posting.post(session, village.id, [draft], factories.NOW)


def expire(session: Session, village: Made, now: datetime = LATER) -> int:
    return expiry.expire(session, posting.Actor(village.id), now=now)


def balances(session: Session) -> list[int]:
    session.rollback()
    return list(session.scalars(select(Household.balance).order_by(Household.number)))


def test_what_is_old_expires_once_and_what_is_young_stays(session: Session, village: Made):
    gain(session, village, 100, date(2026, 5, 31))
    gain(session, village, 30, date(2026, 6, 1))
    gain(session, village, 10, date(2026, 6, 1), index=1)
    assert expire(session, village, LATER - timedelta(days=1)) == 0
    assert expire(session, village) == 1
    assert expire(session, village) == 0
    assert balances(session) == [30, 10, 0]
    last = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "expiry")).one()
    assert (last.points, last.origin) == (-100, "job")
    assert problems(session, village) == []


def test_what_was_spent_or_lost_was_spent_from_the_oldest(session: Session, village: Made):
    gain(session, village, 100, date(2026, 5, 1))
    gain(session, village, 50, date(2026, 7, 1))
    gain(session, village, -20, date(2026, 7, 1), kind="penalty")
    oil = factories.make_reward(session, village.id, points=60)
    redemption.reserve(
        session,
        village.villager(),
        household_id=village.household.id,
        lines=[(oil.id, 1)],
        key="k",
        now=factories.NOW,
    )
    assert expire(session, village) == 1
    assert balances(session)[0] == 50


def test_what_was_reversed_or_given_back_counts_as_if_it_had_never_been(session: Session, village: Made):
    gain(session, village, 100, date(2026, 5, 1))
    gain(session, village, 40, date(2026, 5, 1))
    posting.reverse(
        session,
        village.clerk,
        key="k1",
        household_id=village.household.id,
        seq=2,
        reason="记错",
        now=factories.NOW,
    )
    oil = factories.make_reward(session, village.id, points=60)
    receipt = redemption.reserve(
        session,
        village.villager(),
        household_id=village.household.id,
        lines=[(oil.id, 1)],
        key="k2",
        now=factories.NOW,
    )
    redemption.cancel(session, village.clerk, redemption_id=receipt.redemption_id, key="k3", now=factories.NOW)
    assert expire(session, village) == 1
    assert balances(session)[0] == 0


def test_what_a_household_is_warned_of_is_what_expires_if_nothing_happens(session: Session, village: Made):
    """The phone, the desk and the job look at the same points from different sides."""
    rng = Random(3)
    village.households += [factories.make_household(session, village.id) for _ in range(20)]
    first = date(2028, 7, 1)
    for index in range(len(village.households)):
        for _ in range(rng.randint(1, 5)):
            gain(session, village, rng.randint(1, 60), first - timedelta(days=rng.randint(1, 900)), index)
        gain(session, village, -rng.randint(0, 30), first - timedelta(days=2), index, kind="penalty")
    warned = {}
    for index, household in enumerate(village.households):
        seen = load(session, village, index, first - timedelta(days=29)).expiring
        warned[household.id] = seen[0] if seen else 0
    assert load(session, village, 0, date(2028, 5, 1)).expiring is None  # 31 days to go: not yet
    day, page = expiry.soon(session, village.id, first - timedelta(days=29), None)
    at_desk = {row.household_id: row.points for row in page.rows}
    expire(session, village, datetime(2028, 7, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    posted = dict(
        session.execute(select(LedgerEntry.household_id, -LedgerEntry.points).where(LedgerEntry.kind == "expiry")).all()
    )
    assert day == first
    assert 5 < len(posted) < len(village.households)
    assert at_desk == posted == {id_: points for id_, points in warned.items() if points}

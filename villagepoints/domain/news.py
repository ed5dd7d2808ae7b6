"""What counts as news to a household: how far back, how long a phone may stay silent, up to when it was told."""

from datetime import date, datetime, timedelta

from villagepoints.domain.calendar import YEARS
from villagepoints.domain.errors import N_, BadInput

FIRST = timedelta(days=30)  # whoever was never told anything is told of these days
QUIET = timedelta(days=14)  # after which a household that did not look at its phone is called


def first_day(today: date) -> date:
    """The first village date of which a household is told that was never told anything."""
    return today - FIRST


def told_up_to(shown: str, now: datetime) -> datetime:
    """The instant of the newest thing that was shown, as its form carries it; never later than now.

    Raises BadInput where it is none.
    """
    try:
        instant = datetime.fromisoformat(shown)
        if instant.tzinfo is None or instant.year not in YEARS:
            raise ValueError
        return min(instant, now)  # whatever is still to come, nobody was told of
    except (ValueError, OverflowError):
        raise BadInput(N_("这一页缺了时间，什么都没有改。请重新打开这一页再按一次。")) from None

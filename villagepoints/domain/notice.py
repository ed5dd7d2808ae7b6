"""公示: how long approved items stand before the village, when they may be posted, how long names stay public."""

from datetime import date, timedelta

from villagepoints.domain import claim
from villagepoints.domain.errors import N_, Conflict
from villagepoints.domain.rulebook import RuleBook

OPEN, POSTED = "open", "posted"  # posted: nothing of it waits any more
NAMES_KEPT = timedelta(days=30)  # after the last day: names are public no longer than objections need them


def closes_on(book: RuleBook, opened_on: date) -> date:
    """The last day of a notice put up on a village date.

    The day it is put up is not counted, as in law (民法典 201): what hangs from an evening still hangs its full days.
    """
    return opened_on + timedelta(days=book.publicity_days)


def days_left(last: date, today: date) -> int:
    """Days a notice still stands, today included; 0 once it is over."""
    return max(0, (last - today).days + 1)


def check_over(last: date, today: date) -> None:
    """Refuse to post while the notice still stands (Conflict)."""
    if days_left(last, today):
        raise Conflict(N_("公示到 %(day)s 为止，还没到期，没有入账。到期第二天再来按。"), day=last.isoformat())


def shows_names(last: date, today: date) -> bool:
    """Whether the public page still shows names; later only how much of which item."""
    return today <= last + NAMES_KEPT


def check_comes_off(status: str) -> None:
    """Refuse to take off what is decided already (Conflict)."""
    if status == claim.POSTED:
        raise Conflict(N_("这一条已经记上账了，没有撤下。要更正，请到那户的记录里冲正。"))
    if status != claim.APPROVED:
        raise Conflict(N_("这一条已经撤下了，没有再动。"))

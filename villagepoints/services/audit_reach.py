"""What sizes would draw from the last month that is over, and what such a sample could miss."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.audit_draw import NOT_LARGE, Sizes
from villagepoints.domain.audit_meaning import Meaning, meaning
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import REDEMPTION
from villagepoints.domain.redemption import PROXY
from villagepoints.models import Household, LedgerEntry, Redemption, Reward
from villagepoints.services import month_base


@dataclass(frozen=True, slots=True)
class Reach:
    """What sizes draw of a month, and what that tells."""

    month: Month
    households: Meaning
    clerk: Meaning | None  # of the entries of who recorded most; None where nobody recorded any
    entries: Meaning  # all clerks' and items' together, at most
    large: int
    proxies: int
    goods: Meaning


def reach(session: Session, village_id: UUID, month: Month, sizes: Sizes) -> Reach:
    """What `sizes` would draw of a month; five statements, a third of a second for 100,000 entries."""
    of_month = (LedgerEntry.village_id == village_id, LedgerEntry.occurred_on.between(month.first, month.last))
    homes = session.scalar(select(func.count()).where(*month_base.living(village_id, month))) or 0
    item = func.coalesce(LedgerEntry.item_code, LedgerEntry.kind)
    rows = session.execute(
        select(LedgerEntry.recorded_by, item, func.count()).where(*of_month).group_by(LedgerEntry.recorded_by, item)
    )
    clerks, items = Counter[UUID](), Counter[str]()
    for recorder, of_item, how_many in rows:
        items[of_item] += how_many
        if recorder is not None:
            clerks[recorder] += how_many
    drawn = sum(sizes.of(lines) for lines in (*clerks.values(), *items.values()))
    large = session.scalar(
        select(func.count()).where(
            *of_month, func.abs(LedgerEntry.points) >= sizes.large_from, LedgerEntry.kind.not_in(NOT_LARGE)
        )
    )
    goods = session.scalar(
        select(func.count()).where(Reward.village_id == village_id, or_(Reward.is_active.is_(True), Reward.stock > 0))
    )
    most = max(clerks.values(), default=0)
    return Reach(
        month,
        meaning(homes, sizes.households),
        meaning(most, sizes.of(most)) if most else None,
        meaning(items.total(), drawn),
        large or 0,
        _proxies(session, village_id, month, sizes.proxy_from),
        meaning(goods or 0, sizes.goods),
    )


def _proxies(session: Session, village_id: UUID, month: Month, least: int) -> int:
    of_home = and_(Household.village_id == Redemption.village_id, Household.id == Redemption.household_id)
    of_entry = and_(LedgerEntry.village_id == Redemption.village_id, LedgerEntry.redemption_id == Redemption.id)
    found = session.scalar(
        select(func.count())
        .select_from(Redemption)
        .join(Household, of_home)
        .join(LedgerEntry, and_(of_entry, LedgerEntry.household_id == Redemption.household_id))
        .where(
            Redemption.village_id == village_id,
            Redemption.occurred_on.between(month.first, month.last),
            Redemption.channel == PROXY,
            Household.is_elder,
            LedgerEntry.kind == REDEMPTION,
            LedgerEntry.points <= -least,
        )
    )
    return found or 0

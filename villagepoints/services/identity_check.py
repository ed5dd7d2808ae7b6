"""Whose account it is: number and head of household as seals committed to them, and as the trail says they changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.seal import SealedHead, who_of, who_salt
from villagepoints.models import Activity, Household


@dataclass(frozen=True, slots=True)
class Identities:
    """Every household's number and head today, and what the trail last said of each, with the act's number."""

    today: Mapping[UUID, tuple[str, str]]
    told: Mapping[UUID, tuple[int, str, str]]

    def changed(self, activity_seq: int, salt: bytes, heads: list[SealedHead]) -> Iterator[tuple[str, str]]:
        """Number and sentence of every household that is not who it was when a seal was taken with the trail at
        `activity_seq`, though no act since then says so."""
        wrong = [head.household_id for head in heads if head.who and self._is_other(activity_seq, salt, head)]
        if len(wrong) > max(2, len(heads) // 2):
            yield "", "封账时存下的户号和户主校验不了：校验用的数被改过，或者大半个村的户号、户主被换过。"
            return
        for household_id in wrong:
            number, name = self.today[household_id]
            yield (
                number,
                f"现在写着户号 {number}、户主 {name}，和封账时不一样，操作记录里没有这样的改动：户号或户主被换过。",
            )

    def _is_other(self, activity_seq: int, salt: bytes, head: SealedHead) -> bool:
        now = self.today.get(head.household_id)
        if now is None:
            return False  # it is gone, which is named elsewhere
        seq, *told = self.told.get(head.household_id, (0,))
        if seq > activity_seq:
            return now != tuple(told)
        return who_of(who_salt(salt, head.household_id), *now) != head.who


def read(session: Session, village_id: UUID, after: int) -> Identities:
    """Who every household is, and what acts after number `after` said of it; two statements."""
    rows = session.execute(
        select(Household.id, Household.number, Household.head_name).where(Household.village_id == village_id)
    )
    acts = session.execute(
        select(Activity.seq, Activity.subject, Activity.detail)
        .where(Activity.village_id == village_id, Activity.seq > after, Activity.subject.is_not(None))
        .order_by(Activity.seq)
        .execution_options(yield_per=5000)
    )
    told = {
        act.subject: (act.seq, str(act.detail["number"]), str(act.detail["head_name"]))
        for act in acts
        if "number" in act.detail and "head_name" in act.detail
    }
    return Identities({row.id: (row.number, row.head_name) for row in rows}, told)

"""Whether pauses follow from the red lines that stand, for verify."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import red_line as rules
from villagepoints.models import Household, RedLineCase
from villagepoints.services import red_line_repair


def wrong_pauses(session: Session, village_id: UUID) -> Iterator[tuple[str, str]]:
    """Household and sentence for each pause that does not follow from the confirmed cases and steps."""
    longest: dict[UUID, date] = {}
    standing = select(RedLineCase).where(RedLineCase.village_id == village_id, RedLineCase.status == rules.CONFIRMED)
    wrong: list[tuple[UUID, str]] = []
    for case in session.scalars(standing):
        until = red_line_repair.pause_of(session, case)
        longest[case.household_id] = max(until, longest.get(case.household_id, until))
        if case.paused_until != until:
            wrong.append((case.household_id, f"红线 {case.code} 写着停兑到 {case.paused_until}，按补救应到 {until}。"))
    households = session.execute(
        select(Household.id, Household.number, Household.redeem_paused_until).where(Household.village_id == village_id)
    ).all()
    numbers = {id_: number for id_, number, _until in households}
    yield from ((numbers[id_], sentence) for id_, sentence in wrong)
    for id_, number, said in households:
        if said != longest.get(id_):
            yield number, f"户上写着停兑到 {said}，按认定的红线应到 {longest.get(id_)}。"

"""Whether the lines of welfare schemes follow from their own figures, for verify."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import welfare as rules
from villagepoints.domain.welfare import Figures
from villagepoints.models import Household, WelfareLine, WelfareScheme
from villagepoints.services.welfare import LISTED, conditions_of


def wrong_lines(session: Session, village_id: UUID) -> Iterator[tuple[str, str]]:
    """Households whose line of a standing scheme does not follow from its own figures, each with a sentence."""
    its_own = and_(Household.village_id == WelfareLine.village_id, Household.id == WelfareLine.household_id)
    standing = select(WelfareScheme).where(WelfareScheme.village_id == village_id, WelfareScheme.status == LISTED)
    for scheme in session.scalars(standing).all():
        conditions = conditions_of(scheme)
        mine = (WelfareLine.village_id == village_id, WelfareLine.scheme_id == scheme.id)
        figures = (WelfareLine.merit, WelfareLine.percent, WelfareLine.red_lines)
        rows = session.execute(
            select(Household.number, WelfareLine.qualifies, *figures).join(Household, its_own).where(*mine)
        )
        for number, qualifies, merit, percent, red_lines in rows:
            reasons = rules.judge(conditions, Figures(merit, percent, red_lines))
            if qualifies != all(reason.is_met for reason in reasons):
                yield number, f"福利「{scheme.name}」写的符不符合，和这户自己的文明分、名次、红线对不上。"

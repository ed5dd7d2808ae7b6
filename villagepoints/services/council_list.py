"""Reading councils: the rounds there were, and one round with its people and what it says of each claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as claim_rules
from villagepoints.domain import council as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Council, CouncilItem, CouncilMember, User
from villagepoints.services import allowed, claim_list
from villagepoints.services.claim_list import ClaimRow
from villagepoints.services.paging import Page, Wanted, order


@dataclass(frozen=True, slots=True)
class CouncilRow:
    """A line of the list of rounds, with how many were there and how many claims it took up and decided."""

    id: UUID
    held_on: date
    place: str
    status: str
    members: int
    claims: int
    approved: int
    refused: int


@dataclass(frozen=True, slots=True)
class Line:
    """A claim before the council: what it said and why, who stepped aside, whether enough are left to decide."""

    claim: ClaimRow
    decision: str
    reason: str
    recused: Sequence[str]
    is_quorate: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A round: its facts, who is present (id and name), its claims, who closed it."""

    council: Council
    members: Sequence[tuple[UUID, str]]
    page: Page[Line]
    closed_by: str


def listed(session: Session, village_id: UUID, wanted: Wanted) -> Page[CouncilRow]:
    """One page of the rounds, the latest first; two statements."""
    here = Council.village_id == village_id
    total = session.scalars(select(func.count()).select_from(Council).where(here)).one()
    latest: list[ColumnElement[Any]] = [Council.held_on.desc(), Council.opened_at.desc()]
    members = select(func.count()).where(
        CouncilMember.village_id == Council.village_id, CouncilMember.council_id == Council.id
    )
    claims = select(func.count()).where(
        CouncilItem.village_id == Council.village_id, CouncilItem.council_id == Council.id
    )
    statement = (
        select(
            Council.id,
            Council.held_on,
            Council.place,
            Council.status,
            members.correlate(Council).scalar_subquery(),
            claims.correlate(Council).scalar_subquery(),
            *(
                claims.where(CouncilItem.decision == decision).correlate(Council).scalar_subquery()
                for decision in (claim_rules.APPROVED, claim_rules.REFUSED)
            ),
        )
        .where(here)
        .order_by(*order(wanted.sort, {"held": Council.held_on}, latest, Council.opened_at))
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    rows = [CouncilRow(*row) for row in session.execute(statement)]
    return Page(rows, wanted.number, wanted.size, total, wanted.sort)


def details(session: Session, village_id: UUID, council_id: UUID, wanted: Wanted) -> Round:
    """A round with one page of its claims, the oldest first; NotFound where the village has none of that id."""
    council = session.scalars(
        select(Council).where(Council.village_id == village_id, Council.id == council_id)
    ).one_or_none()
    if council is None:
        raise NotFound(N_("没有这次评议。"))
    names = dict(_members(session, village_id, council_id))
    page = claim_list.of_council(session, village_id, council_id, wanted)
    kept = session.scalars(
        select(CouncilItem).where(
            CouncilItem.village_id == village_id,
            CouncilItem.council_id == council_id,
            CouncilItem.claim_id.in_([row.id for row in page.rows]),
        )
    )
    items = {item.claim_id: item for item in kept}
    homes = {row.household_id for row in page.rows}
    concerned = allowed.concerned_by(session, village_id, homes, names) if council.status == rules.OPEN else {}
    lines = []
    for row in page.rows:
        item = items[row.id]
        deciders = rules.deciding(list(names), row.recorded_by, concerned.get(row.household_id, set()))
        if council.status == rules.CLOSED:  # as it was then
            deciders = [member for member in names if str(member) not in item.recused]
        aside = [name for member, name in names.items() if member not in deciders]
        lines.append(Line(row, item.decision or "", item.reason, aside, rules.is_quorate(deciders)))
    closed_by = session.get(User, (village_id, council.closed_by)) if council.closed_by else None
    shown = Page(lines, page.number, page.size, page.total)
    return Round(council, list(names.items()), shown, closed_by.name if closed_by else "")


def _members(session: Session, village_id: UUID, council_id: UUID) -> Sequence[tuple[UUID, str]]:
    of_user = and_(User.village_id == CouncilMember.village_id, User.id == CouncilMember.user_id)
    rows = session.execute(
        select(User.id, User.name)
        .join(CouncilMember, of_user)
        .where(CouncilMember.village_id == village_id, CouncilMember.council_id == council_id)
        .order_by(User.name, User.id)
    )
    return [(user_id, name) for user_id, name in rows]

"""Reading notices: the list of them, what stands on one for the desk, and what of it the village may see."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim, notice
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.names import mask
from villagepoints.domain.rulebook import CONTRIBUTION, PENALTY
from villagepoints.models import Claim, Household, Notice, Objection, Review, RuleItem, User
from villagepoints.services.notice import ready
from villagepoints.services.paging import Page, Wanted, order


class NoticeRow(NamedTuple):
    """A notice and how many of its items are where."""

    id: UUID
    number: int
    opened_on: date
    closes_on: date
    status: str
    opener: str | None
    poster: str | None
    posted_at: datetime | None
    items: int
    waiting: int
    posted: int
    objections: int

    @property
    def off(self) -> int:
        """How many were taken off."""
        return self.items - self.waiting - self.posted

    def days_left(self, today: date) -> int:
        """Days it still stands, today included; 0 once it is over."""
        return notice.days_left(self.closes_on, today)

    def shows_names(self, today: date) -> bool:
        """Whether names are still public."""
        return notice.shows_names(self.closes_on, today)


class Line(NamedTuple):
    """An item on a notice, or on its way to one, as the desk sees it; `kind` contribution, penalty or claw_back."""

    claim_id: UUID
    kind: str
    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    item_code: str
    item_name: str
    grade: str | None
    quantity: int
    points: int
    occurred_on: date
    status: str
    entry_seq: int | None
    objections: int
    reason: str


class PublicLine(NamedTuple):
    """The same as anybody may see it: a contribution with a masked name, anything else with no name at all."""

    claim_id: UUID  # under which somebody may object to it
    kind: str
    name: str
    group_no: int | None
    item_code: str
    item_name: str
    grade: str | None
    quantity: int
    points: int
    status: str
    objections: int


class Sum(NamedTuple):
    """What is left of a notice once names are gone: how many of which item."""

    item_code: str
    item_name: str
    households: int
    points: int


def waiting(session: Session, village_id: UUID, wanted: Wanted) -> Page[Line]:
    """One page of what the next notice would show; two statements."""
    return _page(session, ready(village_id), wanted)


def lines(session: Session, village_id: UUID, notice_id: UUID, wanted: Wanted) -> Page[Line]:
    """One page of a notice's items, contributions first; two statements."""
    return _page(session, _on(village_id, notice_id), wanted)


def line(session: Session, village_id: UUID, notice_id: UUID, claim_id: UUID) -> Line:
    """One item of a notice; NotFound where it has none of that id."""
    row = session.execute(_lines([*_on(village_id, notice_id), Claim.id == claim_id])).one_or_none()
    if row is None:
        raise NotFound(N_("这次公示里没有这一条。"))
    return Line._make(row)


def public_lines(session: Session, village_id: UUID, notice_id: UUID, wanted: Wanted) -> Page[PublicLine]:
    """One page of a notice as anybody may see it; two statements."""
    found = lines(session, village_id, notice_id, wanted)
    return Page([_public(line) for line in found.rows], found.number, found.size, found.total)


def whole(session: Session, village_id: UUID, notice_id: UUID) -> list[PublicLine]:
    """All of a notice as it hangs on the board, without what was taken off; one statement."""
    stands = _lines(_on(village_id, notice_id)).where(Claim.status != claim.REFUSED)
    return [_public(Line._make(row)) for row in session.execute(stands)]


def sums(session: Session, village_id: UUID, notice_id: UUID) -> Sequence[Sum]:
    """How many of which item were posted from a notice; one statement."""
    rows = session.execute(
        select(Claim.item_code, RuleItem.name, func.count(func.distinct(Claim.household_id)), func.sum(Claim.points))
        .join(RuleItem, _item())
        .where(*_on(village_id, notice_id), Claim.status == claim.POSTED)
        .group_by(Claim.item_code, RuleItem.name)
        .order_by(Claim.item_code)
    )
    return [Sum._make(row) for row in rows]


def listed(session: Session, village_id: UUID, wanted: Wanted) -> Page[NoticeRow]:
    """One page of the village's notices, the latest first; two statements."""
    total = session.scalars(select(func.count()).select_from(Notice).where(Notice.village_id == village_id)).one()
    sorts = {"number": Notice.number, "closes": Notice.closes_on}
    by = order(wanted.sort, sorts, [Notice.number.desc()], Notice.number)
    page = _notices(village_id).order_by(*by).limit(wanted.size).offset(wanted.offset)
    rows = [NoticeRow._make(row) for row in session.execute(page)]
    return Page(rows, wanted.number, wanted.size, total, wanted.sort)


def open_ones(session: Session, village_id: UUID) -> Sequence[NoticeRow]:
    """The notices that stand or wait to be posted, the oldest first; one statement."""
    still = _notices(village_id).where(Notice.status == notice.OPEN).order_by(Notice.number)
    return [NoticeRow._make(row) for row in session.execute(still)]


def standing(session: Session, village_id: UUID, today: date) -> Sequence[NoticeRow]:
    """The notices that stand on a village date, the oldest first; one statement."""
    still = _notices(village_id).where(Notice.status == notice.OPEN, Notice.closes_on >= today)
    return [NoticeRow._make(row) for row in session.execute(still.order_by(Notice.number))]


def one(session: Session, village_id: UUID, notice_id: UUID) -> NoticeRow:
    """A notice; NotFound where the village has none of that id."""
    return _found(session, _notices(village_id).where(Notice.id == notice_id))


def by_number(session: Session, village_id: UUID, number: int) -> NoticeRow:
    """A notice by its number in the village; NotFound where there is none."""
    return _found(session, _notices(village_id).where(Notice.number == number))


def _found(session: Session, statement: Select[*tuple[Any, ...]]) -> NoticeRow:
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound(N_("没有这次公示。"))
    return NoticeRow._make(row)


def _notices(village_id: UUID) -> Select[*tuple[Any, ...]]:
    here = (Claim.village_id == Notice.village_id, Claim.notice_id == Notice.id)

    def count_of(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return select(func.count()).select_from(Claim).where(*here, *conditions).correlate(Notice).scalar_subquery()

    objections = (
        select(func.count())
        .select_from(Objection)
        .join(Claim, and_(Claim.village_id == Objection.village_id, Claim.id == Objection.claim_id))
        .where(*here, Objection.status == "open")
        .correlate(Notice)
        .scalar_subquery()
    )

    def name_of(column: ColumnElement[UUID | None]) -> ColumnElement[str]:
        return select(User.name).where(User.village_id == Notice.village_id, User.id == column).scalar_subquery()

    return select(
        Notice.id,
        Notice.number,
        Notice.opened_on,
        Notice.closes_on,
        Notice.status,
        name_of(Notice.opened_by.expression),
        name_of(Notice.posted_by.expression),
        Notice.posted_at,
        count_of(),
        count_of(Claim.status == claim.APPROVED),
        count_of(Claim.status == claim.POSTED),
        objections,
    ).where(Notice.village_id == village_id)


def _on(village_id: UUID, notice_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Claim.village_id == village_id, Claim.notice_id == notice_id


def _item() -> ColumnElement[bool]:
    return and_(
        RuleItem.village_id == Claim.village_id,
        RuleItem.version == Claim.rulebook_version,
        RuleItem.code == Claim.item_code,
    )


def _page(session: Session, conditions: Sequence[ColumnElement[bool]], wanted: Wanted) -> Page[Line]:
    total = session.scalars(select(func.count()).select_from(Claim).where(*conditions)).one()
    rows = session.execute(_lines(conditions).limit(wanted.size).offset(wanted.offset))
    return Page([Line._make(row) for row in rows], wanted.number, wanted.size, total)


def _lines(conditions: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    kind = case((Claim.kind == claim.CLAW_BACK, literal(claim.CLAW_BACK)), else_=RuleItem.kind)
    objections = (
        select(func.count())
        .select_from(Objection)
        .where(Objection.village_id == Claim.village_id, Objection.claim_id == Claim.id, Objection.status == "open")
        .correlate(Claim)
        .scalar_subquery()
    )
    refused = (Review.village_id == Claim.village_id, Review.claim_id == Claim.id, Review.decision == claim.REFUSED)
    reason = select(Review.reason).where(*refused).order_by(Review.line.desc()).limit(1).correlate(Claim)
    return (
        select(
            Claim.id,
            kind,
            Claim.household_id,
            Household.number,
            Household.head_name,
            Household.group_no,
            Claim.item_code,
            RuleItem.name,
            Claim.grade,
            Claim.quantity,
            Claim.points,
            Claim.occurred_on,
            Claim.status,
            Claim.entry_seq,
            objections,
            func.coalesce(reason.scalar_subquery(), ""),
        )
        .join(Household, and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id))
        .join(RuleItem, _item())
        .where(*conditions)
        .order_by(
            case((kind == CONTRIBUTION, 0), (kind == PENALTY, 1), else_=2),
            RuleItem.position,
            Household.group_no,
            Household.number,
            Claim.id,
        )
    )


def _public(line: Line) -> PublicLine:
    name = mask(line.head_name) if line.kind == CONTRIBUTION else ""
    return PublicLine(
        line.claim_id,
        line.kind,
        name,
        line.group_no,
        line.item_code,
        line.item_name,
        line.grade,
        line.quantity,
        line.points,
        line.status,
        line.objections,
    )

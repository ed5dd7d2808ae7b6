"""评分表: save a page of households by the ten base items, all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from villagepoints.domain import finding, score_sheet
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, DomainError, NotAllowed, Refusal
from villagepoints.domain.finding import PERSUADED, WITHDRAWN
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem
from villagepoints.domain.score_sheet import Typed
from villagepoints.models import Finding, Household, SheetRow, Village
from villagepoints.services import month_base, once, posting, rulebook, score_sheet_list
from villagepoints.services.score_sheet_list import OWN, ROWS, Row
from villagepoints.services.transaction import transaction

NOTE = "评分表"  # what a finding of the sheet says of itself


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving came to: rows gone through, findings that became persuasions, that counted, that were withdrawn."""

    rows: int
    persuaded: int = 0
    counted: int = 0
    withdrawn: int = 0


@dataclass(slots=True)
class Problems:
    """What is wrong with a row as a whole, and with its cells by code."""

    row: DomainError | None = None
    cells: dict[str, DomainError] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.cells) + (self.row is not None)


class Refused(Refusal):
    """Some cells cannot be saved, so nothing of the sheet was; `problems` says by household what is wrong."""

    def __init__(self, problems: Mapping[UUID, Problems]) -> None:
        count = sum(map(len, problems.values()))
        super().__init__(N_("有 %(count)s 处要改，整张表都还没有存。填的都还在，把标红的改好再存一次。"), count=count)
        self.problems = problems


@transaction
def save(session: Session, actor: Actor, *, key: str, month: Month, typed: Sequence[Typed], now: datetime) -> Saved:
    """Save every row of a sheet, or none of it: fewer points than before are findings of the day, more take the
    sheet's own findings back. For the current month and, while it is not closed, the one before.

    Raises Refused with what is wrong in which cell, Conflict for a closed month, NotFound for a household of elsewhere.
    """
    rows = [[str(row.household_id), row.was, dict(row.cells)] for row in typed]
    request = {"sheet": str(month), "by": actor.user_id, "rows": rows}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Saved(**earlier)
    _check_open(session, actor.village_id, month, village_date(now))
    if not 1 <= len({row.household_id for row in typed}) == len(typed) <= ROWS:
        raise BadInput(N_("这张表收得不全，什么都没有存。请重新打开评分表再填。"))
    posting.lock(session, actor.village_id, [row.household_id for row in typed])
    saved = _save(session, actor, month, typed, now)
    once.answer(session, actor.village_id, key, {n: getattr(saved, n) for n in Saved.__slots__})
    return saved


def _check_open(session: Session, village_id: UUID, month: Month, today: date) -> None:
    # the month's close takes this row for itself and then reads the findings: none can come in behind its back
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(read=True))
    if month_base.state(session, village_id, month):
        raise Conflict(N_("%(month)s 已经结账，分数改不了了，什么都没有存。有错请走异议更正。"), month=str(month))
    if month not in (Month.of(today), Month.of(today) - 1):
        raise BadInput(N_("评分表只能填本月和还没结账的上个月，什么都没有存。"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A cell that is to hold other points than it does."""

    household_id: UUID
    item: RuleItem
    change: score_sheet.Change[Finding]


def _asked(session: Session, actor: Actor, month: Month, book: RuleBook, typed: Sequence[Typed]) -> list[_Asked]:
    """The cells that change; Refused where any cannot be."""
    ids = [row.household_id for row in typed]
    shown = {row.household.id: row for row in score_sheet_list.rows_again(session, actor, month, ids)}
    lowering = score_sheet_list.lowering(session, actor.village_id, month, ids)
    asked: list[_Asked] = []
    problems: dict[UUID, Problems] = {}
    for row in typed:
        wrong = Problems(row=_row_problem(shown.get(row.household_id), row))
        for item in book.of_kind(BASE):
            try:
                points = score_sheet.read_points(item, row.cells.get(item.code, ""))
                change = score_sheet.change(item, lowering.get((row.household_id, item.code), ()), points)
            except DomainError as error:
                wrong.cells[item.code] = error
            else:
                if change.withdraw or change.found:
                    asked.append(_Asked(row.household_id, item, change))
        if wrong:
            problems[row.household_id] = wrong
    if problems:
        raise Refused(problems)
    return asked


def _save(session: Session, actor: Actor, month: Month, typed: Sequence[Typed], now: datetime) -> Saved:
    on = min(village_date(now), month.last)
    book = rulebook.in_force(session, actor.village_id, month.last)
    asked = _asked(session, actor, month, book, typed)
    changed = {one.household_id for one in asked}
    earlier = score_sheet_list.by_cell(
        score_sheet_list.findings(
            session, actor.village_id, changed, Finding.found_on.between(finding.remembered_from(book, on), on)
        )
    )
    done = [_apply(session, actor, book, on, now, one, earlier[one.household_id, one.item.code]) for one in asked]
    _went_through(session, actor, month, [row.household_id for row in typed], now)
    session.execute(
        update(Household)
        .where(Household.village_id == actor.village_id, Household.id.in_(changed))
        .values(revision=Household.revision + 1)
        .execution_options(synchronize_session=False)
    )
    return Saved(len(typed), *(sum(one[place] for one in done) for place in range(3)))


def _row_problem(now: Row | None, row: Typed) -> DomainError | None:
    if now is None:
        return BadInput(N_("这户已经迁出，请重新打开评分表。"))
    if now.shown_only == OWN:
        return NotAllowed(N_("自己家和亲属家的积分要请别的同事来办，什么都没有动。"))
    if now.shown_only:
        return Conflict(N_("这户这个月的基础分已经入账，改不了了。请重新打开评分表。"))
    if now.was == row.was:
        return None
    return Conflict(
        N_("%(number)s %(name)s 刚才被别人改过，这户现在是 %(points)s。请核对这一行，再存一次。"),
        number=now.household.number,
        name=now.household.head_name,
        points="、".join(f"{cell.item.code} {cell.points}" for cell in now.cells),
    )


def _apply(
    session: Session,
    actor: Actor,
    book: RuleBook,
    on: date,
    now: datetime,
    asked: _Asked,
    earlier: Sequence[Finding],
) -> tuple[int, int, int]:
    """Write one cell's change; how many findings became persuasions, counted, were withdrawn."""
    for one in asked.change.withdraw:
        one.status, one.settled_on, one.settled_by = WITHDRAWN, village_date(now), actor.user_id
        one.settled_note = NOTE
    withdrawn = len(asked.change.withdraw)
    if not asked.change.found:
        return 0, 0, withdrawn
    status, rectify_by = finding.becomes(book, on, earlier, village_date(now))
    session.add(
        Finding(
            village_id=actor.village_id,
            household_id=asked.household_id,
            rulebook_version=book.version,
            item_code=asked.item.code,
            count=asked.change.found,
            found_on=on,
            note=NOTE,
            status=status,
            rectify_by=rectify_by,
            counts_on=rectify_by or on,
            from_sheet=True,
            recorded_by=actor.user_id,
            recorded_at=now,
        )
    )
    return int(status == PERSUADED), int(status != PERSUADED), withdrawn


def _went_through(session: Session, actor: Actor, month: Month, household_ids: Sequence[UUID], now: datetime) -> None:
    saved = score_sheet_list.saved(actor.village_id, month).where(SheetRow.household_id.in_(household_ids))
    before = set(session.scalars(saved))
    for household_id in set(household_ids) - before:
        session.add(
            SheetRow(
                village_id=actor.village_id,
                month=str(month),
                household_id=household_id,
                saved_by=actor.user_id,
                saved_at=now,
            )
        )

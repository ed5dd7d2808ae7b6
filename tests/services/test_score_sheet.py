"""The score sheet is saved as a whole or not at all, by the same law as what is found in the lane."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, Conflict, NotFound
from villagepoints.domain.score_sheet import Typed
from villagepoints.models import Finding, Household, MonthClose, SheetRow, User
from villagepoints.services import score_sheet, score_sheet_list
from villagepoints.services.score_sheet import Refused, Saved
from villagepoints.services.score_sheet_list import Filter

JUNE = Month.of(TODAY)


def rows(session: Session, village: Made, month: Month = JUNE, **which: object) -> list[score_sheet_list.Row]:
    session.rollback()
    session.expire_all()
    page = score_sheet_list.page(session, village.clerk, month, Filter(**which), 1)  # type: ignore[arg-type]
    return list(page.rows)


def typed(row: score_sheet_list.Row, **cells: str) -> Typed:
    held = {cell.item.code: str(cell.points) for cell in row.cells}
    return Typed(row.household.id, row.was, {**held, **cells})


def save(
    session: Session, village: Made, *sheet: Typed, key: str = "k", now: datetime = NOW, month: Month = JUNE
) -> Saved:
    return score_sheet.save(session, village.clerk, key=key, month=month, typed=sheet, now=now)


def found(session: Session, household_id: UUID) -> list[Finding]:
    session.rollback()
    session.expire_all()
    ordered = select(Finding).where(Finding.household_id == household_id).order_by(Finding.recorded_at, Finding.id)
    return list(session.scalars(ordered))


def test_fewer_points_are_findings_the_first_a_persuasion_the_next_a_deduction(session: Session, village: Made):
    first, *others = rows(session, village)
    assert save(session, village, typed(first, A1="15"), *map(typed, others)) == Saved(3, persuaded=1)
    (one,) = found(session, first.household.id)
    assert (one.status, one.count, one.from_sheet, one.note) == ("persuaded", 2, True, "评分表")
    assert (one.rectify_by, one.counts_on) == (TODAY + timedelta(days=7), TODAY + timedelta(days=7))
    shown = rows(session, village)[0]
    assert (shown.cells[0].points, shown.cells[0].is_open, shown.total) == (15, True, 90)
    assert save(session, village, typed(shown, A1="10"), key="k2") == Saved(1, persuaded=1), "of the same day"
    shown, tomorrow = rows(session, village)[0], NOW + timedelta(days=1)
    assert save(session, village, typed(shown, A1="5"), key="k3", now=tomorrow) == Saved(1, counted=1)
    assert [one.status for one in found(session, first.household.id)] == ["persuaded", "persuaded", "counted"]


def test_the_same_key_saves_once(session: Session, village: Made):
    sheet = typed(rows(session, village)[0], A2="10")
    assert save(session, village, sheet) == save(session, village, sheet)
    assert len(found(session, sheet.household_id)) == 1


def test_a_number_put_back_withdraws_what_the_sheet_found(session: Session, village: Made):
    save(session, village, typed(rows(session, village)[0], A1="10", B1="0"))
    shown = rows(session, village)[0]
    assert save(session, village, typed(shown, A1="20", B1="10"), key="k2") == Saved(1, persuaded=1, withdrawn=2)
    kept, gone = found(session, shown.household.id)[2], found(session, shown.household.id)[:2]
    assert (kept.item_code, kept.status, kept.count) == ("A1", "persuaded", 1)
    assert [(one.status, one.settled_by, one.settled_note) for one in gone] == [
        ("withdrawn", village.clerk.user_id, "评分表")
    ] * 2
    assert rows(session, village)[0].total == 95


def test_one_bad_cell_and_nothing_is_saved(session: Session, village: Made):
    first, second, third = rows(session, village)
    with pytest.raises(Refused, match="2 处") as refused:
        save(session, village, typed(first, A1="23", A2=""), typed(second, A1="20"), typed(third))
    assert list(refused.value.problems[first.household.id].cells) == ["A1", "A2"]
    assert found(session, second.household.id) == []
    assert session.scalars(select(SheetRow)).all() == []
    assert save(session, village, typed(first, A1="20"), typed(second, A1="20")).persuaded == 2  # the key is still good


def test_a_household_somebody_changed_meanwhile_is_named_and_nothing_is_saved(session: Session, village: Made):
    first, second, _ = rows(session, village)
    save(session, village, typed(first, A1="20"), key="other")
    with pytest.raises(Refused) as refused:
        save(session, village, typed(first, A3="8"), typed(second, A1="20"))
    assert "001 张建国 刚才被别人改过" in str(refused.value.problems[first.household.id].row)
    assert found(session, second.household.id) == []


def test_what_was_found_in_the_lane_lowers_the_cell_and_is_not_typed_away(session: Session, village: Made):
    lane = {"item_code": "A1", "found_on": TODAY, "counts_on": TODAY, "status": "counted", "rulebook_version": 1}
    session.add(Finding(village_id=village.id, household_id=village.household.id, recorded_at=NOW, **lane))
    session.commit()
    shown = rows(session, village)[0]
    assert shown.cells[0].points == 20
    with pytest.raises(Refused) as refused:
        save(session, village, typed(shown, A1="25"))
    assert "检查发现" in str(refused.value.problems[shown.household.id].cells["A1"])


def test_nobody_types_into_their_own_household(session: Session, village: Made):
    session.execute(update(User).where(User.id == village.clerk.user_id).values(household_id=village.household.id))
    session.commit()
    own, *others = rows(session, village)
    assert [row.shown_only for row in (own, *others)] == ["own", "", ""]
    with pytest.raises(Refused) as refused:
        save(session, village, typed(own, A1="20"), typed(others[0]))
    assert "自己家" in str(refused.value.problems[own.household.id].row)


def test_last_month_can_be_typed_until_it_is_closed_and_counts_on_its_last_day(session: Session, village: Made):
    may = JUNE - 1
    shown = rows(session, village, may)[0]
    save(session, village, typed(shown, A1="20"), month=may)
    assert found(session, shown.household.id)[0].found_on == date(2026, 5, 31)
    assert rows(session, village)[0].cells[0].points == 25  # June starts full
    session.add(MonthClose(village_id=village.id, month=str(may), started_at=NOW))
    session.commit()
    assert rows(session, village, may)[0].shown_only == "closed"
    with pytest.raises(Conflict, match="已经结账"):
        save(session, village, typed(shown, A1="20"), key="k2", month=may)
    for month in (may - 1, JUNE + 1):
        with pytest.raises(BadInput):
            save(session, village, typed(shown), key="k3", month=month)


def test_who_was_not_gone_through_is_shown(session: Session, village: Made):
    session.execute(update(Household).values(group_no=1))
    session.commit()
    first, second, third = rows(session, village)
    save(session, village, typed(first), typed(second))
    assert [row.household.id for row in rows(session, village, missing=True)] == [third.household.id]
    (group,) = score_sheet_list.groups(session, village.id, JUNE)
    assert (group.households, group.saved) == (3, 2)
    assert [row.saved for row in rows(session, village, residency="relocated")] == [True]


def test_who_moved_out_stands_on_no_sheet(session: Session, village: Made):
    gone = rows(session, village)[0]
    session.execute(update(Household).where(Household.id == gone.household.id).values(left_on=TODAY))
    session.commit()
    assert gone.household.id not in [row.household.id for row in rows(session, village)]
    with pytest.raises(Refused, match="1 处"):
        save(session, village, typed(gone))


def test_a_household_of_another_village_is_not_found(session: Session, village: Made):
    other = factories.make_village(session, "ab")
    sheet = typed(rows(session, other)[0], A1="20")
    with pytest.raises(NotFound):
        save(session, village, sheet)
    with pytest.raises(BadInput):
        save(session, village, key="k2")


def test_a_rectified_persuasion_costs_nothing_and_the_next_finding_counts(session: Session, village: Made):
    shown = rows(session, village)[0]
    save(session, village, typed(shown, A1="20"))
    session.execute(update(Finding).values(status="rectified"))
    session.commit()
    shown = rows(session, village)[0]
    assert shown.cells[0].points == 25
    later = datetime(2026, 6, 20, 2, tzinfo=UTC)
    assert save(session, village, typed(shown, A1="20"), key="k2", now=later).counted == 1

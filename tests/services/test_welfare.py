"""Welfare: statutory rights are refused, conditions are explained, a list stands as it was counted."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from tests.services.test_expiry import gain
from villagepoints.domain.errors import BadInput, Conflict, NotFound
from villagepoints.domain.welfare import Conditions, Figures, check_scheme, judge
from villagepoints.models import RedLineCase, WelfareLine
from villagepoints.services import verify, welfare, welfare_list
from villagepoints.services.paging import Wanted

SCHEME = welfare.Scheme(
    name="重阳节慰问",
    benefit="大米 10 斤",
    resolution_no="2026-3",
    resolved_on=date(2026, 5, 1),
    year=2026,
    residency="",
    conditions=Conditions(50, None, True),
)


def make(session: Session, village: Made, key: str = "one", **changes: object) -> welfare.UUID:
    scheme = replace(SCHEME, **changes)  # type: ignore[arg-type]
    return welfare.create(session, village.clerk, key=key, scheme=scheme, now=NOW)


def lines(session: Session, village: Made, scheme_id: welfare.UUID) -> dict[str, bool]:
    page = welfare_list.lines(session, village.id, scheme_id, Wanted(), qualifies=None)
    return {row.number: row.qualifies for row in page.rows}


def give(session: Session, village: Made, index: int, points: int) -> None:
    """Points of last month, so that they count at its close."""
    gain(session, village, points, date(2026, 5, 20), index)


@pytest.mark.parametrize(
    ("name", "benefit"),
    [("低保评定", ""), ("过节费", "发养老金"), ("入学优先", ""), ("慰问", "分 红 加倍"), ("办证优先", "")],
)
def test_what_is_everybodys_by_law_is_refused(name: str, benefit: str) -> None:
    with pytest.raises(BadInput, match="不能和积分挂钩"):
        check_scheme(name, benefit, Conditions(1, None, False))
    check_scheme("重阳节慰问", "大米、食用油、免费体检一次", Conditions(1, None, False))


@given(
    st.integers(-500, 3000),
    st.integers(1, 100),
    st.integers(0, 2),
    st.integers(1, 2000),
    st.integers(1, 100),
    st.booleans(),
)
def test_more_merit_and_a_better_place_never_hurt(
    merit: int, percent: int, red_lines: int, least: int, top: int, excludes: bool
) -> None:
    conditions = Conditions(least, top, excludes)

    def qualifies(figures: Figures) -> bool:
        return all(reason.is_met for reason in judge(conditions, figures))

    here = Figures(merit, percent, red_lines)
    if qualifies(here):
        assert qualifies(Figures(merit + 1, max(1, percent - 1), red_lines))
        assert not (excludes and red_lines)
    assert len(list(judge(conditions, here))) == 2 + excludes


def test_each_household_is_told_whether_and_why(session: Session, village: Made) -> None:
    give(session, village, 0, 60)
    give(session, village, 1, 49)
    scheme_id = make(session, village)
    assert lines(session, village, scheme_id) == {"001": True, "002": False, "003": False}
    page = welfare_list.lines(session, village.id, scheme_id, Wanted(), qualifies=False)
    assert page.rows[0].reasons[0] == [
        False,
        "文明分 %(merit)s 分，要 %(least)s 分，还差 %(missing)s 分",
        {"merit": 49, "least": 50, "missing": 1},
    ]
    assert (
        welfare_list.of_household(session, village.id, village.household.id, 2026) == []
    )  # a draft is nobody's business
    welfare.enlist(session, village.clerk, key="two", scheme_id=scheme_id, now=NOW)
    own = welfare_list.of_household(session, village.id, village.household.id, 2026)
    assert [one.qualifies for one in own] == [True]


def test_the_same_form_twice_makes_one_scheme(session: Session, village: Made) -> None:
    assert make(session, village) == make(session, village)
    assert welfare_list.schemes(session, village.id, Wanted()).total == 1


def test_a_red_line_of_the_year_shuts_out(session: Session, village: Made) -> None:
    give(session, village, 0, 60)
    session.add(
        RedLineCase(
            village_id=village.id,
            household_id=village.household.id,
            rulebook_version=1,
            code="R1",
            found_on=date(2026, 2, 1),
            status="confirmed",
            recorded_at=NOW,
        )
    )
    session.commit()
    assert lines(session, village, make(session, village))["001"] is False
    free = replace(SCHEME.conditions, excludes_red_line=False)
    assert lines(session, village, make(session, village, "free", conditions=free))["001"] is True


def test_one_track_only(session: Session, village: Made) -> None:
    assert set(lines(session, village, make(session, village, residency="relocated"))) == {"002"}


def test_a_list_that_stands_is_not_counted_again(session: Session, village: Made) -> None:
    scheme_id = make(session, village)
    give(session, village, 0, 60)
    welfare.count_again(session, village.clerk, key="again", scheme_id=scheme_id, now=NOW)
    assert lines(session, village, scheme_id)["001"] is True
    welfare.enlist(session, village.clerk, key="list", scheme_id=scheme_id, now=NOW)
    with pytest.raises(Conflict):
        welfare.count_again(session, village.clerk, key="more", scheme_id=scheme_id, now=NOW)
    with pytest.raises(Conflict):
        welfare.enlist(session, village.clerk, key="twice", scheme_id=scheme_id, now=NOW)
    with pytest.raises(BadInput):
        welfare.withdraw(session, village.clerk, key="no", scheme_id=scheme_id, reason=" ", now=NOW)
    welfare.withdraw(session, village.clerk, key="back", scheme_id=scheme_id, reason="重新决议", now=NOW)
    assert welfare_list.of_household(session, village.id, village.household.id, 2026) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "养老金上浮"},
        {"resolution_no": " "},
        {"resolved_on": factories.TODAY + timedelta(days=1)},
        {"year": 2027},
        {"conditions": Conditions(None, None, True)},
    ],
)
def test_bad_schemes_are_refused_and_nothing_is_kept(
    session: Session, village: Made, changes: dict[str, object]
) -> None:
    with pytest.raises(BadInput):
        make(session, village, **changes)
    assert welfare_list.schemes(session, village.id, Wanted()).total == 0


def test_a_scheme_of_another_village_is_not_found(session: Session, village: Made) -> None:
    other = factories.make_village(session, "qt")
    scheme_id = make(session, village)
    with pytest.raises(NotFound):
        welfare.enlist(session, other.clerk, key="x", scheme_id=scheme_id, now=NOW)


def test_verify_sees_a_line_that_was_turned(session: Session, village: Made) -> None:
    scheme_id = make(session, village)
    welfare.enlist(session, village.clerk, key="list", scheme_id=scheme_id, now=NOW)
    row = factories.village_of(session, village)
    assert [problem for problem in verify.verify(session, row) if problem.kind == "welfare"] == []
    turned = (WelfareLine.village_id == village.id, WelfareLine.household_id == village.household.id)
    session.execute(update(WelfareLine).where(*turned).values(qualifies=True))
    session.commit()
    assert [p.household for p in verify.verify(session, row) if p.kind == "welfare"] == ["001"]

"""Demand, the use of the rules and liability at the desk: figures without names, prompts that lead on."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import TODAY, Made, make_households, make_reward
from tests.pages import Client
from tests.services.test_demand import take, wish
from tests.services.test_redemption import give
from villagepoints.domain.actor import CLERK, COUNTER
from villagepoints.services import workbook


@pytest.fixture
def wanted(session: Session, village: Made) -> Made:
    """Oil that runs out, taken by fifteen households, and an umbrella that three would like."""
    many = make_households(session, village.id, 15)
    oil = make_reward(session, village.id, name="食用油", points=200, stock=5, cost_cents=6050)
    make_reward(session, village.id, name="理发券", points=60, stock=5)
    take(session, village, many, oil, TODAY)
    wish(session, village, many[:3], "雨伞")
    give(session, village, 400)
    return village


def test_the_prompts_have_their_figures_and_lead_to_what_is_behind(wanted: Made, clerk: Client) -> None:
    page = clerk.get("/desk/demand").get_data(as_text=True)
    assert "「食用油」还剩 5 件，近 30 天换走 15 件，还够 10 天。要不要补 10 件？" in page
    assert "3 户想要「雨伞」，货架上没有。" in page
    assert "kind=goods&amp;who=%E9%9B%A8%E4%BC%9E" in page
    for household in wanted.households:
        assert household.head_name not in page


def test_a_month_a_quarter_or_a_year_is_looked_at(wanted: Made, clerk: Client) -> None:
    for asked, shown in (("2026-06", True), ("2026-Q2", True), ("2025", False), ("x", True)):
        page = clerk.get(f"/desk/demand?of={asked}").get_data(as_text=True)
        assert ("这段时间没有人换东西" not in page) == shown, asked


def test_what_is_shown_can_be_taken_home(wanted: Made, clerk: Client, tmp_path: Path) -> None:
    def sheets(name: str) -> list[list[list[workbook.Cell]]]:
        file = tmp_path / f"{name}.xlsx"
        file.write_bytes(clerk.get(f"/desk/{name}.xlsx").data)
        return [[row for _, row in sheet.rows] for sheet in workbook.read(file, file.name)]

    assert sheets("demand")[1][1][:4] == ["食用油", 15, 15, 3000]
    page = clerk.get("/desk/liability").get_data(as_text=True)
    assert "121 元" in page  # 400 points, at 60.50 for 200
    assert "没有算进去：理发券" in page
    assert sheets("liability")[0][1] == ["没花的积分", 400, "121.00", "121.00", "121.00"]
    assert ["A7", "没有用过"] in [[row[0], row[-1]] for row in sheets("rule-use")[0]]


def test_the_counter_does_not_see_what_goods_cost(wanted: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    pages = ("demand", "rule-use", "liability")
    assert [as_role(COUNTER).get(f"/desk/{page}").status_code for page in pages] == [403] * 3
    assert [as_role(CLERK).get(f"/desk/{page}").status_code for page in pages] == [200] * 3

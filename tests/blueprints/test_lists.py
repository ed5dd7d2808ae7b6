"""The lists on every page that shows them: no name without consent, and never a household on the black one."""

import re
from io import BytesIO

import pytest
import python_calamine
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import Made
from tests.pages import Client
from tests.services.test_lists import agree, fill, volunteer
from tests.services.test_red_line import post_base
from villagepoints.domain.actor import COUNTER, GRID_WORKER
from villagepoints.models import Household

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the services run on both

PAGES = ("/v/sx/lists", "/desk/lists?month=2026-05", "/desk/lists/board?month=2026-05", "/desk/lists/board?paper=a3")


@pytest.fixture
def listed(session: Session, village: Made, client: Client) -> Client:
    """May's base, with the first household at the top and losing points too; the clerk looks."""
    fill(session, village)
    for household in village.households:
        only = Made(village.id, village.code, [household], village.users)
        post_base(session, only, {"A1": 20, "A2": 10 if household is village.household else 15})
    volunteer(session, village, village.household.id, 4)
    client.sign_in(village.users["clerk"])
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES)
def test_no_name_without_consent_and_none_of_those_below(
    session: Session, village: Made, listed: Client, path: str
) -> None:
    before = text(listed, path)
    assert "没有同意公开姓名" in before
    agree(session, village)
    after = text(listed, path)
    assert "张建国" not in before
    assert "张建国" in after
    for page in (before, after):
        assert "王阿婆" not in page
        assert "少于 3 户" in page
        assert re.search(r"A1[\s\S]*?15", page)


@pytest.mark.parametrize("path", ["/v/sx/lists", "/desk/lists/board"])
def test_what_hangs_on_the_board_names_no_household_s_number(listed: Client, path: str) -> None:
    page = text(listed, path)
    assert not re.search(r"\b00[123]\b", page)


def test_the_workbook_holds_what_the_board_holds(session: Session, village: Made, listed: Client) -> None:
    agree(session, village)
    book = python_calamine.load_workbook(BytesIO(listed.get("/desk/lists.xlsx").data))
    cells = [cell for row in book.get_sheet_by_index(0).to_python() for cell in row]
    assert "张建国" in cells
    assert "李秀英" not in cells
    assert "少于 3 户" in cells


def test_a_month_that_is_none_or_not_over_is_the_last_one(listed: Client) -> None:
    for asked in ("2026-13", "2030-01", "x", ""):
        assert "2026年5月" in text(listed, f"/desk/lists/board?month={asked}")


def test_before_the_first_close_it_says_what_will_fill_it(village: Made, client: Client) -> None:
    assert "还没有结过账的月份" in text(client, "/v/sx/lists")
    client.sign_in(village.users["clerk"])
    assert "还没有结过账的月份" in text(client, "/desk/lists")
    assert client.get("/desk/lists/board").status_code == 404
    assert client.get("/desk/lists.xlsx").status_code == 404


def test_a_household_agrees_on_its_phone_and_takes_it_back(session: Session, village: Made, client: Client) -> None:
    client.open_home(factories.remember_phone(session, village.household))
    assert "不写名字" in text(client, "/my/data")
    client.submit("/my/data", action="list-consent", shows="yes")
    assert "现在：写出户主姓名「张建国」" in text(client, "/my/data")
    client.submit("/my/data", action="list-consent", shows="no")
    assert "现在：不写名字" in text(client, "/my/data")


def test_the_desk_keeps_a_consent_on_paper(session: Session, village: Made, listed: Client) -> None:
    page = f"/desk/households/{village.household.id}"
    listed.submit(page, action="list-consent")
    assert "要先收到这户签了字的同意书" in text(listed, page)
    listed.submit(page, action="list-consent", on_paper="yes")
    session.rollback()
    assert session.scalars(select(Household.shows_on_lists).where(Household.number == "001")).one()


def test_only_the_office_sees_the_desk_s_list(session: Session, village: Made, app, listed: Client) -> None:  # type: ignore[no-untyped-def]
    village.users[GRID_WORKER] = factories.make_user(session, village.id, GRID_WORKER)
    for role in (COUNTER, GRID_WORKER):
        other = app.test_client()
        other.sign_in(village.users[role])
        assert other.get("/desk/lists").status_code == 403

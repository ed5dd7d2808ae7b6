"""The month's report and a household's statement at the desk: pages, files, paper."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from tests.audits import make_audit, make_supervisors
from tests.factories import NOW, Clock, Made
from tests.pages import Client
from villagepoints.domain.ledger import AWARD, PAGE, Draft
from villagepoints.services import pdf, posting

JUNE = "/desk/reports/2026-06"


@pytest.fixture
def desk(client: Client, session: Session, village: Made) -> Client:
    """The clerk's browser, after three deeds: two in May, one in June."""
    household_id = village.household.id
    days = (date(2026, 5, 3), date(2026, 5, 31), date(2026, 6, 1))
    drafts = [
        Draft(
            household_id=household_id,
            kind=AWARD,
            points=5,
            occurred_on=day,
            origin=PAGE,
            rulebook_version=1,
            item_code="D1",
            note="河道保洁 <b>",
        )
        for day in days
    ]
    posting.post(session, village.id, drafts, NOW)
    session.commit()
    client.sign_in(village.users["clerk"])
    return client


def test_the_months_are_listed_with_their_totals_the_newest_first(desk: Client) -> None:
    page = desk.get("/desk/reports").get_data(as_text=True)
    assert page.index("2026年6月</a>") < page.index("2026年5月</a>")
    assert "2026年4月" not in page
    assert "还没过完" in page


def test_an_empty_village_is_told_what_would_fill_the_list(client: Client, village: Made) -> None:
    client.sign_in(village.users["clerk"])
    assert "账上还没有记录" in client.get("/desk/reports").get_data(as_text=True)


def test_the_lot_of_a_running_audit_is_kept_from_the_office(desk: Client, session: Session, village: Made) -> None:
    audit = make_audit(session, village, make_supervisors(session, village))
    kept = (audit.lot, audit.seed.hex(), audit.frame_hash.hex())
    for page in ("", "?as_of=now", "/file.json"):
        text = desk.get(f"/desk/reports/2026-05{page}").get_data(as_text=True)
        assert [one for one in kept if one in text] == []
    assert desk.get("/desk/reports/2026-05/edition.pdf?edition=9223372036854775808").status_code == 404


def test_a_month_says_its_figures_and_that_it_is_not_sealed(desk: Client, clock: Clock) -> None:
    page = desk.get(JUNE).get_data(as_text=True)
    assert "产生积分 <b>5</b>，扣分 <b>0</b>，兑换 <b>0</b>，月末未兑换 <b>15</b>" in page
    assert "这个月还没有过完，不和上月比" in page
    assert "没有用封账；以后的补记和冲正会改变它" in page
    assert "未签：这个月监督小组还没有审核过" in page
    assert "style=" not in page
    clock.now += timedelta(days=30)
    assert "这个月还没有过完" not in desk.get(JUNE).get_data(as_text=True)


def test_the_workbook_comes_down_under_the_village_s_and_the_month_s_name(desk: Client) -> None:
    answer = desk.get(f"{JUNE}/file.xlsx")
    assert 'filename="sx-2026-06.xlsx"' in answer.headers["Content-Disposition"]
    assert CalamineWorkbook.from_filelike(BytesIO(answer.data)).sheet_names[:2] == ["说明", "收支一览"]


@pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
def test_the_pdf_comes_down(desk: Client) -> None:
    answer = desk.get(f"{JUNE}/file.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")


def test_the_json_comes_down(desk: Client) -> None:
    assert desk.get(f"{JUNE}/file.json").get_json()["totals"]["generated"] == 5


@pytest.mark.parametrize("month", ["2026-13", "x", "0000-01", "9999-12", "2026-6-1"])
def test_what_is_no_month_is_answered_with_a_sentence(desk: Client, month: str) -> None:
    answer = desk.get(f"/desk/reports/{month}")
    assert answer.status_code == 422
    assert "请写成 2026-01 这样" in answer.get_data(as_text=True)
    assert desk.get(f"/desk/reports?until={month}").status_code == 422


def test_another_village_s_clerk_sees_only_their_own_books(desk: Client, app: Flask, session: Session) -> None:
    from tests.factories import make_village

    other = make_village(session, "qt")
    browser: Client = app.test_client()  # type: ignore[assignment]
    browser.sign_in(other.users["clerk"])
    assert "月末未兑换 <b>0</b>" in browser.get(JUNE).get_data(as_text=True)


def test_a_statement_on_paper_has_every_entry_and_its_reason_the_oldest_first(desk: Client, village: Made) -> None:
    page = desk.get(f"/desk/households/{village.household.id}/statement").get_data(as_text=True)
    assert "可兑换积分 <b>15</b>" in page
    assert page.index("2026年5月3日") < page.index("2026年6月1日")
    assert page.count("河道保洁 &lt;b&gt;") == 3


def test_a_statement_of_another_village_is_not_found(desk: Client, session: Session) -> None:
    from tests.factories import make_village

    other = make_village(session, "qt")
    assert desk.get(f"/desk/households/{other.household.id}/statement").status_code == 404
    assert desk.get(f"/desk/households/{other.household.id}/card").status_code == 404


def test_the_workbook_with_the_households_is_for_the_office_and_the_group_alone(
    client: Client, session: Session, village: Made
) -> None:
    from tests.audits import make_supervisors
    from villagepoints.models import User

    member = make_supervisors(session, village)[0]
    client.sign_in(village.users["counter"])
    assert client.get(f"{JUNE}/file.xlsx").status_code == 403
    client.sign_in(session.get_one(User, (village.id, member.user_id)))
    answer = client.get("/supervision/reports/2026-06/report.xlsx")
    assert "各户" in CalamineWorkbook.from_filelike(BytesIO(answer.data)).sheet_names
    assert answer.headers["Cache-Control"] == "no-store"

"""The call list: who is on it, the words to read out, the slips to bring, and that somebody was told."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from tests.pages import Client, forms
from villagepoints.models import Household, Resident
from villagepoints.services import posting
from villagepoints.services.posting import Item

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def clerk(client: Client, session: Session, village: Made) -> Client:
    for index, household in enumerate(village.households):
        household.group_no = index // 2 + 1
        session.add(household)
    session.query(Resident).filter_by(name="王阿婆").update({"phone": "13800000003"})
    session.commit()
    for index, household in enumerate(village.households):
        deed = Item(code="D4", occurred_on=TODAY, grade="义务维修", note=f"修路灯{index}")
        posting.record(session, village.clerk, key=f"e{index}", household_id=household.id, wanted=deed, now=NOW)
    client.sign_in(village.users["clerk"])
    return client


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def row_of(session: Session, village: Made, index: int) -> Household:
    session.rollback()
    return session.get_one(Household, (village.id, village.households[index].id), populate_existing=True)


def test_elders_stand_first_with_their_number_and_the_words(clerk: Client) -> None:
    page = text(clerk.get("/desk/told"))
    assert page.index("王阿婆") < page.index("张建国") < page.index("李秀英")
    assert "tel:13800000003" in page
    assert "你家现在有 20 分。" in page
    assert "修路灯2：＋20 分。" in page
    group = text(clerk.get("/desk/told?group=1"))
    assert "王阿婆" not in group
    assert "张建国" in group
    assert "换个条件看看" in text(clerk.get("/desk/told?whom=quiet"))


def test_a_call_takes_a_household_off_the_list_and_keeps_who_made_it(
    clerk: Client, session: Session, village: Made
) -> None:
    answer = clerk.submit("/desk/told?group=2", way="call")
    assert answer.location == "/desk/told?group=2"
    assert "记下了：003 打过电话了。" in text(clerk.get("/desk/told"))
    assert "王阿婆" not in text(clerk.get("/desk/told"))
    assert row_of(session, village, 2).told_by == village.users["clerk"].id
    assert row_of(session, village, 0).told_at is None


def test_slips_are_printed_and_a_whole_page_of_them_is_delivered_at_once(
    clerk: Client, session: Session, village: Made
) -> None:
    slips = text(clerk.get("/desk/told/slips"))
    assert slips.count('class="telling"') == 3
    assert "不清楚就打电话 021-57300001" in slips
    ids = [str(one.id) for one in village.households]
    ticking = next(form for form in forms(text(clerk.get("/desk/told"))) if "chosen" in form.action)
    asked = text(clerk.post(ticking.action, data={**ticking.fields, "row": ids, "act": "tell"}))
    assert "勾选了 3 条" in asked
    whole = next(form for form in forms(asked) if "household" in form.fields)
    clerk.post(whole.action, data=whole.fields)
    assert "3 户的条子都送到了" in text(clerk.get("/desk/told"))
    assert clerk.get("/desk/told/slips").location == "/desk/told"
    assert [row_of(session, village, index).told_at for index in range(3)] == [NOW] * 3


@pytest.mark.parametrize("typed", [{"household": []}, {"household": ["x"]}, {"up_to": ["x"]}, {"up_to": []}])
def test_a_form_that_lacks_its_parts_marks_nobody(
    clerk: Client, session: Session, village: Made, typed: dict[str, list[str]]
) -> None:
    form = next(form for form in forms(text(clerk.get("/desk/told"))) if form.has(["up_to"]))
    assert clerk.post("/desk/told", data={**form.fields, **typed}).status_code == 422
    assert row_of(session, village, 2).told_at is None


def test_a_household_of_another_village_is_not_marked(clerk: Client, session: Session, village: Made) -> None:
    other = make_village(session, "yz")
    form = next(form for form in forms(text(clerk.get("/desk/told"))) if form.has(["up_to"]))
    answer = clerk.post("/desk/told", data={**form.fields, "household": [str(other.household.id)]})
    assert answer.status_code == 404
    session.rollback()
    assert session.get_one(Household, (other.id, other.household.id), populate_existing=True).told_at is None


@pytest.mark.parametrize("query", ["group=x", "group=-1", "whom=%00", "page=9999", f"group={2**70}"])
def test_the_list_takes_any_query(clerk: Client, query: str) -> None:
    assert clerk.get(f"/desk/told?{query}").status_code == 200

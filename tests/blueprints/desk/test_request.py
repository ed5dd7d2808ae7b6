"""What households said, at the desk: who waits longest first, answered in a sentence, typed in for who has no phone."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_reward
from tests.pages import Client, forms
from villagepoints.domain.actor import COUNTER
from villagepoints.models import ServiceRequest
from villagepoints.services import relative, service_request

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LIST = "/desk/requests"


def text(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def asked(session: Session, village: Made, index: int = 0, kind: str = "hazard", words: str = "栏杆松了") -> UUID:
    given = {"key": uuid4().hex, "kind": kind, "words": words, "now": NOW}
    return service_request.file(session, village.villager(index), **given)  # type: ignore[arg-type]


def row_of(session: Session) -> ServiceRequest:
    session.rollback()
    session.expire_all()
    return session.scalars(select(ServiceRequest)).one()


def test_the_list_counts_filters_and_opens(clerk: Client, session: Session, village: Made) -> None:
    assert "没有等着答复的" in text(clerk, LIST)
    asked(session, village)
    asked(session, village, 1, "idea", "收稻子加分")
    page = text(clerk, LIST)
    assert page.index("栏杆松了") < page.index("收稻子加分")
    assert '村民反映 <span class="badge-count">2</span>' in page
    assert "村民反映，等着答复" in text(clerk, "/desk/")
    assert "栏杆松了" not in text(clerk, f"{LIST}?kind=idea")
    assert "收稻子加分" not in text(clerk, f"{LIST}?who=001")
    assert "没有这样的" in text(clerk, f"{LIST}?status=answered&kind=nonsense&page=zero")


def test_the_list_costs_the_same_however_many_wait(
    clerk: Client, session: Session, village: Made, statements: list[str]
) -> None:
    asked(session, village)
    text(clerk, LIST)
    statements.clear()
    text(clerk, LIST)
    one = len(statements)
    for place in range(5):
        asked(session, village, words=f"第 {place} 处")
    statements.clear()
    text(clerk, LIST)
    assert len(statements) == one


def test_a_ready_sentence_and_one_s_own_are_read_as_one_answer(clerk: Client, session: Session, village: Made) -> None:
    page = f"{LIST}/{asked(session, village)}"
    assert clerk.submit(page, ready="", words=" ").status_code == 422
    assert row_of(session).status == "open"
    ready = "已经修好了，谢谢你告诉村里。"
    assert clerk.submit(page, ready=ready, words="路灯也换了。").status_code == 302
    row = row_of(session)
    assert (row.answer, row.answered_by) == (f"{ready}\n路灯也换了。", village.clerk.user_id)
    shown = text(clerk, page)
    assert "路灯也换了。" in shown
    assert not [form for form in forms(shown) if form.has(["ready"])]


def test_one_answer_goes_to_all_who_want_the_same(clerk: Client, session: Session, village: Made) -> None:
    oil = make_reward(session, village.id, stock=0)
    wish = {"kind": "goods", "words": "", "reward_id": oil.id, "now": NOW}
    first, _ = (
        service_request.file(session, village.villager(index), key=str(index), **wish)  # type: ignore[arg-type]
        for index in (0, 1)
    )
    page = f"{LIST}/{first}"
    assert "（1 户）" in text(clerk, page)
    answer = clerk.submit(page, ready="已经到货了，可以来换。", with_same="y")
    assert "2 户答复好了" in text(clerk, answer.location)
    assert "没有等着答复的" in text(clerk, LIST)


def test_a_page_opened_before_a_colleague_answered_changes_nothing(
    clerk: Client, session: Session, village: Made
) -> None:
    request_id = asked(session, village)
    form = next(one for one in forms(text(clerk, f"{LIST}/{request_id}")) if one.has(["ready"]))
    service_request.answer(session, village.reviewer, key="r", request_id=request_id, words="去修了", now=NOW)
    data = {name: held for name, held in form.fields.items() if held} | {"words": "不修"}
    answer = clerk.post(form.action, data=data)
    assert answer.status_code == 422
    assert "已经答复过了" in answer.get_data(as_text=True)
    assert row_of(session).answer == "去修了"


def test_whose_own_or_relative_s_household_asks_finds_no_form(clerk: Client, session: Session, village: Made) -> None:
    me = village.users["clerk"].id
    relative.declare(session, village.clerk, user_id=me, number="001", relation="parent", key="r", now=NOW)
    shown = text(clerk, f"{LIST}/{asked(session, village)}")
    assert "请别的同事来答复" in shown
    assert not [form for form in forms(shown) if form.has(["ready"])]


def test_what_is_said_at_the_window_is_typed_in_for_the_household(
    clerk: Client, session: Session, village: Made
) -> None:
    door = f"/desk/households/{village.household.id}"
    assert f"{door}/request" in text(clerk, door)
    assert "请写一句" in clerk.submit(f"{door}/request?kind=helper", words="").get_data(as_text=True)
    made = clerk.submit(f"{door}/request", choice="换东西送到家", words="上午在家")
    assert made.status_code == 302
    row = row_of(session)
    assert (row.kind, row.words, row.filed_by) == ("visit", "换东西送到家：上午在家", village.clerk.user_id)
    assert row.household_id == village.household.id
    assert "沈文书登记" in text(clerk, made.location)
    again = clerk.submit(f"{door}/request", choice="念一念积分")
    assert again.status_code == 422
    assert "第 1 号" in again.get_data(as_text=True)


def test_whoever_only_hands_out_goods_does_not_read_what_households_say(
    as_role: Callable[[str], Client], village: Made
) -> None:
    counter = as_role(COUNTER)
    assert counter.get(LIST).status_code == 403
    assert "记他说的事" not in text(counter, f"/desk/households/{village.household.id}")

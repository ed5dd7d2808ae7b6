"""Recording and undoing at the desk."""

import re
from datetime import date, timedelta
from io import BytesIO

from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_user
from tests.pages import Client
from villagepoints.domain.actor import COUNTER, GRID_WORKER
from villagepoints.models import Claim, Evidence, Finding, LedgerEntry
from villagepoints.services import claim, posting
from villagepoints.services.posting import Item


def address(village: Made, code: str = "") -> str:
    return f"/desk/households/{village.household.id}/entry" + (f"?item={code}" if code else "")


def entries(session: Session) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(LedgerEntry)).one()


def claims(session: Session) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(Claim)).one()


def photo() -> BytesIO:
    body = BytesIO()
    Image.new("RGB", (40, 30), "green").save(body, "JPEG")
    body.seek(0)
    return body


def test_the_items_are_listed_by_category_with_what_is_left_of_each(
    session: Session, village: Made, clerk: Client
) -> None:
    wanted = Item(code="D1", occurred_on=TODAY, quantity=3)
    posting.record(session, village.clerk, key="k", household_id=village.household.id, wanted=wanted, now=NOW)
    page = clerk.get(address(village)).get_data(as_text=True)
    assert "D 公益共治" in page
    assert '<span class="part">今天还能 5 分</span></span>' in page, "the limit that is met first"
    assert "item=A1" not in page, "the month's base is not posted one by one"


def test_an_entry_is_recorded_as_a_claim_and_says_what_happens_next(
    session: Session, village: Made, clerk: Client
) -> None:
    answer = clerk.submit(address(village, "D1"), quantity=chr(0xFF12), note="河道保洁")
    assert answer.status_code == 302
    page = clerk.get(answer.location).get_data(as_text=True)
    assert "已记下 ＋10 分，放到「审核」里了" in page
    assert "D1 再记给别的户" in page
    row = session.scalars(select(Claim)).one()
    assert (row.quantity, row.points, row.occurred_on, row.status) == (2, 10, TODAY, "waiting")
    assert (row.recorded_by, entries(session)) == (village.clerk.user_id, 0)


def test_the_same_form_sent_twice_is_one_claim(session: Session, village: Made, clerk: Client) -> None:
    fields = {"quantity": "1", "key": "one-key"}
    clerk.submit(address(village, "D1"), **fields)
    clerk.submit(address(village, "D1"), **fields)
    assert claims(session) == 1


def test_a_grade_makes_the_points(session: Session, village: Made, clerk: Client) -> None:
    clerk.submit(address(village, "D3"), grade="调解人")
    assert session.scalars(select(Claim.points)).one() == 30


def test_what_the_book_refuses_is_said_beside_the_filled_form(session: Session, village: Made, clerk: Client) -> None:
    answer = clerk.submit(address(village, "D1"), quantity="9", note="通宵值守")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "当天最多 20 分" in page
    assert "通宵值守" in page
    assert 'value="9"' in page
    assert claims(session) == 0


def test_bad_input_is_named_at_its_field_and_nothing_is_posted(session: Session, village: Made, clerk: Client) -> None:
    for fields, sentence in (
        ({"quantity": "三"}, "请填整数"),
        ({"quantity": "0"}, "数量要在 1 到 24"),
        ({"quantity": "-5"}, "数量要在 1 到 24"),
        ({"quantity": "9223372036854775808"}, "请填整数"),
        ({"occurred_on": "2026-02-30"}, "请按 2026-01-08 这样填日期"),
        ({"occurred_on": ""}, "请填是哪一天的事"),
        ({"occurred_on": "2026-06-16"}, "还没到"),
        ({"note": "长" * 400}, "最多 300 个字"),
    ):
        answer = clerk.submit(address(village, "D1"), **fields)
        assert answer.status_code == 422, fields
        assert sentence in answer.get_data(as_text=True), fields
    assert claims(session) == 0
    assert clerk.submit(address(village, "D1"), note="a\0b").status_code == 302
    assert claims(session) == 1


def test_what_is_refused_stands_at_its_field(session: Session, village: Made, clerk: Client) -> None:
    page = clerk.submit(address(village, "D1"), occurred_on="2026-06-16").get_data(as_text=True)
    assert re.search(r'id="occurred_on-wrong">日期 2026-06-16 还没到', page)
    page = clerk.submit(address(village, "D1"), occurred_on="2025-12-31").get_data(as_text=True)
    assert re.search(r'id="occurred_on-wrong">2025 年的账已经结了', page)
    assert re.search(
        r'id="grade-wrong">D3 要选一个等次', clerk.submit(address(village, "D3"), note="").get_data(as_text=True)
    )
    page = clerk.submit(address(village, "D1"), quantity="9").get_data(as_text=True)
    assert re.search(r'id="quantity-wrong">D1 志愿服务：当天最多 20 分', page)


def test_a_penalty_asks_for_its_persuasion_or_document(session: Session, village: Made, clerk: Client) -> None:
    page = clerk.submit(address(village, "A7"), note="").get_data(as_text=True)
    assert "要先劝导" in page
    assert f"/desk/lane/{village.household.id}" in page, "the way to persuade first"
    assert "要有书面认定" in clerk.submit(address(village, "B6"), note="").get_data(as_text=True)
    talked = {"found_on": date(2026, 6, 1), "counts_on": date(2026, 6, 1), "rectify_by": date(2026, 6, 8)}
    about = {"village_id": village.id, "household_id": village.household.id, "rulebook_version": 1, "item_code": "A7"}
    session.add(Finding(**about, **talked, status="counted", recorded_at=NOW - timedelta(days=14)))
    session.commit()
    assert "2026年6月1日 劝导过" in clerk.get(address(village, "A7")).get_data(as_text=True)
    answer = clerk.submit(address(village, "A7"), note="再犯")
    assert answer.status_code == 302
    session.rollback()
    assert session.scalars(select(Claim.persuaded_on)).one() == date(2026, 6, 1)


def test_the_form_says_what_is_given_already_and_what_is_on_its_way(
    session: Session, village: Made, clerk: Client
) -> None:
    honour = Item(code="B4", occurred_on=TODAY, grade="镇级", occasion="最美志愿者")
    asked = {"household_id": village.household.id, "now": NOW}
    posting.record(session, village.clerk, key="k", wanted=honour, **asked)
    waiting = Item(code="B4", occurred_on=TODAY, grade="村级", occasion="好邻居")
    claim.propose(session, village.clerk, key="p", wanted=waiting, **asked)
    page = clerk.get(address(village, "B4")).get_data(as_text=True)
    given, on_the_way = page.split("这户已经有的")[1].split("还没入账的")
    assert ("＋50" in given, "镇级" in given) == (True, True)
    assert ("＋20" in on_the_way, "待审核" in on_the_way) == (True, True)
    assert "住户 0 户，已给 0 户" in clerk.get(address(village, "A6")).get_data(as_text=True)


def test_photos_are_kept_with_the_claim_and_what_is_no_photo_is_refused_in_words(
    session: Session, village: Made, clerk: Client
) -> None:
    page = clerk.submit(address(village, "D1"), photos=(BytesIO(b"not a photo"), "a.jpg")).get_data(as_text=True)
    assert "这个文件不是照片" in page
    assert "请再选一次" in page
    assert claims(session) == 0
    assert clerk.submit(address(village, "D1"), photos=(photo(), "a.jpg")).status_code == 302
    session.rollback()
    claim_id, evidence_id = session.scalars(select(Claim.id)).one(), session.scalars(select(Evidence.id)).one()
    assert f"/desk/evidence/{evidence_id}" in clerk.get(f"/desk/claims/{claim_id}").get_data(as_text=True)


def test_a_grid_worker_records_and_takes_back_but_does_not_decide(app: Flask, session: Session, village: Made) -> None:
    walker, browser = make_user(session, village.id, GRID_WORKER), app.test_client()
    browser.sign_in(walker)  # type: ignore[attr-defined]
    assert browser.submit(address(village, "D1"), note="值守").status_code == 302  # type: ignore[attr-defined]
    page = f"/desk/claims/{session.scalars(select(Claim.id)).one()}"
    assert "decision" not in browser.get(page).get_data(as_text=True)
    assert browser.post(page, data={"decision": "approved"}).status_code in (400, 403)
    assert browser.submit(page, action="withdraw").status_code == 302  # type: ignore[attr-defined]
    assert "已撤回" in browser.get(page).get_data(as_text=True)


def test_an_unknown_or_a_base_item_has_no_form(village: Made, clerk: Client) -> None:
    assert clerk.get(address(village, "Z9")).status_code == 422
    assert clerk.get(address(village, "A1")).status_code == 404


def test_the_household_is_chosen_first_and_the_item_is_kept(village: Made, clerk: Client) -> None:
    answer = clerk.get("/desk/entry?item=D1&who=张建国")
    assert answer.location.startswith(address(village))
    assert "item=D1" in answer.location
    assert "没有找到" in clerk.get("/desk/entry?who=查无此人").get_data(as_text=True)


def give(session: Session, village: Made) -> str:
    wanted = Item(code="D1", occurred_on=TODAY)
    posting.record(session, village.clerk, key="k", household_id=village.household.id, wanted=wanted, now=NOW)
    return f"/desk/households/{village.household.id}/entries/1"


def test_a_reversal_is_asked_for_once_and_only_with_a_reason(session: Session, village: Made, clerk: Client) -> None:
    undo = give(session, village) + "/reverse"
    refused = clerk.submit(undo, reason="  ")
    assert refused.status_code == 422
    assert "请写明为什么冲正" in refused.get_data(as_text=True)
    answer = clerk.submit(undo, reason="记错了户")
    assert "冲正已提交，等另一个人审核" in clerk.get(answer.location).get_data(as_text=True)
    assert "已经有人提过" in clerk.submit(undo, reason="再来一次").get_data(as_text=True)
    assert (entries(session), claims(session)) == (1, 1)
    assert clerk.get(undo.replace("/1/", "/99/")).status_code == 404


def test_a_false_claim_is_taken_up_from_its_entry(session: Session, village: Made, clerk: Client) -> None:
    page = give(session, village) + "/false-claim"
    assert page in clerk.get(f"/desk/households/{village.household.id}").get_data(as_text=True)
    shown = clerk.get(page).get_data(as_text=True)
    for figure in ("−5", "−50", "−55"):
        assert figure in shown
    refused = clerk.submit(page, reason="代签", document="").get_data(as_text=True)
    assert re.search(r'id="document-wrong">认定虚报要有依据', refused)
    answer = clerk.submit(page, reason="代签", document="监督小组核查记录")
    assert "虚报冒领已提交" in clerk.get(answer.location).get_data(as_text=True)
    assert session.execute(select(Claim.kind, Claim.points)).one() == ("claw_back", -55)
    assert "从虚报得来的那一条记录进" in clerk.get(address(village, "D5")).get_data(as_text=True)


def test_the_counter_neither_posts_nor_reverses(village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    browser = as_role(COUNTER)
    assert browser.get(address(village, "D1")).status_code == 403
    assert browser.post(address(village, "D1"), data={"key": "k"}).status_code in (400, 403)

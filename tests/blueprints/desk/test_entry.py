"""Posting and reversing at the desk."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made
from tests.pages import Client
from villagepoints.domain.actor import COUNTER
from villagepoints.models import Claim, Household, LedgerEntry
from villagepoints.services import posting
from villagepoints.services.posting import Item


def address(village: Made, code: str = "") -> str:
    return f"/desk/households/{village.household.id}/entry" + (f"?item={code}" if code else "")


def entries(session: Session) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(LedgerEntry)).one()


def test_the_items_are_listed_by_category_with_what_is_left_of_each(
    session: Session, village: Made, clerk: Client
) -> None:
    wanted = Item(code="D1", occurred_on=TODAY, quantity=3)
    posting.record(session, village.clerk, key="k", household_id=village.household.id, wanted=wanted, now=NOW)
    page = clerk.get(address(village)).get_data(as_text=True)
    assert "D 公益共治" in page
    assert (
        "".join(
            f'<span class="part">{left}</span>' for left in ("今天还能 5 分", "本月还能 85 分", "本月合计还能 185 分")
        )
        in page
    )
    assert "item=A1" not in page, "the month's base is not posted one by one"


def test_an_entry_is_posted_and_says_points_and_balance(session: Session, village: Made, clerk: Client) -> None:
    answer = clerk.submit(address(village, "D1"), quantity=chr(0xFF12), note="河道保洁")
    assert answer.status_code == 302
    page = clerk.get(answer.location).get_data(as_text=True)
    assert "已记上，＋10 分；现在余 10 分。" in page
    assert "D1 再记给别的户" in page
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.quantity, entry.occurred_on, entry.recorded_by) == (2, TODAY, village.clerk.user_id)


def test_the_same_form_sent_twice_posts_once(session: Session, village: Made, clerk: Client) -> None:
    fields = {"quantity": "1", "key": "one-key"}
    clerk.submit(address(village, "D1"), **fields)
    clerk.submit(address(village, "D1"), **fields)
    assert entries(session) == 1


def test_a_grade_makes_the_points(session: Session, village: Made, clerk: Client) -> None:
    clerk.submit(address(village, "D3"), grade="调解人")
    assert session.scalars(select(LedgerEntry.points)).one() == 30


def test_what_the_book_refuses_is_said_beside_the_filled_form(session: Session, village: Made, clerk: Client) -> None:
    answer = clerk.submit(address(village, "D1"), quantity="9", note="通宵值守")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "当天最多 20 分" in page
    assert "通宵值守" in page
    assert 'value="9"' in page
    assert entries(session) == 0


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
    assert clerk.submit(address(village, "D1"), note="a\0b").status_code == 302
    assert entries(session) == 1


def test_a_penalty_asks_for_its_persuasion_or_document(session: Session, village: Made, clerk: Client) -> None:
    assert "要先劝导" in clerk.submit(address(village, "A7"), note="").get_data(as_text=True)
    assert "要有书面认定" in clerk.submit(address(village, "B6"), note="").get_data(as_text=True)
    assert clerk.submit(address(village, "A7"), persuaded_on="2026-06-01").status_code == 302
    assert session.scalars(select(Household.balance).where(Household.id == village.household.id)).one() == -20


def test_from_a_hundred_points_it_waits_for_another_person(session: Session, village: Made, clerk: Client) -> None:
    answer = clerk.submit(address(village, "B4"), grade="区级", occasion="最美志愿者")
    assert "要另一个人审核" in clerk.get(answer.location).get_data(as_text=True)
    assert entries(session) == 0
    assert session.scalars(select(Claim.recorded_by)).one() == village.clerk.user_id


def test_an_unknown_or_a_base_item_has_no_form(village: Made, clerk: Client) -> None:
    assert clerk.get(address(village, "Z9")).status_code == 422
    assert clerk.get(address(village, "A1")).status_code == 404


def test_the_household_is_chosen_first_and_the_item_is_kept(village: Made, clerk: Client) -> None:
    answer = clerk.get("/desk/entry?item=D1&who=张建国")
    assert answer.location.startswith(address(village))
    assert "item=D1" in answer.location
    assert "没有找到" in clerk.get("/desk/entry?who=查无此人").get_data(as_text=True)


def test_an_entry_is_reversed_once_and_only_with_a_reason(session: Session, village: Made, clerk: Client) -> None:
    clerk.submit(address(village, "D1"), quantity="1")
    undo = f"/desk/households/{village.household.id}/entries/1/reverse"
    refused = clerk.submit(undo, reason="  ")
    assert refused.status_code == 422
    assert "请写明为什么冲正" in refused.get_data(as_text=True)
    answer = clerk.submit(undo, reason="记错了户")
    assert "已冲正，−5 分；现在余 0 分。" in clerk.get(answer.location).get_data(as_text=True)
    assert "已经由第 2 条冲正" in clerk.submit(undo, reason="再来一次").get_data(as_text=True)
    assert entries(session) == 2
    assert clerk.get(undo.replace("/1/", "/99/")).status_code == 404


def test_the_counter_neither_posts_nor_reverses(village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    browser = as_role(COUNTER)
    assert browser.get(address(village, "D1")).status_code == 403
    assert browser.post(address(village, "D1"), data={"key": "k"}).status_code in (400, 403)

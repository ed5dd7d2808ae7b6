"""Finding a household and reading its page."""

from io import BytesIO

from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_household, make_village
from tests.pages import Client
from villagepoints.domain.actor import COUNTER
from villagepoints.models import Card, Household, LedgerEntry, Resident
from villagepoints.services import posting
from villagepoints.services.posting import Item


def record(session: Session, village: Made, how_many: int, note: str = "") -> None:
    for n in range(how_many):
        wanted = Item(code="D4", occurred_on=TODAY, grade="帮扶代办", note=note or f"第{n + 1}次")
        posting.record(
            session, village.clerk, key=f"k{n}{note}", household_id=village.household.id, wanted=wanted, now=NOW
        )


def test_a_search_that_finds_one_household_opens_it(village: Made, clerk: Client) -> None:
    answer = clerk.get("/desk/households?q=张建国")
    assert answer.location == f"/desk/households/{village.household.id}"


def test_a_search_that_finds_nobody_says_what_to_try(village: Made, clerk: Client) -> None:
    page = clerk.get("/desk/households?q=查无此人").get_data(as_text=True)
    assert "没有找到「查无此人」" in page
    assert "手机尾号" in page


def test_the_address_holds_the_state_of_the_list(session: Session, village: Made, clerk: Client) -> None:
    for n in range(60):
        make_household(session, village.id, f"h{n:02d}", group_no=4)
    page = clerk.get("/desk/households?group=4&size=25&sort=-number&page=2").get_data(as_text=True)
    assert "2 / 3" in page
    assert "page=3" in page
    assert "group=4" in page
    assert "h34" in page
    assert "h35" not in page


def test_nonsense_in_the_address_is_the_first_page(village: Made, clerk: Client) -> None:
    for query in (
        "page=-1",
        "page=x",
        "page=99999999999999999999",
        "size=1000000",
        "sort=';--",
        "group=x",
        "group=-5",
        "q=%00",
    ):
        assert clerk.get(f"/desk/households?{query}").status_code == 200, query


def test_the_page_shows_balance_people_and_every_entry_with_its_reason(
    session: Session, village: Made, clerk: Client
) -> None:
    record(session, village, 2)
    page = clerk.get(f"/desk/households/{village.household.id}").get_data(as_text=True)
    for words in ("张建国", '<div class="big gold">20</div>', "第1次", "第2次", "＋10", "沈文书", "D4 公益示范行为"):
        assert words in page, words


def test_a_reversed_entry_and_its_reversal_point_at_each_other(session: Session, village: Made, clerk: Client) -> None:
    record(session, village, 1)
    posting.reverse(
        session, village.clerk, key="u", household_id=village.household.id, seq=1, reason="重复记了", now=NOW
    )
    page = clerk.get(f"/desk/households/{village.household.id}").get_data(as_text=True)
    assert "已由第 2 条冲正" in page
    assert "冲正第 1 条：重复记了" in page
    assert f"/desk/households/{village.household.id}/entries/1/reverse" not in page


def test_a_page_takes_the_same_statements_however_long_the_statement(
    session: Session, village: Made, clerk: Client, statements: list[str]
) -> None:
    record(session, village, 1)
    address = f"/desk/households/{village.household.id}"
    clerk.get(address)
    statements.clear()
    clerk.get(address)
    few = len(statements)
    record(session, village, 40, "多")
    statements.clear()
    page = clerk.get(address + "?size=100").get_data(as_text=True)
    assert "第1次" in page
    assert len(statements) == few
    assert few <= 17


def test_a_household_of_another_village_is_not_found(session: Session, village: Made, clerk: Client) -> None:
    other = make_village(session, "qt")
    for path in ("", "/entry", "/entry?item=D1", "/statement.xlsx", "/entries/1/reverse"):
        assert clerk.get(f"/desk/households/{other.household.id}{path}").status_code == 404, path


def test_phone_numbers_are_for_the_office(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    session.execute(update(Resident).where(Resident.household_id == village.household.id).values(phone="13900001111"))
    session.commit()
    address = f"/desk/households/{village.household.id}"
    assert "13900001111" in as_role("clerk").get(address).get_data(as_text=True)
    assert "13900001111" not in as_role(COUNTER).get(address).get_data(as_text=True)


def test_a_name_that_is_markup_is_only_a_name(session: Session, village: Made, clerk: Client) -> None:
    made = make_household(session, village.id, "009", head="<script>alert(1)</script>")
    page = clerk.get(f"/desk/households/{made.id}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_card_is_issued_and_a_new_opening_code_given(session: Session, village: Made, clerk: Client) -> None:
    address = f"/desk/households/{village.household.id}"
    assert clerk.submit(address, action="/card").status_code == 302
    first = session.scalars(select(Card).where(Card.revoked_at.is_(None))).one()
    page = clerk.submit(address, action="/opening-code")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.status_code == 200
    assert "新开门码" in page.get_data(as_text=True)
    session.rollback()
    assert session.get_one(Card, (village.id, first.id)).opening_no == 2
    clerk.submit(address, action="/card")
    session.rollback()
    assert session.scalars(select(Card.number).where(Card.revoked_at.is_(None))).one() == 2


def test_exports_hold_text_and_no_formula(session: Session, village: Made, clerk: Client) -> None:
    session.execute(update(Household).where(Household.id == village.household.id).values(head_name="=1+1", remark=""))
    session.commit()
    record(session, village, 1, "=HYPERLINK(1)")
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(clerk.get("/desk/households?out=xlsx").data))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert rows[1][:2] == ["001", "=1+1"]
    answer = clerk.get(f"/desk/households/{village.household.id}/statement.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1][3:6] == ["=HYPERLINK(1)", 10, 10]


def test_the_ledger_can_be_narrowed(session: Session, village: Made, clerk: Client) -> None:
    record(session, village, 1)
    assert "第1次" in clerk.get("/desk/ledger?item=d4&kind=award&month=2026-06").get_data(as_text=True)
    for query in ("item=A1", "kind=penalty", "month=2026-05"):
        page = clerk.get(f"/desk/ledger?{query}").get_data(as_text=True)
        assert "第1次" not in page
        assert "没有这样的记录" in page
    for query in ("item=%00", "kind=x", "month=x", "month=9999-99", "page=100000"):
        assert clerk.get(f"/desk/ledger?{query}").status_code == 200, query
    assert session.scalars(select(LedgerEntry.seq)).all() == [1]

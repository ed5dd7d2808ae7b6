"""A household's own data: what is new, what is kept, all of it as a file, and a PIN that only its owner changes."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from tests.blueprints.test_phone import PIN, earn, set_pin, text
from tests.factories import NOW, TODAY, Clock, Made, make_reward, make_village, remember_phone
from tests.pages import Client, forms
from villagepoints.models import Activity, Household, Phone
from villagepoints.services import finding, news, objection, opening, phone, redemption, service_request
from villagepoints.services.objection_subject import About
from villagepoints.services.opening import WrongSecret

NEW = "862047"
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def home(client: Client, session: Session, village: Made) -> Client:
    client.open_home(remember_phone(session, village.household))
    return client


def row_of(session: Session, village: Made) -> Household:
    session.rollback()
    return session.get_one(Household, (village.id, village.household.id), populate_existing=True)


# ---- what is new


@pytest.mark.parametrize("view", ["plain", "elder"])
def test_the_first_page_counts_what_is_new_until_somebody_says_they_know(
    home: Client, session: Session, village: Made, view: str
) -> None:
    home.set_cookie("view", view)
    assert "件新的事" not in text(home.get("/my/"))
    earn(session, village, 40)
    assert "有 2 件新的事" in text(home.get("/my/"))
    page = text(home.get("/my/news"))
    assert "修路灯1：＋20 分" in page
    assert home.submit("/my/news", up_to=page.split('name="up_to" value="')[1].split('"')[0]).location == "/my/"
    assert "件新的事" not in text(home.get("/my/"))
    assert "没有新的事" in text(home.get("/my/news"))
    assert "修路灯1" in text(home.get("/my/news?all=1"))


def test_what_comes_while_the_page_is_open_stays_new(
    home: Client, session: Session, village: Made, clock: Clock
) -> None:
    earn(session, village, 20)
    form = next(form for form in forms(text(home.get("/my/news"))) if form.method == "post")
    clock.now += timedelta(minutes=5)
    seen = {"household_id": village.household.id, "code": "A1", "found_on": TODAY, "note": "乱堆物"}
    finding.record(session, village.clerk, key="f", now=clock.now, **seen)
    assert [home.post("/my/news", data=form.fields).status_code for _ in range(2)] == [303, 303]
    assert "有 1 件新的事" in text(home.get("/my/"))
    assert "走访看到：乱堆物" in text(home.get("/my/news"))


@pytest.mark.parametrize(
    "up_to", ["", "x", "2026-06-15", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "1999-12-31T00:00Z"]
)
def test_a_form_without_its_instant_is_refused_or_read_as_now(home: Client, session: Session, up_to: str) -> None:
    token = text(home.get("/my/data")).split('name="csrf_token" value="')[1].split('"')[0]
    answer = home.post("/my/news", data={"csrf_token": token, "key": "k", "up_to": up_to})
    assert answer.status_code in (303, 422)


def test_whoever_was_told_by_the_village_reads_by_whom(home: Client, session: Session, village: Made) -> None:
    ids = [village.household.id]
    news.tell(session, village.clerk, key="t", household_ids=ids, up_to=NOW, now=NOW)
    assert "沈文书已经告诉过你家" in text(home.get("/my/news"))


# ---- what is kept


def test_the_page_says_what_is_kept_and_leads_to_putting_it_right(home: Client) -> None:
    page = text(home.get("/my/data"))
    assert "张建国" in page
    assert "留着什么，做什么用" in page
    assert "/my/requests/new/correction" in page
    assert "记到 2026年12月12日" in page


def test_the_file_holds_everything_of_the_household_and_nothing_of_another(
    home: Client, session: Session, village: Made
) -> None:
    mine, other = village.villager(), village.villager(1)
    earn(session, village, 40)
    earn(session, village, 20, index=1)
    seen = {"code": "A1", "found_on": TODAY, "now": NOW}
    found = finding.record(session, village.clerk, key="f", household_id=village.household.id, note="砖头", **seen)
    finding.record(session, village.clerk, key="f1", household_id=village.households[1].id, note="李家的", **seen)
    objection.file(session, mine, key="o", about=About(finding_id=found), words="=不是我家的", now=NOW)
    service_request.file(session, mine, key="s", kind="idea", words="多装路灯", now=NOW)
    service_request.file(session, other, key="s1", kind="idea", words="李家的话", now=NOW)
    salt = make_reward(session, village.id, points=5, name="食盐")
    taken = {"household_id": village.household.id, "lines": [(salt.id, 2)], "now": NOW}
    redemption.reserve(session, mine, key="r", **taken)
    answer = home.get("/my/data.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    cells = [str(cell) for sheet in sheets for line in sheet for cell in line]
    for word in ("张建国", "修路灯1", "砖头", "=不是我家的", "多装路灯", "食盐 ×2"):
        assert word in cells
    assert not any("李" in cell for cell in cells)
    assert not any(b"<f>" in sheet for sheet in _parts(answer.data))


def _parts(workbook: bytes) -> list[bytes]:
    with ZipFile(BytesIO(workbook)) as archive:
        return [archive.read(name) for name in archive.namelist() if "/sheet" in name]


# ---- the PIN


@pytest.fixture
def locked(app: Flask, home: Client, session: Session, village: Made) -> Client:
    set_pin(app, session, village)
    return home


def change(client: Client, old: str = PIN, pin: str = NEW, again: str = "", **more: Any) -> Any:
    return client.submit("/my/pin", old=old, pin=pin, again=again or pin, **more)


def accepts(app: Flask, session: Session, village: Made, pin: str) -> bool:
    credential = phone.Credential.read(remember_phone(session, village.household))
    assert credential is not None
    at = phone.identify(session, credential, NOW)
    assert at is not None
    try:
        opening.confirm_pin(session, at, pin=pin, card_key=app.config["CARD_KEY"], now=NOW)
    except WrongSecret:
        return False
    return True


def test_its_owner_changes_the_pin_with_the_old_one(
    app: Flask, locked: Client, session: Session, village: Made
) -> None:
    assert change(locked).location == "/my/pin?done=1"
    assert "密码改好了" in text(locked.get("/my/pin?done=1"))
    assert accepts(app, session, village, NEW)
    assert not accepts(app, session, village, PIN)
    act = session.query(Activity).filter_by(action="household.pin_changed").one()
    assert (act.subject, PIN in str(act.detail), NEW in str(act.detail)) == (village.household.id, False, False)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"old": "111222"}, "还可以再试 4 次"),
        ({"pin": "123456"}, "太容易被猜到"),
        ({"pin": "1234"}, "密码要 6 位数字"),
        ({"again": "862048"}, "两次填的不一样"),
        ({"pin": PIN}, "和原来的一样"),
    ],
)
def test_what_is_no_good_changes_nothing_and_comes_back_in_no_page(
    app: Flask, locked: Client, session: Session, village: Made, typed: dict[str, str], sentence: str
) -> None:
    answer = change(locked, **typed)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert f'value="{PIN}"' not in text(answer)
    assert accepts(app, session, village, PIN)


def test_guesses_are_counted_and_paused_as_when_spending(
    locked: Client, clock: Clock, session: Session, village: Made
) -> None:
    answers = [change(locked, old="111222").status_code for _ in range(6)]
    assert answers == [422, 422, 422, 422, 429, 429]
    assert change(locked).status_code == 429
    clock.now += timedelta(minutes=16)
    assert change(locked).status_code == 303


def test_a_second_tap_is_answered_as_the_first(locked: Client) -> None:
    form = next(form for form in forms(text(locked.get("/my/pin"))) if form.has(["old"]))
    data = {**form.fields, "others": [], "old": PIN, "pin": NEW, "again": NEW}
    assert [locked.post("/my/pin", data=data).location for _ in range(2)] == ["/my/pin?done=1"] * 2


def test_the_same_page_sent_with_another_new_pin_says_that_nothing_was_changed(
    app: Flask, locked: Client, session: Session, village: Made
) -> None:
    """Whoever took a lost answer for a failure thought of other digits, and was told that those were kept."""
    form = next(form for form in forms(text(locked.get("/my/pin"))) if form.has(["old"]))
    data = {**form.fields, "others": [], "old": PIN}
    codes = [locked.post("/my/pin", data={**data, "pin": new, "again": new}).status_code for new in (NEW, "951374")]
    assert codes == [303, 409]
    assert accepts(app, session, village, NEW)


def test_guesses_at_the_new_pin_by_sending_the_page_again_are_counted(locked: Client) -> None:
    form = next(form for form in forms(text(locked.get("/my/pin"))) if form.has(["old"]))
    data = {**form.fields, "others": [], "old": PIN}
    assert locked.post("/my/pin", data={**data, "pin": NEW, "again": NEW}).status_code == 303
    guesses = [f"95137{last}" for last in range(6)]
    codes = [locked.post("/my/pin", data={**data, "pin": one, "again": one}).status_code for one in guesses]
    assert codes == [409, 409, 409, 409, 429, 429]


def test_a_stale_page_gives_no_pin_back(locked: Client) -> None:
    typed = {"csrf_token": "stale", "key": "k", "old": PIN, "pin": NEW, "again": NEW}
    answer = locked.post("/my/pin", data=typed, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert not [digits for digits in (PIN, NEW) if digits in text(answer)]


@pytest.mark.parametrize(("typed", "left"), [({}, 2), ({"others": "out"}, 1)])
def test_other_phones_are_signed_out_where_that_is_asked(
    locked: Client, session: Session, village: Made, typed: dict[str, str], left: int
) -> None:
    remember_phone(session, village.household)
    form = next(form for form in forms(text(locked.get("/my/pin"))) if form.has(["old"]))
    data = {"csrf_token": form.fields["csrf_token"], "key": form.fields["key"]}
    locked.post("/my/pin", data={**data, "old": PIN, "pin": NEW, "again": NEW, **typed})
    session.rollback()
    assert session.query(Phone).filter_by(revoked_at=None).count() == left
    assert locked.get("/my/").status_code == 200


def test_a_neighbours_phone_changes_only_its_own_pin(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    set_pin(app, session, village)
    client.open_home(remember_phone(session, make_village(session, "yz").household))
    assert change(client).status_code == 422
    assert accepts(app, session, village, PIN)


def test_the_pin_is_reset_at_the_desk_only(app: Flask) -> None:
    """Besides its owner nobody sets a PIN: no route but the slip's, whose code only the desk gives out anew."""
    setting = {path.stem for path in Path("villagepoints").rglob("*.py") if "pin_hash=" in path.read_text()}
    assert setting == {"opening", "pin", "supervisor"}  # the last one a member's own, to sign with
    audiences = {app.view_functions[name].access.audience for name in ("desk.renew_opening", "desk.issue_card")}
    assert audiences == {"desk"}

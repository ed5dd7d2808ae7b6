"""A villager reads an entry and prints the statement; anybody holds its code against the seals."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from tests.audits import make_supervisors
from tests.factories import NOW, TODAY, Made, make_village, remember_phone
from tests.pages import Client, forms
from tests.services.test_posting import record
from villagepoints import qr_reader
from villagepoints.domain.actor import Actor
from villagepoints.domain.seal import fingerprint, spoken
from villagepoints.models import User
from villagepoints.services import claim, evidence, notice, objection, posting, seal
from villagepoints.services.objection_subject import About
from villagepoints.services.posting import Item
from villagepoints.services.seal import Snapshot
from villagepoints.services.seal_file import read_published

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def sealed(session: Session, village: Made) -> Snapshot:
    """The seal over two entries of the first household and one of the second."""
    record(session, village, "k1")
    record(session, village, "k2", Item(code="D2", occurred_on=TODAY, note="村民代表会"))
    record(session, village, "k3", household_id=village.households[1].id)
    return seal.take(session, village.clerk, now=NOW)


@pytest.fixture
def home(client: Client, session: Session, village: Made) -> Client:
    client.open_home(remember_phone(session, village.household))
    return client


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, f"{path}: {answer.status}"
    return answer.get_data(as_text=True)


def code_on(page: str) -> str:
    found = re.search(r'class="code-text">([^<]+)<', page)
    return found[1] if found else ""


def test_each_record_leads_to_its_entry_and_back_to_the_same_list(home: Client, sealed: Snapshot) -> None:
    listed = text(home, "/my/records?month=2026-06&kind=gained")
    assert "/my/records/2?month=2026-06&amp;kind=gained" in listed
    page = text(home, "/my/records/2?month=2026-06&kind=gained")
    assert "/my/records?month=2026-06&amp;kind=gained" in page
    for words in (
        "村民代表会",
        "沈文书",
        "此记录已封账，可核验",
        "第 1 次封账（2026年6月15日）",
        "/my/objections/new?entry=2",
    ):
        assert words in page


def test_an_entry_after_the_seal_waits_for_the_next_and_an_undone_one_leads_on(
    home: Client, sealed: Snapshot, session: Session, village: Made
) -> None:
    undo = {"household_id": village.household.id, "seq": 2, "reason": "记错了户", "now": NOW}
    posting.reverse(session, village.clerk, key="r", **undo)  # type: ignore[arg-type]
    assert 'href="/my/records/3"' in text(home, "/my/records/2")
    page = text(home, "/my/records/3")
    assert "下次封账时封存" in page
    assert 'href="/my/records/2"' in page
    assert "/my/objections/new" not in page


@pytest.mark.parametrize("seq", ["3", "0", "999999999", str(2**31), str(2**64), "-1", "x", "1.5"])
def test_what_is_no_entry_of_the_household_is_not_there(home: Client, sealed: Snapshot, seq: str) -> None:
    text(home, f"/my/records/{seq}", 404)


def test_an_entry_and_its_photos_are_not_a_neighbour_s(
    app: Flask, home: Client, session: Session, village: Made
) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG")
    wanted = Item(code="D4", grade="义务维修", occurred_on=TODAY, note="修路灯")
    with evidence.prepared(app.config["INSTANCE"], [picture.getvalue()]) as photos:
        asked = {"household_id": village.household.id, "wanted": wanted, "photos": photos, "now": NOW}
        id_ = claim.propose(session, village.clerk, key="p", **asked)  # type: ignore[arg-type]
    claim.approve(session, village.reviewer, key="a", claim_id=id_, now=NOW)
    notice_id = notice.publish(session, village.clerk, key="n", now=NOW).id
    notice.post(session, village.clerk, key="o", notice_id=notice_id, now=NOW + timedelta(days=6))
    (photo,) = set(re.findall(r'src="(/my/evidence/[^"]+)"', text(home, "/my/records/1")))
    assert home.get(photo).data.startswith(b"\xff\xd8")
    for other in (village.households[1], make_village(session, "hm").household):
        browser: Client = app.test_client()  # type: ignore[assignment]
        browser.open_home(remember_phone(session, other))
        text(browser, "/my/records/1", 404)
        text(browser, photo, 404)


def test_the_slip_of_phone_and_desk_carries_the_same_code_and_anybody_may_check_it(
    app: Flask, home: Client, sealed: Snapshot, village: Made
) -> None:
    paper = text(home, "/my/statement")
    code = code_on(paper)
    assert re.fullmatch(r"1(-[0-9A-Z]{4}){2}-[0-9A-Z]{5}", code)
    assert 'role="img"' in paper
    clerk: Client = app.test_client()  # type: ignore[assignment]
    clerk.sign_in(village.users["clerk"])
    assert code_on(text(clerk, f"/desk/households/{village.household.id}/statement")) == code
    anybody: Client = app.test_client()  # type: ignore[assignment]
    answer = text(anybody, f"/v/SX/check?slip={code.lower()}")
    assert "这个核验码是真的" in answer
    assert fingerprint(sealed.root) in answer
    for secret in ("张建国", "张*国", "D2", "村民代表会", str(village.household.id)):
        assert secret not in answer


def test_wrong_codes_are_refused_in_the_same_words(client: Client, sealed: Snapshot, village: Made) -> None:
    answers = set()
    for typed in ("1-7F3A-91C4-QX0ZM", "2-7F3A-91C4-QX0ZM", "x", "<b>", "9" * 40, "1" * 300, "%00", "1-"):
        page = client.get("/v/sx/check", query_string={"slip": typed}).get_data(as_text=True)
        assert "没有这个核验码" in page
        answers.add(re.sub(r' value="[^"]*"', "", page))
    assert len(answers) == 1


def test_the_question_alone_answers_nothing(client: Client, village: Made) -> None:
    for path in ("/v/sx/check", "/v/sx/check?slip=", "/v/sx/check?slip=+"):
        assert "没有这个核验码" not in text(client, path)


def test_guessing_at_codes_is_slowed_down_and_reading_is_not(
    database: str, tmp_path: object, village: Made, sealed: Snapshot
) -> None:
    from villagepoints import create_app
    from villagepoints.extensions import limiter

    app = create_app({"DATABASE_URL": database, "INSTANCE": str(tmp_path), "RATE_LIMIT": "1"}, TESTING=True)
    try:
        browser = app.test_client()
        asked = [browser.get("/v/sx/check?slip=x").status_code for _ in range(125)]
        assert (asked[0], asked[-1]) == (200, 429)
        assert browser.get("/v/sx/check").status_code == 200
    finally:
        limiter.reset()
        limiter.enabled = False


def test_the_seals_are_listed_with_their_fingerprints(client: Client, session: Session, village: Made) -> None:
    assert "还没有封过账" in text(client, "/v/sx/seals")
    roots = [seal.take(session, village.clerk, now=NOW).root for _ in range(21)]
    page = text(client, "/v/sx/seals")
    assert fingerprint(roots[-1]) in page
    assert fingerprint(roots[0]) not in page
    assert fingerprint(roots[0]) in text(client, "/v/sx/seals?page=2")


def test_a_month_s_report_names_nobody_and_leads_to_no_desk(client: Client, sealed: Snapshot, village: Made) -> None:
    page = text(client, "/v/sx/reports/2026-06")
    assert "积分月报" in page
    assert "/desk/" not in page
    for household in village.households:
        assert household.head_name not in page
    text(client, "/v/sx/reports/2026-07", 404)
    text(client, "/v/sx/reports/x", 422)
    text(client, "/v/sx/reports/2026-05", 404)  # before the first entry: there are centuries of such months


def test_the_village_s_page_leads_to_months_seals_and_the_check(
    client: Client, sealed: Snapshot, session: Session, village: Made
) -> None:
    record(session, village, "k9", Item(code="D2", occurred_on=TODAY.replace(month=4)))
    page = text(client, "/v/sx/")
    for path in ("reports/2026-05", "reports/2026-04", "seals", "check", "rules", "lists", "notices", "objections"):
        assert f"/v/sx/{path}" in page
    assert "reports/2026-03" not in page
    assert "reports/2026-06" not in page


def test_who_objected_already_is_led_to_where_it_stands(
    home: Client, sealed: Snapshot, session: Session, village: Made
) -> None:
    again = "/my/objections/new?entry=2"
    assert "提上去以后" in text(home, again)
    entry = About(household_id=village.household.id, entry_seq=2)
    phone = Actor(village.id, household_id=village.household.id)
    id_ = objection.file(session, phone, key="f", about=entry, words="不是我家", now=NOW)
    assert home.get(again).headers["Location"] == f"/my/objections/{id_}"
    assert "提上去以后" in text(home, "/my/objections/new?entry=1")
    objection.withdraw(session, phone, key="w", objection_id=id_, now=NOW)
    assert "提上去以后" in text(home, again)


def test_the_code_on_a_statement_holds_the_proof_and_is_read_at_the_size_of_the_print(
    home: Client, session: Session, village: Made, sealed: Snapshot
) -> None:
    """Drawn as the page draws it, 50 mm wide at the 150 dots an inch of a cheap printer and a cheap phone."""
    drawn = re.search(r"<svg[^>]*qr-dense.*?</svg>", text(home, "/my/statement"), re.S)
    assert drawn
    address = qr_reader.decode(as_picture(drawn[0], pixels=round(50 / 25.4 * 150)))
    assert address
    assert re.fullmatch(r"[A-Z0-9:/.-]+", address)
    path = re.sub(r"^HTTPS?://[^/]+", "", address)
    right = text(home, path)
    assert "这张单子是真的" in right
    assert fingerprint(sealed.root) in right
    assert "张建国" not in right
    proof = path.rpartition("/")[2]
    board = fingerprint(sealed.root)
    assert "和你抄来的指纹一样" in text(home, f"/v/sx/proof?proof={proof}&board={board}")
    assert "和公告栏上的指纹不一样" in text(home, f"/v/sx/proof?proof={proof}&board={'0' * 32}")
    assert "这一行不像指纹" in text(home, f"/v/sx/proof?proof={proof}&board=7F3A")
    other = proof[:200] + ("0" if proof[200] != "0" else "1") + proof[201:]
    assert "凭证和村里存着的封账对不上" in text(home, f"/v/sx/proof?proof={other}")
    assert "不是一份完整的凭证" in text(home, f"/v/sx/proof?proof={proof[:-2]}")
    make_village(session, "yz")
    assert "这不是本村的单子" in text(home, f"/v/yz/proof?proof={proof}")


def as_picture(svg: str, pixels: int) -> bytes:
    """A code of squares as a grey picture so many pixels wide."""
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]
    plain = Image.new("L", (side, side), 255)
    for d in re.findall(r'<path[^>]* d="([^"]+)"', svg):
        x = y = 0.0
        for step, numbers in re.findall(r"([Mmh])([^Mmh]*)", d):
            values = [float(one) for one in re.findall(r"-?[\d.]+", numbers)]
            if step == "h":
                for column in range(int(x), int(x + values[0])):
                    plain.putpixel((column, int(y)), 0)
                x += values[0]
            else:
                x, y = (values[0], values[1]) if step == "M" else (x + values[0], y + values[1])
    out = BytesIO()
    plain.resize((pixels, pixels), Image.Resampling.BILINEAR).save(out, "PNG")
    return out.getvalue()


def test_a_seal_and_its_file_are_for_everybody_and_name_nobody(client: Client, village: Made, sealed: Snapshot) -> None:
    page = text(client, f"/v/sx/seals/1?f={fingerprint(sealed.root)}")
    assert "和扫来的指纹一样" in page
    assert spoken(sealed.root).split("　")[0] in page
    assert "和扫来的指纹不一样" in text(client, "/v/sx/seals/1?f=0000")
    file = text(client, "/v/sx/seals/1/SEAL.json")
    assert read_published(file).is_whole()
    assert '"number": "001"' not in file
    assert "张建国" not in file
    text(client, "/v/sx/seals/2", 404)
    text(client, "/v/sx/seals/2/SEAL.json", 404)


def test_the_office_and_the_group_take_a_seal_once_however_often_the_form_is_sent(
    client: Client, session: Session, village: Made
) -> None:
    client.sign_in(village.users["clerk"])
    form = next(one for one in forms(text(client, "/desk/seals")) if one.action == "/desk/seals")
    for _ in range(2):
        assert client.post("/desk/seals", data=form.fields).headers["Location"].endswith("/desk/seals/1")
    assert "第 1 次封账" in text(client, "/desk/seals/1")
    assert '"number": "001"' in text(client, "/desk/seals/1/SEAL.json")
    (member, *_others) = make_supervisors(session, village)
    client.sign_in(session.get_one(User, (village.id, member.user_id)))
    assert "第 1 次封账" in text(client, "/supervision/seals")
    client.submit("/supervision/seals", action="/supervision/seals")
    assert "第 2 次封账" in text(client, "/supervision/seals/2")
    session.rollback()  # the pages have written since
    member.until_on = TODAY - timedelta(days=1)
    session.commit()
    assert client.submit("/supervision/seals", action="/supervision/seals").status_code == 403
    text(client, "/supervision/seals/3", 404)


def test_an_account_is_taken_home_by_its_household_only(home: Client, village: Made, sealed: Snapshot) -> None:
    mine = json.loads(text(home, "/my/data.json"))
    assert (mine["household"]["number"], len(mine["entries"])) == ("001", 2)
    assert "李秀英" not in json.dumps(mine, ensure_ascii=False)

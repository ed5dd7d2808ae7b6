"""The print pack and shelf labels at the desk: chosen, made, opened; and a lost card reported there or by phone."""

import hashlib
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_reward, make_village, remember_phone
from tests.pages import Client
from villagepoints.services import card, pdf, print_file, print_run

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
needs_pdf = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
FILE = re.compile(r"/desk/print-pack/files/\w{64}\.pdf")


@pytest.fixture
def desk(client: Client, village: Made) -> Client:
    client.sign_in(village.users["clerk"])
    return client


@needs_pdf
def test_what_was_ticked_is_made_a_few_a_page_and_shown_with_its_sum(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "statements-none" in desk.get("/desk/print-pack").get_data(as_text=True)
    monkeypatch.setattr(print_run, "WORTH", -1)
    address = "/desk/print-pack/made?month=2026-05&what=request&what=counters&what=statements-9&run=r"
    headers = [desk.get(address).headers.get("Refresh") for _ in range(3)]
    assert headers == ["0", "0", None]
    page = desk.get(address).get_data(as_text=True)
    assert "这一组没有农户" in page
    files = FILE.findall(page)
    assert len(files) == 2
    for file in files:
        answer = desk.get(file)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        digest = hashlib.sha256(answer.data).hexdigest()
        assert digest in page.replace(" ", "")
    assert desk.get("/desk/print-pack/made").location == "/desk/print-pack"
    assert "没有勾要打印的" in desk.get("/desk/print-pack").get_data(as_text=True)


@needs_pdf
def test_a_file_opens_only_in_its_village_and_for_the_office(
    desk: Client, app: Flask, session: Session, village: Made
) -> None:
    other = make_village(session, "hm")
    place = print_file.folder(app.config["INSTANCE"], "papers", other.id)
    print_file.keep(place / f"{'a' * 64}.pdf", b"%PDF")
    for key in ("a" * 64, "b" * 64, "..", "a" * 63 + "/"):
        assert desk.get(f"/desk/print-pack/files/{key}.pdf").status_code == 404
    desk.sign_in(village.users["counter"])
    for path in ("/desk/print-pack", "/desk/print-pack/made?what=rules", "/desk/shelf-labels"):
        assert desk.get(path).status_code == 403


def test_without_the_extra_the_pack_leads_to_pages_that_print(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_installed", False)
    page = desk.get("/desk/print-pack").get_data(as_text=True)
    assert "没有装做 PDF 的部件" in page
    for link in re.findall(r'class="choice" href="([^"]+)"', page)[:1]:
        assert desk.get(link).status_code == 200
    assert desk.get("/desk/print-pack/made?what=rules").status_code == 501
    assert "没有装做 PDF 的部件" in desk.get("/desk/shelf-labels").get_data(as_text=True)


@needs_pdf
def test_the_code_of_a_label_leads_a_household_s_phone_to_the_goods(
    desk: Client, app: Flask, session: Session, village: Made
) -> None:
    oil = make_reward(session, village.id, name="食用油 5L")
    assert "食用油 5L" in desk.get("/desk/shelf-labels").get_data(as_text=True)
    page = desk.get(f"/desk/shelf-labels/made?want={oil.id}&copies-{oil.id}=2&want=x").get_data(as_text=True)
    assert desk.get(FILE.findall(page)[0]).data.startswith(b"%PDF")
    for query, said in (("", "没有勾"), (f"?want={oil.id}&copies-{oil.id}=999", "太多了")):
        assert desk.get(f"/desk/shelf-labels/made{query}").location == "/desk/shelf-labels"
        assert said in desk.get("/desk/shelf-labels").get_data(as_text=True)
    phone: Client = app.test_client()  # type: ignore[assignment]
    assert "先用微信扫一扫自己家门上的码" in phone.get(f"/v/sx/goods/{oil.id}").get_data(as_text=True)
    phone.open_home(remember_phone(session, village.household))
    assert phone.get(f"/v/sx/goods/{oil.id}").location == f"/my/redeem/pieces/{oil.id}"
    assert phone.get("/v/sx/goods/00000000-0000-0000-0000-000000000001").status_code in (302, 404)


def test_a_lost_card_is_reported_at_the_desk_or_by_the_household_s_phone(
    desk: Client, app: Flask, session: Session, village: Made
) -> None:
    key = app.config["CARD_KEY"]
    first, second = village.households[:2]
    for place, home in enumerate((first, second)):
        card.issue(session, village.clerk, household_id=home.id, card_key=key, key=f"k{place}", now=NOW)
    old = {one.household_id: one.token for one in card.printed(session, village.id, card_key=key)}
    path = f"/desk/households/{first.id}/card/lost"
    assert desk.submit(path, action=path, reason="").status_code == 422
    assert card.resolve(session, "sx", old[first.id]) is not None
    desk.submit(path, action=path, reason="本人来电话，门牌被风刮走了", new="")
    session.rollback()
    assert card.resolve(session, "sx", old[first.id]) is None
    page = desk.get(path).get_data(as_text=True)
    assert "本人来电话" in page
    phone: Client = app.test_client()  # type: ignore[assignment]
    phone.open_home(remember_phone(session, second))
    phone.submit("/my/data", action="/my/card/lost")
    session.rollback()
    assert card.resolve(session, "sx", old[second.id]) is None
    assert "请到村里领一张新的" in phone.get("/my/data").get_data(as_text=True)
    assert "这户自己，在手机上" in desk.get(f"/desk/households/{second.id}/card/lost").get_data(as_text=True)

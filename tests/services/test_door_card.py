"""Door cards: what is printed can be scanned, says nothing private on the door, and is never a wrong code."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_household, village_of
from villagepoints import qr, qr_reader
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import BadInput, NotFound
from villagepoints.services import card, door_card, pdf, print_file
from villagepoints.services.door_card import DoorCard, Heading, UnreadableCode
from villagepoints.services.print_file import Sheets

needs_pdf = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
CARD_KEY = b"k" * 32
HEADING = Heading("盛新村", "021-57123456")


def door_cards(how_many: int, holder: str = "王*明") -> list[DoorCard]:
    return [
        DoorCard(f"SX01{n:03d}", 1, holder, f"HTTPS://JIFEN.SHENGXIN.CN/Q/SX/0123456789ABCDEFGHJKMN{n:04d}", f"{n:08d}")
        for n in range(1, how_many + 1)
    ]


def codes_on(pages: Sequence[bytes]) -> list[str]:
    return sorted(text for page in pages for text in qr_reader.decode_all(page))


@needs_pdf
@pytest.mark.parametrize(("per_sheet", "pages"), [(4, 2), (6, 2)])
def test_every_code_on_the_printed_sheets_reads_as_its_household_s_url(per_sheet: int, pages: int) -> None:
    cards = door_cards(7)
    drawn = door_card.pictures(HEADING, cards, NOW, per_sheet=per_sheet)
    assert len(drawn) == pages
    assert codes_on(drawn) == sorted(one.url for one in cards)


@needs_pdf
def test_the_same_cards_and_date_make_the_same_file_byte_for_byte() -> None:
    first = door_card.sheets(HEADING, door_cards(3), NOW)
    assert first.pdf.startswith(b"%PDF")
    assert door_card.sheets(HEADING, door_cards(3), NOW).pdf == first.pdf


@needs_pdf
def test_a_code_that_says_another_household_s_url_stops_the_print() -> None:
    cards = door_cards(3)

    def draw(text: str) -> bytes:
        return qr.emblem_png(cards[0].url if text == cards[1].url else text)

    with pytest.raises(UnreadableCode, match="SX01002 户的码"):
        door_card.sheets(HEADING, cards, NOW, draw=draw)


def test_a_code_that_cannot_be_read_stops_the_print() -> None:
    def blot(text: str) -> bytes:
        return qr_with_a_blot(text)

    with pytest.raises(UnreadableCode):
        door_card.printed_code(door_cards(1)[0], draw=blot)


def qr_with_a_blot(text: str) -> bytes:
    from io import BytesIO

    from PIL import Image

    image = Image.open(BytesIO(qr.emblem_png(text))).convert("RGB")
    image.paste((255, 255, 255), (0, 0, image.width // 2, image.height))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@needs_pdf
def test_a_name_that_no_font_can_draw_is_reported_by_its_household() -> None:
    cards = [*door_cards(2), DoorCard("SX01003", 1, "\U000323b0*", door_cards(1)[0].url, "")]
    assert door_card.sheets(HEADING, cards, NOW).gaps == {"SX01003": "\U000323b0"}


@needs_pdf
def test_every_text_of_a_paper_that_prints_with_a_gap_is_named(tmp_path: Path) -> None:
    rows = [["\U000323b0记小店", "村口", ""], ["张记小店", "", ""]]
    words = {"title": "", "page": "", "heads": ["窗口", "", ""], "how": "", "none": ""}
    frame = {"paper": "a4", "title": "", "under": "", "village": "", "foot": "", "call": "", "words": words}
    sheets = Sheets(name="x", template="counters.typ", data={**frame, "rows": rows}, dated=NOW)
    assert print_file.made(tmp_path, sheets).gaps == ("\U000323b0记小店",)


@needs_pdf
def test_rare_characters_that_the_font_has_are_not_reported() -> None:
    assert pdf.unprintable("䶮喆犇㛃𠮷〇") == ""


@needs_pdf
def test_no_cards_or_an_odd_number_on_a_sheet_are_refused_with_a_sentence() -> None:
    with pytest.raises(BadInput, match="没有可打印的码牌"):
        door_card.sheets(HEADING, [], NOW)
    with pytest.raises(BadInput, match="4 张或 6 张"):
        door_card.sheets(HEADING, door_cards(1), NOW, per_sheet=5)


def test_the_cards_of_a_village_scan_to_their_own_household(session: Session, village: Made) -> None:
    card.issue_missing(session, Actor(village.id), card_key=CARD_KEY, now=NOW)
    row = village_of(session, village)
    cards = door_card.cards_of(session, row, card_key=CARD_KEY, public_url="https://jifen.example.cn")
    assert [one.number for one in cards] == ["001", "002", "003"]
    assert [one.holder for one in cards] == ["张*国", "李*英", "王*婆"]
    for one in cards:
        assert one.url == one.url.upper()
        scan = card.resolve(session, village.code, one.url.rsplit("/", 1)[1])
        assert scan is not None
        assert scan.household_number == one.number
        assert len(one.opening_code) == 8


def test_cards_are_chosen_by_group_or_by_household(session: Session, village: Made) -> None:
    make_household(session, village.id, "SX07001", group_no=7)
    card.issue_missing(session, Actor(village.id), card_key=CARD_KEY, now=NOW)
    row = village_of(session, village)

    def numbers(**which: object) -> list[str]:
        cards = door_card.cards_of(session, row, card_key=CARD_KEY, public_url="https://a.cn", **which)  # type: ignore[arg-type]
        return [one.number for one in cards]

    assert numbers(group_no=7) == ["SX07001"]
    assert numbers(number=" sx07001 ") == ["SX07001"]
    with pytest.raises(NotFound):
        numbers(number="SX99999")
    assert [
        (group.group_no, group.households, group.cards, group.opened) for group in door_card.groups(session, village.id)
    ] == [
        (7, 1, 1, 0),
        (None, 3, 3, 0),
    ]

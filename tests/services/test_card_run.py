"""Cards for a whole village are drawn a few a request, each read back, and no file comes of a code that lies."""

from pathlib import Path

import pytest

from tests.factories import NOW
from tests.services.test_door_card import HEADING, door_cards, needs_pdf
from villagepoints import qr
from villagepoints.domain.errors import BadInput
from villagepoints.services import card_run, print_file
from villagepoints.services.card_run import Run
from villagepoints.services.door_card import UnreadableCode


@needs_pdf
def test_each_request_comes_further_until_the_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_run, "WORTH", -1)
    drawn: list[str] = []

    def draw(text: str) -> bytes:
        drawn.append(text)
        return qr.emblem_png(text)

    cards = door_cards(3)
    monkeypatch.setattr(card_run, "PART", 2)
    steps = [card_run.go_on(tmp_path, HEADING, cards, NOW, draw=draw) for _ in range(5)]
    assert steps[:2] == [Run(1, 3), Run(2, 3)]
    assert drawn == [card.url for card in cards]
    assert [(len(step.parts), step.is_done) for step in steps[2:]] == [(1, False), (2, True), (2, True)]
    assert steps[4] == steps[3]
    assert [(part.first, part.last) for part in steps[4].parts] == [("SX01001", "SX01002"), ("SX01003", "SX01003")]
    for part in steps[4].parts:
        assert print_file.path_of(tmp_path, part.printed.key).read_bytes().startswith(b"%PDF")


@needs_pdf
def test_a_code_that_says_another_address_is_neither_kept_nor_printed(tmp_path: Path) -> None:
    cards = door_cards(3)

    def draw(text: str) -> bytes:
        return qr.emblem_png(cards[0].url if text == cards[2].url else text)

    for _ in range(2):
        with pytest.raises(UnreadableCode, match="SX01003 户的码"):
            card_run.go_on(tmp_path, HEADING, cards, NOW, draw=draw)
    assert list(tmp_path.glob("*.pdf")) == []
    assert len(list(tmp_path.glob("*.png"))) == 2


@needs_pdf
def test_plates_are_a_page_each_and_too_many_cards_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert card_run.go_on(tmp_path, HEADING, door_cards(2), NOW, per_sheet=1).is_done
    monkeypatch.setattr(card_run, "MOST", 1)
    with pytest.raises(BadInput, match="一组一组"):
        card_run.go_on(tmp_path, HEADING, door_cards(2), NOW)

"""`villagepoints cards` and `villagepoints card url`."""

from pathlib import Path

import pytest

from tests.commands.conftest import Run
from villagepoints.services import pdf


@pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
def test_cards_gives_out_what_is_missing_and_prints_every_household(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "cards.pdf"
    first = run("cards", "--village", "LY", "-o", str(out), "--per-sheet", "6")
    assert first.exit_code == 0
    assert "新发了 3 张码牌" in first.output
    assert out.read_bytes().startswith(b"%PDF")
    again = run("cards", "--village", "ly", "-o", str(out), "--group", "1")
    assert "新发了" not in again.output
    assert "3 张码牌，每个码都试读过了" in again.output
    assert "1 张码牌" in run("cards", "-o", str(out), "--household", "ly01002").output


@pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
@pytest.mark.parametrize("words", [("--group", "9"), ("--household", "LY99999"), ("--village", "xx")])
def test_what_is_not_there_is_said_and_no_file_is_written(run: Run, tmp_path: Path, words: tuple[str, str]) -> None:
    out = tmp_path / "cards.pdf"
    refused = run("cards", "-o", str(out), *words)
    assert refused.exit_code == 1
    assert "没有" in refused.output
    assert not out.exists()


def test_card_url_is_the_upper_case_address_on_the_door_the_same_every_time(run: Run) -> None:
    first = run("card", "url", "--village", "LY", "--household", "LY01001").output
    assert first.startswith("HTTPS://JIFEN.EXAMPLE.CN/Q/LY/")
    assert run("card", "url", "--household", "ly01001").output == first
    assert run("card", "url", "--household", "LY01002").output != first
    assert run("card", "url", "--household", "LY99999").exit_code == 1

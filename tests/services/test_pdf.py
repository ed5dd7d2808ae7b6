"""Without the extra `pdf` the pages still print, and what a font can draw is read from the font itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import Made
from tests.pages import Client
from villagepoints.services import glyphs, pdf

needs_pdf = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
WITHOUT = "import sys; sys.modules['typst'] = None\nfrom villagepoints.services import door_card, pdf, report_files\n"


def test_without_the_extra_everything_loads_and_a_pdf_is_refused_with_what_to_do_instead() -> None:
    asked = WITHOUT + "assert not pdf.available()\npdf.typeset('report.typ', {}, None)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, encoding="utf-8", check=False)
    assert "PdfUnavailable: 这台机器没有装做 PDF 的部件" in done.stderr
    assert "可以用网页打印" in done.stderr


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_desk_offers_no_pdf_where_there_is_none_and_says_so(
    client: Client, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_installed", False)
    client.sign_in(village.users["clerk"])
    page = client.get("/desk/cards").get_data(as_text=True)
    assert "没有装做 PDF 的部件" in page
    assert "cards/print" not in page
    assert "file.pdf" not in client.get("/desk/reports/2026-06").get_data(as_text=True)
    answer = client.get("/desk/reports/2026-06/file.pdf")
    assert answer.status_code == 501
    assert "可以用网页打印" in answer.get_data(as_text=True)


@needs_pdf
def test_coverage_is_what_the_font_s_own_table_says() -> None:
    import noto_cjk_sans_otc

    covered = glyphs.coverage(Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc", 2)
    assert {ord(char) for char in "王䶮0A－＋−"} <= covered
    assert 0x323B0 not in covered  # an ideograph of Unicode 15
    assert 0xE000 not in covered  # private use

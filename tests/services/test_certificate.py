"""The certificate of an honour: for what stands in the ledger, and for nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from tests.pages import Client
from villagepoints.domain.errors import NotFound, RuleBroken
from villagepoints.services import certificate, pdf, posting
from villagepoints.services.certificate import Certificate
from villagepoints.services.posting import Item

needs_pdf = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
HONOUR = Item(code="B4", occurred_on=TODAY, grade="镇级", occasion="好婆婆", note="评上了「好婆婆」。")
ONE = Certificate("SX-2026-001-1", "水新村", "张建国", "获得荣誉表彰（镇级）", "评上了「好婆婆」", TODAY)


def post(session: Session, village: Made, wanted: Item = HONOUR, key: str = "h") -> int:
    asked = {"household_id": village.household.id, "wanted": wanted, "now": NOW}
    return posting.record(session, village.clerk, key=key, **asked).seq  # type: ignore[arg-type]


def test_an_honour_that_was_posted_has_its_certificate_with_the_whole_name(session: Session, village: Made) -> None:
    seq = post(session, village)
    made = certificate.of_entry(session, village.id, village.household.id, seq)
    assert (made.number, made.holder, made.item) == ("SX-2026-001-1", "张建国", "获得荣誉表彰（镇级）")
    assert made.reason.startswith("评上了「好婆婆」")


def test_what_is_no_honour_was_undone_or_is_another_village_s_has_none(session: Session, village: Made) -> None:
    plain = post(session, village, Item(code="D2", occurred_on=TODAY), "p")
    undone = post(session, village)
    here = village.household.id
    posting.reverse(session, village.clerk, key="r", household_id=here, seq=undone, reason="记错了户", now=NOW)
    for seq in (plain, undone, undone + 1):
        with pytest.raises(RuleBroken):
            certificate.of_entry(session, village.id, here, seq)
    with pytest.raises(NotFound):
        certificate.of_entry(session, village.id, here, 99)
    with pytest.raises(NotFound):
        certificate.of_entry(session, make_village(session, "qt").id, here, plain)


def test_without_a_reason_it_still_reads_as_one_sentence() -> None:
    said = certificate.words(Certificate("N", "村", "张", "月度洁美家庭", "", TODAY), TODAY)["text"]
    assert said == "2026年6月15日，村里给你家记下「月度洁美家庭」这份荣誉。特发此证，以资鼓励。"


@needs_pdf
def test_the_same_certificate_is_the_same_file(tmp_path: Path) -> None:
    made = certificate.as_pdf(ONE, TODAY, NOW)
    assert made.startswith(b"%PDF")
    assert certificate.as_pdf(ONE, TODAY, NOW) == made
    if reader := shutil.which("pdftotext"):
        (tmp_path / "one.pdf").write_bytes(made)
        read = subprocess.run([reader, tmp_path / "one.pdf", "-"], capture_output=True, check=True)
        text = "".join(read.stdout.decode().split())
        for words in certificate.words(ONE, TODAY).values():
            assert words.replace(" ", "") in text


@needs_pdf
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_household_s_statement_leads_to_it(client: Client, session: Session, village: Made) -> None:
    seq = post(session, village)
    client.sign_in(village.users["clerk"])
    page = f"/desk/households/{village.household.id}"
    place = f"{page}/entries/{seq}/certificate.pdf"
    assert place in client.get(page).get_data(as_text=True)
    answer = client.get(place)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"

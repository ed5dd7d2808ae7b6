"""`villagepoints report`: the same month as page, workbook, JSON and PDF."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from villagepoints.services import pdf


@pytest.mark.parametrize(
    ("form", "begin"), [("html", b"\n<!doctype html>"), ("xlsx", b"PK"), ("json", b"{"), ("pdf", b"%PDF")]
)
def test_a_month_is_written_in_each_format(run: Run, tmp_path: Path, form: str, begin: bytes) -> None:
    if form == "pdf" and not pdf.available():
        pytest.skip("the extra `pdf` is not installed")
    out = tmp_path / f"report.{form}"
    written = run("report", "2026-01", "--village", "LY", "--format", form, "-o", str(out))
    assert written.exit_code == 0, written.output
    assert out.read_bytes().lstrip().startswith(begin.lstrip())


def test_the_page_stands_alone(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    run("report", "2026-01", "--format", "html", "-o", str(out))
    page = out.read_text("utf-8")
    assert "绿叶村" in page
    assert "积分月报" in page
    assert not any(word in page for word in ("href=", "src=", "<script"))


def test_the_json_names_village_and_month(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    run("report", "2026-01", "--format", "json", "-o", str(out))
    said = json.loads(out.read_text("utf-8"))
    assert (said["village"], said["month"], said["households"]) == (
        "绿叶村",
        "2026-01",
        {"resident": 3, "relocated": 0},
    )


def test_what_is_no_month_is_refused_and_no_file_is_written(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    refused = run("report", "2026-13", "--format", "json", "-o", str(out))
    assert refused.exit_code == 1
    assert "请写成 2026-01" in refused.output
    assert not out.exists()


def test_the_books_can_be_those_of_a_seal_or_of_now(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    assert run("seal", "--village", "LY").exit_code == 0
    stands_on = {}
    for as_of in ("1", "now"):
        assert run("report", "2026-01", "--format", "json", "-o", str(out), "--as-of", as_of).exit_code == 0
        stands_on[as_of] = json.loads(out.read_text("utf-8"))["stands_on"]
    assert stands_on == {"1": 1, "now": None}
    for wrong, sentence in (("9", "没有第 9 次封账"), ("最新", "不是封账的号")):
        refused = run("report", "2026-01", "--format", "json", "-o", str(out), "--as-of", wrong)
        assert (refused.exit_code, sentence in refused.output) == (1, True)

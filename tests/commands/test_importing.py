"""`villagepoints import` and `villagepoints stats`, as a clerk's helper types them."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.workbooks import EVENT_HEADER, xlsx

ROW = ["2026-1-5", "LY01001", "王建明", "D1", 15, "河道保洁", "俞文书"]


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "明细.xlsx"
    path.write_bytes(xlsx({"明细": [EVENT_HEADER, ROW]}))
    return str(path)


def test_a_file_is_tried_imported_and_known_again(run: Run, good: str) -> None:
    tried = run("import", "events", good, "--village", "LY", "--dry-run")
    assert (tried.exit_code, "会记上：新 1 行" in tried.output) == (0, True)
    done = run("import", "events", good, "--village", "LY", "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["new"], said["totals"]["added"]) == (0, 1, 15)
    again = run("import", "events", good, "--village", "ly")
    assert (again.exit_code, "以前都导入过了" in again.output) == (0, True)
    figures = json.loads(run("stats", "--village", "ly", "--json", "--balances").stdout)
    assert (figures["event_rows"], figures["balance_of"]["LY01001"]) == (1, 15)


def test_refused_rows_leave_with_1_and_their_places(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "明细.xlsx"
    path.write_bytes(xlsx({"明细": [EVENT_HEADER, ROW, ["1月6日", *ROW[1:]]]}))
    shown = run("import", "events", str(path), "--village", "ly")
    assert shown.exit_code == 1
    assert "明细 第 3 行 A 日期「1月6日」：日期没有写年份" in shown.output
    said = json.loads(run("import", "events", str(path), "--village", "ly", "--json").stdout)
    assert said["refused"] == 1
    assert said["problems"][0].items() >= {"sheet": "明细", "row": 3, "column": "A 日期", "value": "1月6日"}.items()
    assert json.loads(run("stats", "--village", "ly", "--json").stdout)["event_rows"] == 0


def test_an_unusable_file_or_a_missing_predecessor_leaves_with_2(run: Run, good: str, tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04")
    for kind, path, words in (
        ("events", str(tmp_path / "x.xlsx"), "坏了"),
        ("events", str(tmp_path / "nope.xlsx"), "找不到"),
        ("redemptions", good, "没有找到表头"),
        ("rulebook", good, ".toml"),
    ):
        answer = run("import", kind, path, "--village", "ly", "--json")
        assert answer.exit_code == 2, path
        assert words in answer.stderr
        assert words in json.loads(answer.stdout)["error"]
    assert run("import", "nonsense", good).exit_code == 2

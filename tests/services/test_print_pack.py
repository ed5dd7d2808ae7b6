"""The print pack: the same bytes each time, nobody named where nobody may be, and figures that add up."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward, village_of
from tests.services.test_redemption import give
from villagepoints import qr, qr_reader
from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, NotFound
from villagepoints.models import Counter, Finding
from villagepoints.services import pdf, posting, print_file, print_labels, print_pack, print_run, print_statements
from villagepoints.services.door_card import UnreadableCode
from villagepoints.services.posting import Item
from villagepoints.services.print_code import readable
from villagepoints.services.print_file import Sheets
from villagepoints.services.print_pack import PAPERS, Asked

JUNE = Month(2026, 6)
URL = "https://jifen.example.cn/v/sx/reports/2026-06"
needs_pdf = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def month(session: Session, village: Made) -> Made:
    """A month with a gain, a loss, a finding that waits, and a counter."""
    give(session, village, 100)
    deed = Item(code="D1", occurred_on=TODAY, quantity=2, note="河道保洁志愿服务 2 小时")
    posting.record(session, village.clerk, key="p1", household_id=village.household.id, wanted=deed, now=NOW)
    found = {"rulebook_version": 1, "item_code": "A1", "found_on": TODAY, "note": "宅前有 1 处乱堆物"}
    when = {"rectify_by": date(2026, 6, 22), "counts_on": date(2026, 6, 22), "recorded_at": NOW}
    of_home = {"village_id": village.id, "household_id": village.household.id, "status": "persuaded"}
    session.add(Finding(**of_home, **found, **when))
    session.add(Counter(village_id=village.id, name="小店", place="村口", hours="周一、周五 8:00–11:00"))
    session.commit()
    return village


def made_ready(session: Session, village: Made, what: str, **more: Any) -> Sheets:
    return print_pack.sheets(
        session, village_of(session, village), Asked(what=what, month=JUNE, **more), TODAY, url=URL
    )


@needs_pdf
@sqlite
@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_every_paper_comes_out_the_same_byte_for_byte(
    session: Session, month: Made, tmp_path: Path, paper: str
) -> None:
    for what in (*PAPERS, "statements-none"):
        sheets = made_ready(session, month, what, paper=paper)
        first = print_file.made(tmp_path, sheets)
        content = print_file.path_of(tmp_path, first.key).read_bytes()
        assert content.startswith(b"%PDF")
        if what in ("board", "persuasion"):  # typeset twice; for the others equal data is enough
            print_file.path_of(tmp_path, first.key).unlink()
            assert print_file.made(tmp_path, sheets) == first
        assert made_ready(session, month, what, paper=paper) == sheets
        assert first.gaps == ()


def test_the_board_masks_names_of_gains_and_names_nobody_for_losses(session: Session, month: Made) -> None:
    data = made_ready(session, month, "board").data
    lines = [line for item in data["gains"] for line in item["lines"]]
    assert ["张*国", "", "＋10"] in lines
    assert "张建国" not in str(data)
    assert all(len(row) == 3 for row in data["losses"])


def test_the_board_s_code_and_those_of_labels_say_their_address(session: Session, month: Made, tmp_path: Path) -> None:
    assert qr_reader.decode(made_ready(session, month, "board").files["code.png"]) == URL
    oil = make_reward(session, month.id, points=200, name="食用油 5L")
    address = f"https://jifen.example.cn/v/sx/goods/{oil.id}"
    sources = print_labels.Sources(tmp_path, lambda _id: address, lambda _name: '<svg viewBox="0 0 1 1"></svg>')
    sheets = print_labels.labels(session, village_of(session, month), {oil.id: 3}, sources, paper="a4")
    assert len(sheets.data["labels"]) == 3
    assert qr_reader.decode(sheets.files["code0.png"]) == address
    with pytest.raises(BadInput, match="没有勾"):
        print_labels.labels(session, village_of(session, month), {UUID(int=1): 1}, sources, paper="a4")


def test_a_code_that_says_something_else_is_never_offered() -> None:
    with pytest.raises(UnreadableCode):
        readable("https://a.cn/1", draw=lambda _text: qr.plain_png("https://a.cn/2"))


def test_the_poster_carries_both_texts_of_an_item(session: Session, month: Made) -> None:
    items = {
        item["code"]: item for part in made_ready(session, month, "rules").data["categories"] for item in part["items"]
    }
    assert items["A1"]["name"] == "宅前屋后无乱堆物"
    assert "楼道与公共部位无堆物" in items["A1"]["relocated"]
    assert (items["A2"]["relocated"], items["D1"]["points"]) == ("", "＋5")


def test_a_notice_of_persuasion_says_until_when_and_a_blank_one_leaves_room(session: Session, month: Made) -> None:
    (slip,) = made_ready(session, month, "persuasion").data["slips"]
    assert (slip["to"], slip["until"]) == ("张建国 家：", "2026年6月22日前改好，一分不扣。")
    assert "当月基础分 −5 分" in slip["then"]
    blank = made_ready(session, month, "persuasion-blank").data["slips"][0]
    assert "____" in blank["until"]


def test_the_objection_form_says_the_days_of_the_rule_book(session: Session, month: Made) -> None:
    data = made_ready(session, month, "objection").data
    assert "7 个工作日内答复，最晚 15 天" in data["rule"]


def test_a_statement_adds_up_and_shows_only_its_month(session: Session, month: Made) -> None:
    homes = made_ready(session, month, "statements-none").data["homes"]
    assert [home["number"] for home in homes] == ["001", "002", "003"]
    assert homes[0]["rows"][-1][1:] == ["D1 河道保洁志愿服务 2 小时", "＋10"]
    before = print_pack.sheets(
        session, village_of(session, month), Asked(what="statements-none", month=JUNE - 1), TODAY, url=URL
    )
    assert before.data["homes"][0]["rows"] == []


KINDS = st.sampled_from(
    [
        (ledger.AWARD, 1, "contribution"),
        (ledger.PENALTY, -1, "penalty"),
        (ledger.REDEMPTION, -1, None),
        (ledger.REFUND, 1, None),
        (ledger.REVERSAL, -1, "contribution"),
        (ledger.REVERSAL, 1, "penalty"),
        (ledger.EXPIRY, -1, None),
        (ledger.OPENING, 1, None),
    ]
)


@settings(max_examples=60)
@given(st.lists(st.tuples(KINDS, st.integers(1, 500))))
def test_every_entry_counts_under_one_figure(entries: list[tuple[tuple[str, int, str | None], int]]) -> None:
    sums = {"gained": 0, "lost": 0, "spent": 0, "other": 0}
    for (kind, sign, item_kind), size in entries:
        line = _Line(kind, sign * size, item_kind)
        sums[print_statements._column(line)] += line.points  # type: ignore[arg-type]
        if kind == ledger.REVERSAL:  # it takes back from the side on which its entry stood
            side = "lost" if item_kind == "penalty" else "gained"
            assert print_statements._column(line) == side  # type: ignore[arg-type]
    assert sum(sums.values()) == sum(sign * size for (_kind, sign, _item), size in entries)


class _Line:
    def __init__(self, kind: str, points: int, item_kind: str | None) -> None:
        self.kind, self.points, self.item_kind = kind, points, item_kind


def test_what_cannot_be_printed_is_refused(session: Session, month: Made) -> None:
    with pytest.raises(NotFound):
        made_ready(session, month, "nonsense")
    for more in (
        {"what": "statements-7"},
        {"what": "statements-none", "per_page": 3},
        {"what": "rules", "paper": "a5"},
    ):
        with pytest.raises(BadInput):
            made_ready(session, month, **more)  # type: ignore[arg-type]


def test_a_run_makes_a_few_at_a_time_and_never_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_run, "WORTH", -1)
    asked: list[str] = []

    def make(name: str) -> print_file.Printed | str:
        asked.append(name)
        return "没有做" if name == "b" else print_file.Printed(name, name * 3, name, ("字",))

    lefts = [print_run.go_on(tmp_path, ["r"], ["a", "b", "c"], make)[1] for _ in range(4)]
    assert (lefts, asked) == ([2, 1, 0, 0], ["a", "b", "c"])
    done, _left = print_run.go_on(tmp_path, ["r"], ["a", "b", "c"], make)
    assert [(one.key, one.gaps, one.refusal) for one in done] == [
        ("aaa", ("字",), ""),
        ("", (), "没有做"),
        ("ccc", ("字",), ""),
    ]


def test_files_are_swept_after_a_day(tmp_path: Path) -> None:
    place = print_file.folder(tmp_path, "cards", UUID(int=1))
    assert place.stat().st_mode & 0o77 == 0
    print_file.keep(place / "a.pdf", b"x")
    now = datetime.now(UTC)
    print_file.sweep(tmp_path, now)
    assert (place / "a.pdf").exists()
    print_file.sweep(tmp_path, now + timedelta(days=1, minutes=1))
    assert not (place / "a.pdf").exists()

"""Monthly score sheets: the month from sheet, title or column; every item, 0 too; a month is scored once."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Made
from tests.workbooks import BASE, FULL_SCORE, NOW, Rows, bring_in, sentences, xlsx
from villagepoints.models import LedgerEntry
from villagepoints.services.importing import batches
from villagepoints.services.importing.result import ImportResult, Unusable

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
HEADER = ["户号", "户主", *BASE, "合计"]


def scores(number: str, **changes: Any) -> list[Any]:
    """A row of full points but for the items named."""
    points = [changes.get(code, full) for code, full in zip(BASE, FULL_SCORE, strict=True)]
    total = sum(value for value in points if isinstance(value, int))
    return [number, "", *points, changes.get("total", total)]


def bring(session: Session, village: Made, sheets: dict[str, Rows], **options: Any) -> ImportResult:
    return bring_in(session, village.clerk, "base-scores", xlsx(sheets), **options)


def posted(session: Session) -> list[LedgerEntry]:
    session.rollback()
    return list(session.scalars(select(LedgerEntry).order_by(LedgerEntry.household_id, LedgerEntry.seq)))


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("2025年8月", [HEADER, scores("001")]),
        ("2025-08", [HEADER, scores("001")]),
        ("Sheet1", [["某村2025年8月基础分评分表"], ["填报日期：2025年9月3日"], HEADER, scores("001")]),
        ("Sheet1", [["月份", *HEADER], ["202508", *scores("001")]]),
        ("Sheet1", [["月份", *HEADER], [date(2025, 8, 15), *scores("001")]]),
    ],
)
def test_the_month_stands_in_the_sheet_the_title_or_a_column(
    session: Session, village: Made, name: str, rows: Rows
) -> None:
    result = bring(session, village, {name: rows})
    assert sentences(result) == []
    assert {entry.occurred_on for entry in posted(session)} == {date(2025, 8, 31)}


def test_every_item_is_recorded_a_zero_too(session: Session, village: Made) -> None:
    assert bring(session, village, {"2025年8月": [HEADER, scores("001", A2=0)]}).totals["base"] == 85
    assert [(entry.item_code, entry.points) for entry in posted(session)] == [
        (code, 0 if code == "A2" else points) for code, points in zip(BASE, FULL_SCORE, strict=True)
    ]


def test_headers_may_be_the_items_words_over_two_rows(session: Session, village: Made) -> None:
    top = ["户号", "户主", "人居环境", "", "", "", "", *[""] * 5, "合计"]
    names = ["", "", "A1宅前屋后无乱堆物", "楼道无堆物（A2）", *BASE[2:], ""]
    names[3] = "生活垃圾分类投放到位"
    content = xlsx({"2025年8月": [top, names, scores("001")]}, ["A1:A2", "B1:B2", "C1:G1", "M1:M2"])
    assert sentences(bring_in(session, village.clerk, "base-scores", content)) == []
    assert len(posted(session)) == 10


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        (scores("001", A3=""), "E A3「」", "填 0"),
        (scores("001", A3=-2), "E A3「-2」", "最少是 0"),
        (scores("001", A3="优"), "E A3「优」", "整数"),
        (scores("001", total=99), "M 合计「99」", "100 分对不上"),
        (scores("999"), "A 户号「999」", "花名册里没有"),
    ],
)
def test_a_fault_is_named_with_its_cell(
    session: Session, village: Made, row: list[Any], place: str, words: str
) -> None:
    result = bring(session, village, {"2025年8月": [HEADER, scores("002"), row]})
    assert len(result.problems) == 1
    assert sentences(result)[0].startswith(f"2025年8月 3 {place}")
    assert words in result.problems[0].text
    assert posted(session) == []


def test_more_than_the_item_has_is_recorded_and_reported(session: Session, village: Made) -> None:
    result = bring(session, village, {"2025年8月": [HEADER, scores("001", A1=30)]})
    assert ["A1 每月最多 25 分" in warning.text for warning in result.warnings] == [True]
    assert result.totals["base"] == 105


def test_a_month_is_scored_once(session: Session, village: Made) -> None:
    first = bring(session, village, {"2025年8月": [HEADER, scores("001")]})
    assert bring(session, village, {"8月": [["2025年8月"], HEADER, scores("001")]}).nothing_new
    other = bring(session, village, {"2025年8月": [HEADER, scores("001", A1=20), scores("002")]})
    assert "已经评过基础分（100 分）" in other.problems[0].text
    assert len(posted(session)) == 10
    batches.take_back(session, village.clerk, batch_id=first.batch_id, reason="评错", key="k", now=NOW)
    assert bring(session, village, {"2025年8月": [HEADER, scores("001", A1=20), scores("002")]}).new == 2


def test_a_household_stands_once_in_a_month(session: Session, village: Made) -> None:
    result = bring(session, village, {"2025年8月": [HEADER, scores("001")], "2025-08": [HEADER, scores("001", A1=5)]})
    assert "「2025年8月」第 2 行已经有了" in result.problems[0].text


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({"Sheet1": [HEADER, scores("001")]}, "哪年哪月"),
        ({"2025年8月": [["2025年9月评分表"], HEADER, scores("001")]}, "请改成同一个月"),
        ({"2025年8月": [["户号", *BASE[:-1]], ["001", *FULL_SCORE[:-1]]]}, "缺「C3」"),
        ({"2025年8月": [["户号", *BASE, "D1"], ["001", *FULL_SCORE, 5]]}, "「D1」不是基础分"),
    ],
)
def test_a_sheet_that_cannot_be_read_as_a_whole_says_why(
    session: Session, village: Made, sheets: dict[str, Rows], words: str
) -> None:
    with pytest.raises(Unusable, match=words):
        bring(session, village, sheets)

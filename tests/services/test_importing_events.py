"""The register of additions and deductions: every fault is named with its place, and nothing goes in by halves."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.databases import Databases
from tests.factories import Made
from tests.workbooks import EVENT_HEADER, NOW, bring_in, sentences, wide, xls, xlsx
from villagepoints.models import EntryText, Household, LedgerEntry
from villagepoints.services.importing.result import Unusable


# one database is enough for reading files; what differs between the two is named at its test
@pytest.fixture
def database(databases: Databases, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    settled = "village" in request.fixturenames
    url = databases.fresh(getattr(request, "param", "sqlite"), tmp_path, settled=settled)
    yield url
    databases.drop(url)


ROW = [date(2026, 1, 5), "001", "张建国", "D1", 15, "河道保洁3小时", "俞文书"]


def with_(**changes: object) -> list[object]:
    """The row with some cells changed, by their header's field."""
    fields = ("day", "household", "head", "item", "points", "note", "recorder")
    return [changes.get(name, value) for name, value in zip(fields, ROW, strict=True)]


def events(*rows: list[object]) -> bytes:
    return xlsx({"明细": [["某村加分扣分明细"], EVENT_HEADER, *rows]})


def entries(session: Session) -> list[LedgerEntry]:
    session.rollback()
    return list(session.scalars(select(LedgerEntry).order_by(LedgerEntry.household_id, LedgerEntry.seq)))


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"day": "8月1日"}, "A 日期「8月1日」", "没有写年份"),
        ({"day": "2025-2-30"}, "A 日期", "没有这一天"),
        ({"day": 45870.0}, "A 日期「45870」", "格式设为「日期」"),
        ({"day": "昨天"}, "A 日期「昨天」", "写成 2025-8-1"),
        ({"day": ""}, "A 日期「」", "空着"),
        ({"day": "2062-01-05"}, "A 日期", "还没到"),
        ({"household": "SX9"}, "B 户号「SX9」", "花名册里没有户号 SX9"),
        ({"item": "Z9"}, "D 项目编号「Z9」", "办法里没有这一项"),
        ({"item": ""}, "D 项目编号「」", "空着"),
        ({"item": "A1"}, "D 项目编号「A1」", "基础分评分表"),
        ({"points": "十五"}, "E 分值「十五」", "整数"),
        ({"points": 15.5}, "E 分值「15.5」", "小数"),
        ({"points": 0}, "E 分值「0」", "是 0"),
        ({"points": -15}, "E 分值「-15」", "不能是负数"),
        ({"item": "A7", "points": 20}, "E 分值「20」", "-20"),
        ({"points": 1e300}, "E 分值", "太大"),
        ({"note": "长" * 300}, "F 事由", "最多 200"),
    ],
)
def test_a_fault_is_named_with_its_cell_and_the_file_stays_out(
    session: Session, village: Made, changes: dict[str, object], place: str, words: str
) -> None:
    result = bring_in(session, village.clerk, "events", events(ROW, with_(**changes)))
    assert len(result.problems) == 1
    assert sentences(result)[0].startswith(f"明细 4 {place}")
    assert words in result.problems[0].text
    assert entries(session) == []


def test_every_fault_of_a_row_is_named_at_once(session: Session, village: Made) -> None:
    row = with_(day="8月1日", household="无", points="x")
    result = bring_in(session, village.clerk, "events", events(row))
    assert [problem.column[0] for problem in result.problems] == ["A", "B", "E"]
    assert result.refused == 1


def test_an_entry_keeps_item_grade_quantity_note_and_recorder(session: Session, village: Made) -> None:
    rows = [
        ROW,
        with_(item="B4", points=100),
        with_(item="A7", points=-20),
        with_(item="志愿服务 ", points=wide("10") + "分"),
    ]
    assert sentences(bring_in(session, village.clerk, "events", events(*rows))) == []
    found = entries(session)
    assert [(e.item_code, e.kind, e.points, e.grade, e.quantity, e.origin) for e in found] == [
        ("D1", "award", 15, None, 3, "import"),
        ("B4", "award", 100, "区级", 1, "import"),
        ("A7", "penalty", -20, None, 1, "import"),
        ("D1", "award", 10, None, 2, "import"),
    ]
    texts = session.scalars(select(EntryText)).all()
    assert {(text.note, text.recorder) for text in texts} == {("河道保洁3小时", "俞文书")}
    session.expire_all()
    assert session.get_one(Household, (village.id, village.household.id)).balance == 105


def test_what_breaks_a_rule_is_recorded_and_reported(session: Session, village: Made) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(6)]
    rows = [with_(day=day, points=20) for day in days]  # 120 of at most 100 a month
    rows += [with_(item="B4", points=33), with_(item="B3", points=40), with_(item="A6", points=20)]
    result = bring_in(session, village.clerk, "events", events(*rows))
    assert result.problems == []
    said = [warning.text for warning in result.warnings]
    assert any("D1 当月最多 100 分" in sentence for sentence in said)
    assert any("B4 没有 33 分这个等次" in sentence for sentence in said)
    assert any("B3 按办法是 30 分" in sentence for sentence in said)
    assert any("A6 这个月这一类住户最多评 0 户" in sentence for sentence in said)
    assert len(entries(session)) == 9


def test_the_caps_count_what_is_in_the_books_already(session: Session, village: Made) -> None:
    bring_in(session, village.clerk, "events", events(*[with_(day=date(2026, 1, n), points=20) for n in range(1, 6)]))
    result = bring_in(session, village.clerk, "events", events(with_(day=date(2026, 1, 20), points=5)))
    assert ["D1 当月最多 100 分" in warning.text for warning in result.warnings] == [True]


def test_entries_follow_the_calendar_not_the_file(session: Session, village: Made) -> None:
    rows = [with_(day=f"2026-1-{day}") for day in (9, 3, 7)]
    bring_in(session, village.clerk, "events", events(*rows))
    assert [entry.occurred_on.day for entry in entries(session)] == [3, 7, 9]


def test_equal_rows_of_one_file_all_count_and_count_once(session: Session, village: Made) -> None:
    assert bring_in(session, village.clerk, "events", events(ROW, ROW)).new == 2
    again = bring_in(session, village.clerk, "events", events(ROW, with_(note="另一件"), ROW, ROW))
    assert (again.new, again.unchanged) == (2, 2)
    assert len(entries(session)) == 4


def test_the_same_rows_written_otherwise_are_the_same_rows(session: Session, village: Made) -> None:
    bring_in(session, village.clerk, "events", events(ROW))
    lines = [
        "记录人,项目编号,分值,事由,户号,日期",
        f"俞文书,{wide('D1')},{wide('15')},河道保洁3小时, {wide('001')} ,2026年1月5日",
    ]
    for content, name in (
        ("\n".join(lines).encode("gb18030"), "明细.csv"),
        ("\n".join(lines).encode("utf-16"), "明细.csv"),
        (xlsx({"x": [EVENT_HEADER, with_(household=1, day="2026.1.5")]}, date_1904=True), "y.xlsx"),
        (xls([EVENT_HEADER, with_(day="20260105")]), "旧.xls"),  # type: ignore[list-item]
    ):
        result = bring_in(session, village.clerk, "events", content, name)
        assert sentences(result) == []
        assert (result.new, result.unchanged) == (0, 1), name


def test_another_name_beside_the_number_is_reported(session: Session, village: Made) -> None:
    result = bring_in(session, village.clerk, "events", events(with_(head="李 秀 英")))
    assert [warning.column for warning in result.warnings] == ["C 户主"]
    assert result.new == 1


def test_totals_blank_lines_titles_and_signatures_are_no_rows(session: Session, village: Made) -> None:
    rows = [
        ["某村明细"],
        [],
        ["序号", *EVENT_HEADER],
        [1, *ROW],
        [2],
        ["", " ", ""],
        ["序号", *EVENT_HEADER],
        [3, *with_(note="第二件")],
        ["合 计", "", "", "", "", 30],
        ["填表人：俞文书", "", "审核人：张主任"],
    ]
    result = bring_in(session, village.clerk, "events", xlsx({"说明": [["这是说明"]], "明细": rows}))
    assert sentences(result) == []
    assert result.new == 2
    assert [warning.sheet for warning in result.warnings if not warning.row] == ["说明"]


def test_a_missing_column_is_named_with_the_spellings_that_would_do(session: Session, village: Made) -> None:
    with pytest.raises(Unusable, match="户号／户编号／门牌号"):
        bring_in(session, village.clerk, "events", xlsx({"x": [["日期", "项目编号", "分值"], ["2026-1-1", "D1", 5]]}))
    with pytest.raises(Unusable, match="一行数据也没有"):
        bring_in(session, village.clerk, "events", xlsx({"x": [EVENT_HEADER]}))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_same_file_from_two_desks_at_once_counts_once(
    session: Session, village: Made, sessions: Callable[[], Session]
) -> None:
    lines = [EVENT_HEADER, *(with_(note=f"第{n}件") for n in range(200))]
    content, start = "\n".join(",".join(map(str, line)) for line in lines).encode(), threading.Barrier(4)

    def desk() -> tuple[int, int]:
        with sessions() as own:
            start.wait()
            result = bring_in(own, village.clerk, "events", content, "明细.csv")
            return result.new, result.unchanged

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result() for future in [pool.submit(desk) for _ in range(4)]]
    assert sorted(answers) == [(0, 200), (0, 200), (0, 200), (200, 0)]
    assert len(entries(session)) == 200


def test_a_day_that_has_not_come_is_reported(session: Session, village: Made) -> None:
    result = bring_in(session, village.clerk, "events", events(with_(day=NOW.date() + timedelta(days=9))))
    assert (result.new, len(result.warnings)) == (1, 1)

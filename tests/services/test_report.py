"""The month's report: small books added up by hand, month borders, reversals, and the files made of it."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput
from villagepoints.domain.ledger import AWARD, IMPORT, OPENING, PAGE, PENALTY, Draft
from villagepoints.domain.report import MonthReport, Taken
from villagepoints.domain.seal import fingerprint as fingerprint_of
from villagepoints.services import (
    pdf,
    posting,
    redemption,
    report,
    report_files,
    report_json,
    report_tables,
    report_workbook,
    seal,
)
from villagepoints.services import village as villages
from villagepoints.services.importing.run import import_file
from villagepoints.services.report_tables import Source

MAY, JUNE, JULY = Month(2026, 5), Month(2026, 6), Month(2026, 7)
DATA = Path(__file__).parent.parent / "data"
SOURCE = Source("盛新村", NOW)
KINDS = {"A7": PENALTY}


def draft(household_id: UUID, code: str | None, points: int, on: date, **values: Any) -> Draft:
    kind = values.pop("kind", KINDS.get(code or "", AWARD))
    return Draft(
        household_id=household_id,
        kind=kind,
        points=points,
        occurred_on=on,
        origin=values.pop("origin", PAGE),
        rulebook_version=1 if code else None,
        item_code=code,
        **values,
    )


def post(session: Session, village: Made, *drafts: Draft, at: datetime = NOW) -> None:
    posting.post(session, village.id, drafts, at)
    session.commit()


def of(session: Session, village: Made, month: Month, today: date = date(2026, 8, 1)) -> MonthReport:
    session.rollback()
    session.expire_all()
    return report.month_report(session, village.id, month, today)


@pytest.fixture
def books(session: Session, village: Made) -> Made:
    """Two months of three households: A and C resident, B relocated."""
    a, b, c = (household.id for household in village.households)
    post(
        session,
        village,
        draft(a, None, 40, date(2026, 4, 30), kind=OPENING),
        draft(a, "A1", 25, MAY.last),
        draft(b, "A1", 20, MAY.last),
        draft(a, "A1", 20, JUNE.last),
        draft(b, "A1", 15, JUNE.last),
        draft(c, "A1", 25, JUNE.last),
        draft(a, "D1", 10, JUNE.first),
        draft(b, "B4", 150, JUNE.last),
        draft(b, "A7", -50, date(2026, 6, 10)),
        draft(c, "D1", 5, JULY.first),
    )
    return village


def test_a_small_ledger_adds_up_as_by_hand(session: Session, books: Made) -> None:
    june = of(session, books, JUNE)
    assert june.households == {"resident": 2, "relocated": 1}
    assert (june.now.generated, june.now.deducted, june.now.redeemed) == (220, 50, 0)
    assert (june.now.brought_forward, june.now.outstanding) == (85, 255)
    assert (june.before.generated, june.before.outstanding, june.before.brought_forward) == (45, 85, 40)
    assert (june.entries, june.large) == (6, 1)
    lines = {group.line.code: group.line for group in june.groups}
    assert (lines["A"].now.base, lines["A"].now.deduction) == (60, -50)
    assert lines["A"].now.by_residency == {"resident": 45, "relocated": -35}
    assert (lines["B"].now.contribution, lines["D"].now.contribution) == (150, 10)
    assert june.average(lines["A"].now, "resident") == Decimal("22.5")
    assert june.total.change == Decimal("277.8")  # 170 after 45
    assert june.months == ((MAY, 45, 0), (JUNE, 220, 0))


def test_the_first_and_the_last_day_belong_to_their_month(session: Session, books: Made) -> None:
    assert of(session, books, JULY).now.generated == 5
    assert of(session, books, MAY).now.generated == 45


def test_an_opening_balance_is_no_generated_point(session: Session, books: Made) -> None:
    april = of(session, books, Month(2026, 4))
    assert (april.now.generated, april.now.other, april.now.outstanding) == (0, 40, 40)


@pytest.mark.parametrize(("month", "june", "july"), [(6, 210, 5), (7, 220, -5)])
def test_a_reversal_counts_in_the_month_in_which_it_was_made(
    session: Session, books: Made, month: int, june: int, july: int
) -> None:
    a = books.household.id
    made_at = datetime(2026, month, 20, 2, tzinfo=UTC)
    posting.reverse(session, books.clerk, key="r", household_id=a, seq=4, reason="记重了", now=made_at)
    assert of(session, books, JUNE).now.generated == june
    assert of(session, books, JULY).now.generated == july
    assert of(session, books, JULY).now.outstanding == 250
    deeds = next(group for group in of(session, books, Month(2026, month)).groups if group.line.code == "D")
    assert deeds.line.now.contribution == (0 if month == 6 else -5)


def test_a_reversed_deduction_lowers_the_deductions_and_generates_nothing(session: Session, books: Made) -> None:
    b = books.households[1].id
    posting.reverse(session, books.clerk, key="r", household_id=b, seq=4, reason="查错了户", now=NOW)
    june = of(session, books, JUNE)
    assert (june.now.generated, june.now.deducted, june.now.outstanding) == (220, 0, 305)


def test_the_day_is_the_village_s_not_greenwich_s(session: Session, village: Made) -> None:
    last_minute = datetime(2026, 6, 30, 15, 59, tzinfo=UTC)  # 23:59 in the village
    first_minute = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)  # midnight of 1 July in the village
    for key, at in (("k1", last_minute), ("k2", first_minute)):
        post(session, village, draft(village.household.id, "D1", 5, date(2026, 5, 3), note=key), at=at)
    assert of(session, village, JUNE).late == {PAGE: 1}
    assert of(session, village, JULY).late == {PAGE: 1}


def test_what_is_recorded_later_for_an_earlier_month_is_counted_as_late(session: Session, books: Made) -> None:
    post(session, books, draft(books.household.id, "D1", 5, date(2026, 6, 2)), at=datetime(2026, 7, 3, tzinfo=UTC))
    imported = draft(books.household.id, "D1", 5, date(2026, 5, 2), origin=IMPORT)
    post(session, books, imported, at=datetime(2026, 7, 3, tzinfo=UTC))
    july = of(session, books, JULY)
    assert july.late == {PAGE: 1, IMPORT: 1}
    assert any("补记以前月份的 2 条，其中导入 1 条" in note for note in report_tables.notes(july))
    assert of(session, books, JUNE).now.generated == 225


def test_redemptions_are_told_by_channel_and_goods_without_what_was_given_back(session: Session, books: Made) -> None:
    oil = make_reward(session, books.id, points=60, name="食用油")
    salt = make_reward(session, books.id, points=8, name="食盐")
    a, b = books.households[0].id, books.households[1].id

    def serve(key: str, household: UUID, lines: list[tuple[UUID, int]], channel: str) -> redemption.Receipt:
        return redemption.serve(
            session,
            books.clerk,
            household_id=household,
            lines=lines,
            channel=channel,
            key=key,
            now=NOW,
            proxy_name="女儿",
        )

    serve("1", b, [(oil.id, 1), (salt.id, 2)], "proxy")
    serve("2", b, [(salt.id, 1)], "counter")
    own = redemption.reserve(session, books.villager(), household_id=a, lines=[(salt.id, 1)], key="3", now=NOW)
    lost = redemption.reserve(session, books.villager(), household_id=a, lines=[(salt.id, 3)], key="4", now=NOW)
    redemption.cancel(session, books.clerk, redemption_id=lost.redemption_id, reason="不要了", key="5", now=NOW)
    assert own.points == 8
    june = of(session, books, JUNE)
    assert june.channels == (Taken("self", 1, 8), Taken("counter", 1, 8), Taken("proxy", 1, 76))
    assert june.goods == (Taken("食用油", 1, 60), Taken("食盐", 4, 32))
    assert june.now.redeemed == 92 == sum(one.points for one in june.goods)
    assert june.self_share == Decimal("33.3")


def test_a_month_that_still_runs_is_not_compared(session: Session, books: Made) -> None:
    running = of(session, books, JUNE, today=JUNE.last)
    assert not running.is_over
    for table in report_tables.tables(running):
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                assert column.kind != "change" or cell is None
    assert of(session, books, JUNE, today=JULY.first).is_over


def test_another_village_s_books_are_not_counted(session: Session, books: Made) -> None:
    from tests.factories import make_village

    other = make_village(session, "qt")
    post(session, other, draft(other.household.id, "D1", 5, JUNE.first))
    assert of(session, books, JUNE).now.generated == 220
    assert of(session, other, JUNE).now.generated == 5


def test_a_report_takes_the_same_few_statements_however_many_entries(
    session: Session, books: Made, engine: Engine
) -> None:
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    of(session, books, JUNE)  # the rule book is parsed once in the life of a process
    counted.clear()
    of(session, books, JUNE)
    first = len(counted)
    post(session, books, *(draft(books.household.id, "D1", 5, JUNE.first, note=str(n)) for n in range(40)))
    counted.clear()
    assert of(session, books, JUNE).entries == 46
    assert len(counted) == first <= 24


def test_the_list_of_months_begins_with_the_first_entry(session: Session, books: Made) -> None:
    listed = report.month_list(session, books.id, JULY, TODAY)
    assert [str(month) for month, _ in listed] == ["2026-07", "2026-06", "2026-05", "2026-04"]
    assert [totals.outstanding for _, totals in listed] == [260, 255, 85, 40]


def test_an_empty_village_has_an_empty_report(session: Session, village: Made) -> None:
    june = of(session, village, JUNE)
    assert (june.now.generated, june.self_share, june.goods, june.months) == (0, None, (), ())
    assert report.month_list(session, village.id, JUNE, TODAY) == []
    assert report_workbook.as_workbook(june, SOURCE)


@pytest.mark.parametrize("text", ["2026-13", "2026", "", "六月", "0000-01", "9999-12", "2026-06-01", "-1-06"])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match="2026-01"):
        report.parse_month(text)


def test_the_workbook_has_numbers_as_numbers_and_texts_as_texts(session: Session, books: Made) -> None:
    make_reward(session, books.id, points=10, code="F", name="=1+1")
    reward = make_reward(session, books.id, points=10, name='=HYPERLINK("http://a.cn")')
    redemption.serve(
        session,
        books.clerk,
        household_id=books.households[1].id,
        lines=[(reward.id, 1)],
        channel="counter",
        key="1",
        now=NOW,
    )
    workbook = CalamineWorkbook.from_filelike(BytesIO(report_workbook.as_workbook(of(session, books, JUNE), SOURCE)))
    assert workbook.sheet_names[1:6] == ["收支一览", "各类积分", "怎么兑换的", "兑换了什么", "各项评分内容"]
    cells = {row[0]: row[1:] for row in workbook.get_sheet_by_name("收支一览").to_python()}
    assert cells["产生"] == [220, 45, pytest.approx(3.889)]
    assert cells["月末未兑换"][:2] == [245, 85]
    goods = [row[0] for row in workbook.get_sheet_by_name("兑换了什么").to_python()]
    assert '=HYPERLINK("http://a.cn")' in goods


def test_the_json_says_the_same_figures(session: Session, books: Made) -> None:
    said = json.loads(json.dumps(report_json.as_json(of(session, books, JUNE), SOURCE)))
    assert said["totals"] == {
        "brought_forward": 85,
        "generated": 220,
        "deducted": 50,
        "redeemed": 0,
        "other": 0,
        "outstanding": 255,
    }
    a = next(category for category in said["categories"] if category["code"] == "A")
    assert (a["base"], a["deduction"], len(a["items"])) == (60, -50, 7)
    assert a["by_residency"]["relocated"] == {"points": -35, "per_household": -35.0}


@pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_pdf_is_the_same_bytes_for_the_same_books_and_date(session: Session, books: Made) -> None:
    june = of(session, books, JUNE)
    made = report_files.as_pdf(june, SOURCE)
    assert made.startswith(b"%PDF")
    assert report_files.as_pdf(june, SOURCE) == made


def test_a_sentence_sets_its_figures_apart(session: Session, books: Made) -> None:
    said = report_tables.summary(of(session, books, JUNE), "盛新村")
    assert said.startswith("本月盛新村 3 户（常住 2、动迁上楼 1）产生积分 220，扣分 50，兑换 0，月末未兑换 255。")
    assert ("220", True) in report_tables.stressed(said)
    assert "".join(piece for piece, _ in report_tables.stressed(said)) == said


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_source_village_s_months_add_up_to_its_published_totals(session: Session) -> None:
    village_id = villages.add(session, "sx", "盛新村", NOW)
    for kind in ("roster", "base-scores", "events", "rewards", "redemptions"):
        path = DATA / f"{kind}.xlsx"
        import_file(session, Actor(village_id), kind, path, path.name, identity_key=b"k", now=NOW)
    expected = json.loads((DATA / "expected.json").read_text("utf-8"))
    # points are redeemed after the month in which they were earned, so January has redemptions and nothing else
    months = [report.month_report(session, village_id, Month(2025, 8) + n, date(2026, 2, 1)) for n in range(6)]
    assert {str(one.month): one.now.generated for one in months[:5]} == expected["generated_by_month"]
    assert sum(one.now.deducted for one in months) == expected["points_deducted"]
    assert sum(one.now.redeemed for one in months) == expected["points_redeemed"]
    assert sum(one.total.now.base for one in months) == expected["points_from_base"]
    assert months[0].now.brought_forward == 0
    assert months[-1].now.outstanding == expected["points_outstanding"]
    assert months[-1].households == {"resident": 684, "relocated": 362}
    channels = [channel for one in months for channel in one.channels]
    assert sum(channel.number for channel in channels) == expected["redemptions"]
    own = sum(channel.number for channel in channels if channel.name == "self")
    assert round(own / expected["redemptions"], 4) == expected["self_service_share_of_redemptions"]
    for one in months:
        assert sum(goods.points for goods in one.goods) == one.now.redeemed


def test_the_report_says_on_which_seal_it_stands_and_what_came_after(session: Session, books: Made) -> None:
    assert report_tables.footing(of(session, books, JUNE), NOW) == [
        "按 2026年6月15日 10:00 的账面做成，监督员还没有签字。还没有封过账，之后的补记和冲正会改变它。"
    ]
    taken = seal.take(session, books.clerk, now=NOW)
    fingerprint, covers, made = report_tables.footing(of(session, books, JUNE), NOW)
    assert fingerprint == f"封账指纹 {fingerprint_of(taken.root)}"
    assert covers == "第 1 次封账（2026年6月15日 10:00）含 3 户、10 条记录。"
    assert "监督员还没有签字" in made
    post(session, books, draft(books.household.id, "D1", 5, JUNE.first))
    assert "封账后又记了 1 条，这里已经算入" in report_tables.footing(of(session, books, JUNE), NOW)[1]

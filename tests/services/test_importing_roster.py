"""The clerk's roster: who lives where, checked, compared, and changed only where the file says so."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.workbooks import NOW, Rows, bring_in, sentences, xlsx
from villagepoints.domain.actor import Actor
from villagepoints.domain.identity import check_digit
from villagepoints.models import Activity, Household, Resident
from villagepoints.services import village as villages
from villagepoints.services.importing.result import ImportResult

HEADER = [
    "组别",
    "户号",
    "姓名",
    "与户主关系",
    "性别",
    "出生日期",
    "身份证号",
    "联系电话",
    "居住情况",
    "现住址",
    "备注",
]


def number(birth: str, place: int) -> str:
    """A right identity number of an area that does not exist."""
    first = f"000000{birth}{place:03d}"
    return first + check_digit(first)


HEAD = [
    "1组",
    "SX01",
    "夏 伟",
    "户主",
    "男",
    date(1950, 2, 6),
    number("19500206", 139),
    "13800001234",
    "常住",
    "1号",
    "",
]
WIFE = ["1组", "", "杜燕", "配偶", "女", "1955年12月3日", number("19551203", 308), "", "", "", ""]
SON = ["第二组", "SX02", "夏品良", "户主", "男", "", number("19900827", 455), 13900005678.0, "动迁上楼", "201室", ""]
ROWS = [HEAD, WIFE, SON]


@pytest.fixture
def actor(session: Session) -> Actor:
    return Actor(villages.add(session, "sx", "盛新村", NOW))


def bring(session: Session, actor: Actor, rows: Rows, **options: Any) -> ImportResult:
    return bring_in(session, actor, "roster", xlsx({"花名册": [HEADER, *rows]}), **options)


def changed(row: list[Any], **changes: Any) -> list[Any]:
    """A row with some cells changed, by the header's name."""
    return [changes.get(name, value) for name, value in zip(HEADER, row, strict=True)]


def people(session: Session) -> list[Resident]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Resident).order_by(Resident.name)))


def homes(session: Session) -> list[Household]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Household).order_by(Household.number)))


def test_households_and_people_are_there_with_what_search_needs(session: Session, actor: Actor) -> None:
    result = bring(session, actor, ROWS)
    assert sentences(result) == []
    assert result.totals == {"households": 2, "people": 3, "relocated_households": 1}
    one, two = homes(session)
    assert (one.number, one.head_name, one.group_no, one.residency, one.is_elder) == (
        "SX01",
        "夏伟",
        1,
        "resident",
        True,
    )
    assert (two.number, two.group_no, two.residency, two.is_elder) == ("SX02", 2, "relocated", False)
    son, _wife, head = sorted(people(session), key=lambda person: person.birth_on or NOW.date(), reverse=True)
    assert (head.name, head.pinyin, head.initials, head.line, head.phone_tail) == ("夏伟", "xiawei", "xw", 0, "1234")
    assert (son.birth_on, son.phone) == (date(1990, 8, 27), "13900005678")


def test_no_identity_number_is_kept_anywhere(session: Session, actor: Actor) -> None:
    bring(session, actor, ROWS)
    kept = [repr(vars(row)) for model in (Resident, Household, Activity) for row in session.scalars(select(model))]
    assert kept
    assert not any(HEAD[6] in text for text in kept)
    assert all(len(person.identity_hash or b"") == 32 for person in people(session))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        (changed(SON, 户号=""), "B 户号「」", "没有写户号"),
        (changed(SON, 姓名=""), "C 姓名「」", "空着"),
        (changed(SON, 身份证号=3.10101199008274e17), "G 身份证号", "被 Excel 存成了数字"),
        (changed(SON, 身份证号="000000199008274551"), "G 身份证号", "最后一位"),
        (changed(SON, 身份证号="310101900827455"), "G 身份证号", "15 位"),
        (changed(SON, 身份证号=HEAD[6], 出生日期=HEAD[5]), "G 身份证号", "第 2 行（夏伟）已经有了"),
        (changed(SON, 出生日期="1990-8-28"), "F 出生日期", "1990-08-27 对不上"),
        (changed(SON, 出生日期="2190-8-28", 身份证号=""), "F 出生日期", "还没到"),
        (changed(SON, 性别="女"), "E 性别「女」", "对不上"),
        (changed(SON, 性别="不详"), "E 性别", "男 或 女"),
        (changed(SON, 居住情况="租住"), "I 居住情况「租住」", "常住 或 动迁上楼"),
        (changed(SON, 联系电话="无"), "H 联系电话「无」", "电话"),
        (changed(SON, 组别="东头"), "A 组别「东头」", "数字"),
        (changed(SON, 户号="SX01", 居住情况=""), "B 户号「SX01」", "已经在第 2 行有户主"),
        (changed(SON, 与户主关系="子"), "D 与户主关系「子」", "没有户主"),
    ],
)
def test_a_fault_is_named_with_its_cell_and_nobody_moves_in(
    session: Session, actor: Actor, row: list[Any], place: str, words: str
) -> None:
    result = bring(session, actor, [HEAD, WIFE, row])
    assert len(result.problems) >= 1
    assert sentences(result)[0].startswith(f"花名册 4 {place}"), sentences(result)
    assert words in result.problems[0].text
    assert homes(session) == []


def test_an_identity_number_in_a_refusal_is_not_shown_whole(session: Session, actor: Actor) -> None:
    result = bring(session, actor, [changed(HEAD, 身份证号="000000199008274551")])
    assert "000000199008274551" not in sentences(result)[0]


def test_the_same_roster_changes_nothing_and_a_changed_row_only_itself(session: Session, actor: Actor) -> None:
    bring(session, actor, ROWS)
    again = bring(session, actor, ROWS)
    assert (again.nothing_new, again.unchanged) == (True, 3)
    rows = [HEAD, changed(WIFE, 联系电话="021-57300000", 姓名="杜艳"), changed(SON, 居住情况="常住")]
    result = bring(session, actor, rows)
    assert (result.new, result.changed, result.unchanged) == (0, 2, 1)
    assert homes(session)[1].residency == "resident"
    assert {person.name: person.phone for person in people(session)}["杜艳"] == "02157300000"
    acts = session.scalars(select(Activity).where(Activity.action == "roster.changed")).all()
    assert sorted(name for act in acts for name in act.detail["changed"]) == ["name", "phone", "residency"]
    assert homes(session)[1].revision == 1


def test_an_empty_cell_wipes_nothing_out(session: Session, actor: Actor) -> None:
    bring(session, actor, ROWS)
    assert bring(session, actor, [changed(HEAD, 联系电话="", 出生日期="", 现住址=""), WIFE, SON]).nothing_new
    assert homes(session)[0].address == "1号"


def test_somebody_known_by_the_number_moves_with_it(session: Session, actor: Actor) -> None:
    bring(session, actor, ROWS)
    result = bring(session, actor, [HEAD, SON, changed(WIFE, 户号="SX02", 与户主关系="母亲")])
    assert (result.new, result.changed) == (0, 1)
    assert {p.name: p.household_id for p in people(session)}["杜燕"] == homes(session)[1].id


def test_two_numbers_that_were_swapped_can_be_put_right(session: Session, actor: Actor) -> None:
    wrong = [changed(HEAD, 身份证号=number("19500206", 157)), changed(SON, 身份证号="", 出生日期="1990-8-27")]
    bring(session, actor, wrong)
    result = bring(session, actor, [HEAD, SON])
    assert (result.changed, sentences(result)) == (2, [])


def test_who_is_missing_in_the_file_is_named_and_stays(session: Session, actor: Actor) -> None:
    bring(session, actor, ROWS)
    result = bring(session, actor, [HEAD, SON])
    assert ["杜燕" in warning.text for warning in result.warnings] == [True]
    assert len(people(session)) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_without_merged_cells_carries_the_number_down(session: Session, actor: Actor, encoding: str) -> None:
    lines = [HEADER, ["1组", "SX01", "夏伟", "户主"], ["", "", "杜燕", "配偶"], ["", "SX02", "单美", "户主"]]
    content = "\r\n".join(",".join(map(str, line)) for line in lines).encode(encoding)
    assert sentences(bring_in(session, actor, "roster", content, "花名册.csv")) == []
    assert [(home.number, home.head_name) for home in homes(session)] == [("SX01", "夏伟"), ("SX02", "单美")]
    assert {person.name: person.pinyin for person in people(session)}["单美"] == "shanmei danmei"


def test_a_list_of_heads_alone_is_a_roster(session: Session, actor: Actor) -> None:
    content = xlsx({"Sheet1": [["门牌号", "户主姓名"], ["001", "夏伟"], ["002", "杜燕"]]})
    assert bring_in(session, actor, "roster", content).new == 2
    assert [home.head_name for home in homes(session)] == ["夏伟", "杜燕"]


def test_an_old_list_brings_nobody_back_to_a_household_that_left(session: Session, actor: Actor) -> None:
    bring(session, actor, ROWS)
    first, second = homes(session)
    first.left_on, first.left_reason = date(2026, 1, 5), "merged"
    for place, person in enumerate(session.scalars(select(Resident)), 1):
        person.household_id, person.line = second.id, place
    session.commit()
    result = bring(session, actor, [changed(HEAD, 现住址="9号"), WIFE, changed(SON, 现住址="202室")])
    assert [warning.text for warning in result.warnings if "SX01 2026-01-05 起不在村里了" in warning.text]
    assert (result.new, result.changed, result.unchanged) == (0, 1, 2)
    assert {person.household_id for person in people(session)} == {second.id}
    assert [home.address for home in homes(session)] == ["1号", "202室"]

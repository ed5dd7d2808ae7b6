"""The redemption register, the catalogue, balances carried over, rule books, and taking a file back."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import villagepoints
from tests.factories import Made, make_reward, make_village
from tests.workbooks import NOW, REDEMPTION_HEADER, bring_in, sentences, xlsx
from villagepoints.domain.actor import ADMIN, CLERK, REVIEWER
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound
from villagepoints.models import Household, LedgerEntry, Redemption, RedemptionLine, Reward, StockMove, Village
from villagepoints.services import posting, relative, rulebook, verify
from villagepoints.services.importing import batches
from villagepoints.services.importing.result import ImportResult, Unusable
from villagepoints.services.paging import Wanted

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ROW = [date(2026, 1, 5), "001", "张建国", "R01", "食用油", 2, 30, 60, "代办", "女儿"]


def opening(session: Session, village: Made, points: int = 100) -> ImportResult:
    content = xlsx({"结转": [["户号", "户主", "积分"], ["001", "张建国", points]]})
    return bring_in(session, village.clerk, "opening", content)


def bring(session: Session, village: Made, *rows: list[Any], **options: Any) -> ImportResult:
    return bring_in(session, village.clerk, "redemptions", xlsx({"登记": [REDEMPTION_HEADER, *rows]}), **options)


def changed(**changes: Any) -> list[Any]:
    """The row with some cells changed, by the header's name."""
    return [changes.get(name, value) for name, value in zip(REDEMPTION_HEADER, ROW, strict=True)]


def balance(session: Session, village: Made) -> int:
    session.rollback()
    session.expire_all()
    return session.get_one(Household, (village.id, village.household.id)).balance


def assert_verified(session: Session, village: Made) -> None:
    session.rollback()
    session.expire_all()
    assert list(verify.verify(session, session.get_one(Village, village.id))) == []


def test_a_redemption_of_the_past_is_fulfilled_and_leaves_the_stock_alone(session: Session, village: Made) -> None:
    reward = make_reward(session, village.id, code="R01", name="食用油", points=35, stock=5)
    opening(session, village)
    assert sentences(bring(session, village, ROW)) == []
    row, line = session.scalars(select(Redemption)).one(), session.scalars(select(RedemptionLine)).one()
    assert (row.status, row.channel, row.proxy_name, row.points, row.occurred_on) == (
        "fulfilled",
        "proxy",
        "女儿",
        60,
        date(2026, 1, 5),
    )
    assert (line.reward_id, line.quantity, line.points_each) == (reward.id, 2, 30)
    assert balance(session, village) == 40
    assert session.get_one(Reward, (village.id, reward.id)).stock == 5
    assert_verified(session, village)


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"兑换品编号": "R99"}, "D 兑换品编号「R99」", "目录里没有编号 R99"),
        ({"兑换品编号": "", "兑换品": "飞机"}, "E 兑换品「飞机」", "没有这样兑换品"),
        ({"数量": 0, "合计积分": 0}, "F 数量「0」", "至少是 1"),
        ({"合计积分": 50}, "H 合计积分「50」", "应该是 60 分"),
        ({"单价积分": "", "合计积分": 61}, "H 合计积分「61」", "不能平分"),
        ({"兑换方式": "邮寄"}, "I 兑换方式「邮寄」", "自主、窗口 或 代办"),
        ({"兑换方式": ""}, "I 兑换方式「」", "空着"),
        ({"数量": 4, "合计积分": 120}, "H 合计积分「120」", "户号 001 那时只有 100 分，要 120 分，还差 20 分"),
    ],
)
def test_a_fault_is_named_with_its_cell(
    session: Session, village: Made, changes: dict[str, Any], place: str, words: str
) -> None:
    make_reward(session, village.id, code="R01", name="食用油")
    opening(session, village)
    result = bring(session, village, changed(**changes))
    assert sentences(result)[0].startswith(f"登记 2 {place}"), sentences(result)
    assert words in result.problems[0].text
    assert (balance(session, village), session.scalars(select(Redemption)).all()) == (100, [])


def test_the_balance_runs_along_with_the_calendar(session: Session, village: Made) -> None:
    make_reward(session, village.id, code="R01", name="食用油")
    opening(session, village)
    result = bring(session, village, changed(日期="2026-1-9"), changed(日期="2026-1-3", 代办人=""))
    assert [(problem.row, problem.values["missing"]) for problem in result.problems] == [(2, 20)]


def test_goods_are_found_by_name_where_the_register_has_no_codes(session: Session, village: Made) -> None:
    make_reward(session, village.id, code="R01", name="食用油 5L")
    opening(session, village)
    assert bring(session, village, changed(兑换品编号="", 兑换品="食用油5L", 单价积分="")).new == 1


def test_the_catalogue_is_updated_but_never_its_stock(session: Session, village: Made) -> None:
    def catalogue(*rows: list[Any]) -> ImportResult:
        header = ["编号", "名称", "所需积分", "库存"]
        return bring_in(session, village.clerk, "rewards", xlsx({"兑换品": [header, *rows]}))

    assert catalogue(["R01", "食用油 5L", 200, 40], ["R02", "大米", "150分", ""]).new == 2
    assert [(move.quantity, move.reason) for move in session.scalars(select(StockMove))] == [(40, "导入 表.xlsx")]
    again = catalogue(["R01", "食用油 5L", 200, 40], ["R02", "大米", 150, ""])
    assert (again.nothing_new, again.unchanged) == (True, 2)
    result = catalogue(["r01", "食用油 5L", 180, 99], ["R02", "大米", 150, ""])
    assert (result.new, result.changed, result.unchanged, len(result.warnings)) == (0, 1, 1, 1)
    session.expire_all()
    found = session.scalars(select(Reward).order_by(Reward.code)).all()
    assert [(reward.code, reward.points, reward.stock) for reward in found] == [("R01", 180, 40), ("R02", 150, 0)]
    bad = catalogue(["R03", "盐", 0, -1], ["R04", "糖", 5, 1], ["R04", "糖", 6, 1])
    assert [problem.row for problem in bad.problems] == [2, 2, 4]


def test_a_balance_is_carried_over_once(session: Session, village: Made) -> None:
    first = opening(session, village)
    assert opening(session, village).nothing_new
    assert "已经结转过 100 分" in opening(session, village, 120).problems[0].text
    batches.take_back(session, village.clerk, batch_id=first.batch_id, reason="数错了", key="k", now=NOW)
    assert opening(session, village, 120).new == 1
    assert balance(session, village) == 120


def test_a_file_taken_back_leaves_its_trace_and_may_come_again(session: Session, village: Made) -> None:
    make_reward(session, village.id, code="R01", name="食用油", stock=5)
    opening(session, village)
    done = bring(session, village, ROW)
    take = {"batch_id": done.batch_id, "reason": "登记错了", "key": "k1", "now": NOW}
    assert batches.take_back(session, village.clerk, **take) == 1
    assert batches.take_back(session, village.clerk, **take) == 1  # the same click again
    assert balance(session, village) == 100
    kinds = session.scalars(select(LedgerEntry.kind).order_by(LedgerEntry.seq)).all()
    assert kinds == ["opening", "redemption", "refund"]
    assert session.scalars(select(Redemption.status)).all() == ["cancelled"]
    with pytest.raises(Conflict, match="收回过"):
        batches.take_back(session, village.clerk, **{**take, "key": "k2"})
    assert bring(session, village, ROW).new == 1
    assert balance(session, village) == 40
    assert_verified(session, village)


def test_what_was_reversed_by_hand_is_not_reversed_twice(session: Session, village: Made) -> None:
    done = opening(session, village)
    asked = {"household_id": village.household.id, "seq": 1, "reason": "写错了", "now": NOW}
    posting.reverse(session, village.clerk, key="r", approved_by=village.reviewer.user_id, **asked)
    assert batches.take_back(session, village.clerk, batch_id=done.batch_id, reason="重来", key="k", now=NOW) == 0
    assert balance(session, village) == 0


def test_taking_back_is_refused_with_a_sentence(session: Session, village: Made) -> None:
    catalogue = xlsx({"x": [["编号", "名称", "所需积分"], ["R9", "盐", 5]]})
    goods, points = bring_in(session, village.clerk, "rewards", catalogue), opening(session, village)
    with pytest.raises(Conflict, match="不用收回"):
        batches.take_back(session, village.clerk, batch_id=goods.batch_id, reason="x", key="a", now=NOW)
    with pytest.raises(BadInput, match="为什么"):
        batches.take_back(session, village.clerk, batch_id=points.batch_id, reason=" ", key="b", now=NOW)
    with pytest.raises(NotFound):
        batches.take_back(session, village.clerk, batch_id=village.id, reason="x", key="c", now=NOW)
    page = batches.listed(session, village.id, Wanted())
    assert [(batch.kind, name) for batch, name in page.rows] == [("opening", "沈文书"), ("rewards", "沈文书")]


def test_a_second_click_on_confirm_is_the_first_one(session: Session, village: Made) -> None:
    content = xlsx({"结转": [["户号", "积分"], ["001", 100]]})
    first = bring_in(session, village.clerk, "opening", content, key="k")
    assert bring_in(session, village.clerk, "opening", content, key="k").batch_id == first.batch_id
    with pytest.raises(KeyReused):
        bring_in(session, village.clerk, "opening", xlsx({"结转": [["户号", "积分"], ["002", 1]]}), key="k")
    assert balance(session, village) == 100


def test_a_rule_book_is_adopted_once(session: Session, village: Made, tmp_path: Path) -> None:
    text = (Path(villagepoints.__file__).parent / "data/rulebook.toml").read_text("utf-8")
    newer = text.replace("expiry_months = 24", "expiry_months = 36").replace("2025-01-01", "2026-07-01")
    path = tmp_path / "办法.toml"
    path.write_text(text, "utf-8")
    admin = village.actor(ADMIN)
    assert bring_in(session, admin, "rulebook", path, path.name).nothing_new
    path.write_text(newer, "utf-8")
    assert bring_in(session, admin, "rulebook", path, path.name).new == 1
    assert [book.expiry_months for book in rulebook.versions(session, village.id)] == [24, 36]
    for broken in (newer.replace("points = 25", "points = 26"), "name = ", 'name = "x"', "\x00\x01", "item = 3"):
        with pytest.raises(Unusable):
            bring_in(session, admin, "rulebook", broken.encode(), "办法.toml")


def test_who_records_points_does_not_change_what_they_are_worth(session: Session, village: Made) -> None:
    text = rulebook.default_text().replace("second_approver_from = 100", "second_approver_from = 100000")
    for role in (CLERK, REVIEWER):
        with pytest.raises(NotAllowed, match="管理员"):
            bring_in(session, village.actor(role), "rulebook", text.encode(), "办法.toml")
    assert len(rulebook.versions(session, village.id)) == 1


def test_an_import_into_ones_own_household_goes_in_and_is_reported(session: Session, village: Made) -> None:
    village.users[CLERK].household_id = village.household.id
    session.commit()
    result = bring_in(session, village.clerk, "opening", xlsx({"结转": [["户号", "积分"], ["001", 9], ["002", 9]]}))
    assert (result.new, [(warning.row, warning.value) for warning in result.warnings]) == (2, [(2, "001")])
    assert "自己家" in result.warnings[0].text


def test_an_import_into_a_relative_s_household_is_reported_too(session: Session, village: Made) -> None:
    clerk = village.users[CLERK]
    relative.declare(session, village.clerk, user_id=clerk.id, number="002", relation="sibling", key="r", now=NOW)
    result = bring_in(session, village.clerk, "opening", xlsx({"结转": [["户号", "积分"], ["001", 9], ["002", 9]]}))
    assert [(warning.row, warning.value) for warning in result.warnings] == [(3, "002")]


def test_an_import_leaves_the_other_village_alone(session: Session, village: Made) -> None:
    other = make_village(session, "qt")
    opening(session, village)
    assert opening(session, other).new == 1
    session.expire_all()
    assert session.get_one(Household, (other.id, other.household.id)).balance == 100
    ours = batches.listed(session, village.id, Wanted()).rows[0][0]
    with pytest.raises(NotFound):
        batches.get(session, other.id, ours.id)

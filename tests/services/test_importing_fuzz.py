"""Three hundred spoiled files: each goes in whole or not at all, and each answers with sentences, never a traceback."""

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Made, make_reward
from tests.workbooks import BASE, EVENT_HEADER, FULL_SCORE, REDEMPTION_HEADER, bring_in, wide, xlsx
from villagepoints.domain.errors import BadInput
from villagepoints.models import (
    Activity,
    EntryText,
    Household,
    ImportBatch,
    ImportRow,
    LedgerEntry,
    Redemption,
    RedemptionLine,
    RequestKey,
    Resident,
    Reward,
    StockMove,
    Village,
)
from villagepoints.services import verify

FILES = 300
MODELS = (LedgerEntry, EntryText, ImportBatch, ImportRow, Redemption, RedemptionLine, Household, Resident, Reward)
MODELS += (StockMove, Activity, RequestKey)
GOOD: dict[str, list[list[Any]]] = {
    "roster": [
        ["户号", "姓名", "与户主关系", "性别", "出生日期", "身份证号", "联系电话", "居住情况", "组别"],
        ["004", "赵大", "户主", "男", date(1950, 1, 1), "", "13800000000", "常住", "1组"],
        ["004", "赵二", "子", "男", "1980年1月1日", "", "", "", ""],
        ["001", "张建国", "户主", "男", "", "", "13800000001", "常住", "2"],
    ],
    "opening": [
        ["户号", "户主", "积分", "日期"],
        ["001", "张建国", 100, date(2025, 1, 1)],
        ["002", "李秀英", "20分", ""],
    ],
    "base-scores": [
        ["2025年8月评分"],
        ["户号", "户主", *BASE, "合计"],
        ["001", "", *FULL_SCORE, 100],
        ["003", "", *FULL_SCORE, 100],
    ],
    "events": [
        EVENT_HEADER,
        [date(2026, 1, 5), "001", "张建国", "D1", 15, "河道保洁", "俞文书"],
        ["2026/1/6", "002", "李秀英", "A7", -20, "乱倒", "俞文书"],
        ["合计", "", "", "", -5, "", ""],
    ],
    "rewards": [["编号", "名称", "所需积分", "库存"], ["R01", "食用油", 35, 5], ["R09", "大米", 150, 40]],
    "redemptions": [
        REDEMPTION_HEADER,
        [date(2026, 1, 5), "003", "王阿婆", "R01", "食用油", 1, 5, 5, "窗口", ""],
        ["2026-1-6", "003", "王阿婆", "R01", "食用油", 2, 5, 10, "代办", "女儿"],
    ],
}
ODD = (
    0, -1, 1, 2**63, 1e308, 0.5, True, "", " ", "\x00", "'", "=1+1", "@SUM(A1)", "合计", "小计", "😀", "\u202eabc",
    "\ufeff",     "一" * 300, "9" * 5000, wide("12"), "2025-13-45", "0000-00-00",
    "8月1日", date(1900, 1, 1), date(9999, 12, 31), "#N/A",
    3.10101199008274e17, "001", "户号", "A1", "D1", "R01", "nan", "inf", "-", "%s %(x)s", "{}", "<b>", "00100", None,
)  # fmt: skip


def spoiled(rows: list[list[Any]], dice: random.Random) -> list[list[Any]]:
    """The rows with up to three things done to them."""
    rows = [list(row) for row in rows]
    for _ in range(dice.randint(0, 3)):
        row = dice.choice(rows)
        place = dice.randrange(len(row)) if row else 0
        match dice.randrange(8):
            case 0 | 1 | 2 if row:
                row[place] = dice.choice(ODD)
            case 3 if row:
                del row[place]
            case 4:
                row.insert(place, dice.choice(ODD))
            case 5:
                rows.insert(dice.randrange(len(rows)), list(row))
            case 6 if len(rows) > 1:
                rows.remove(row)
            case _:
                dice.shuffle(rows)
    return rows


def written(rows: list[list[Any]], dice: random.Random) -> tuple[bytes, str]:
    """The rows as a file of some kind, now and then with broken bytes."""
    name = f"2025年8月{dice.choice(['', ' ', '(1)'])}"
    if dice.random() < 0.4:
        content = xlsx({name: rows}, date_1904=dice.random() < 0.5, strings_to_formulas=dice.random() < 0.5)
        filename = dice.choice(["表.xlsx", "表.xls", "表.csv", "表", "../../etc/passwd"])
    else:
        mark = dice.choice(",\t;")
        lines = (
            mark.join('"' + str(cell if cell is not None else "").replace('"', '""') + '"' for cell in row)
            for row in rows
        )
        encoding = dice.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
        content, filename = dice.choice(["\n", "\r\n"]).join(lines).encode(encoding, "ignore"), f"{name}.csv"
    if dice.random() < 0.2 and content:
        spoil = bytearray(content)
        for _ in range(dice.randint(1, 20)):
            spoil[dice.randrange(len(spoil))] = dice.randrange(256)
        content = bytes(spoil[: dice.randint(1, len(spoil))])
    return content, filename


def counts(session: Session) -> list[int]:
    session.rollback()
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in MODELS]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_spoiled_files_go_in_whole_or_not_at_all(session: Session, village: Made) -> None:
    make_reward(session, village.id, code="R01", name="食用油")
    bring_in(session, village.clerk, "opening", xlsx({"x": [["户号", "积分"], ["003", 2000]]}))
    came_in = refused = unusable = 0
    for seed in range(FILES):
        dice = random.Random(seed)
        kind = dice.choice(list(GOOD))
        content, filename = written(spoiled(GOOD[kind], dice), dice)
        before = counts(session)
        try:
            tried = bring_in(session, village.clerk, kind, content, filename, dry_run=True)
            assert counts(session) == before, f"trying file {seed} ({kind}) left something behind"
            result = bring_in(session, village.clerk, kind, content, filename)
        except BadInput:
            unusable += 1
        else:
            assert all(problem.text and problem.row for problem in result.problems), seed
            assert result.refused == tried.refused, seed
            if result.batch_id is not None:
                assert (result.new, result.refused) == (tried.new, 0), f"file {seed} ({kind}) came in by halves"
                came_in += 1
                continue
            refused += bool(result.problems)
        assert counts(session) == before, f"file {seed} ({kind}) left something behind"
    assert min(came_in, refused, unusable) > 20
    session.expire_all()
    assert list(verify.verify(session, session.get_one(Village, village.id))) == []

"""A village of 10,000 households: the demo village, and 8,954 more households from workbooks as a clerk brings them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints import create_app, migrations_folder
from villagepoints.domain.actor import Actor
from villagepoints.extensions import db
from villagepoints.models import Reward
from villagepoints.services import schema
from villagepoints.services.demo import writing
from villagepoints.services.importing.run import import_file

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MORE = 8954
MONTHS = [(2026, month) for month in range(6, 11)]
BASE = {"A1": 25, "A2": 15, "A3": 10, "A4": 10, "A5": 5, "B1": 10, "B2": 5, "C1": 10, "C2": 5, "C3": 5}
DEEDS = ("代买药品", "帮邻居收稻", "清理河道垃圾", "看护老人")
CHANNELS = (*["自主"] * 8, "窗口", "代办")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华"
Line = list[Any]


def made(folder: Path, clock: Any) -> Flask:
    """The application on that village, in a new instance folder; about 450,000 entries, made in a minute."""
    url = f"sqlite:///{folder / 'village.db'}"
    app = create_app({"DATABASE_URL": url, "INSTANCE": str(folder / "instance"), "RATE_LIMIT": "0"}, CLOCK=clock)
    with app.app_context():
        schema.upgrade(migrations_folder())
        session = db.session()
        village_id = writing.make(session, card_key=app.config["CARD_KEY"], now=NOW).village_id
        _grow(session, Actor(village_id), folder, app.config["IDENTITY_KEY"])
    return app


def _grow(session: Session, actor: Actor, folder: Path, identity_key: bytes) -> None:
    chance = Random(7)
    homes = [(f"BG{n // 60 + 1:03d}{n % 60 + 1:03d}", _name(chance)) for n in range(MORE)]
    goods = session.execute(
        select(Reward.code, Reward.name, Reward.points).where(
            Reward.village_id == actor.village_id, Reward.points <= 200
        )
    ).all()
    for kind, sheets in (
        ("roster", [("花名册", _roster(homes, chance))]),
        ("base-scores", [(f"{y}年{m}月", _scores(homes, chance)) for y, m in MONTHS]),
        ("events", [("加减分明细", _events(homes, chance))]),
        ("redemptions", [("兑换登记", _redemptions(homes, goods, chance))]),
    ):
        file = folder / f"{kind}.xlsx"
        with xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
            for title, lines in sheets:
                sheet = book.add_worksheet(title)
                for number, line in enumerate(lines):
                    sheet.write_row(number, 0, line)
        result = import_file(session, actor, kind, file, file.name, identity_key=identity_key, now=NOW)
        if result.problems:
            raise ValueError(result.problems[:3])


def _name(chance: Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))


def _roster(homes: list[tuple[str, str]], chance: Random) -> Iterator[Line]:
    yield ["组别", "户号", "姓名", "与户主关系", "性别", "出生日期", "联系电话", "居住情况", "现住址"]
    for n, (number, head) in enumerate(homes):
        lives = "动迁上楼" if n % 3 == 0 else "常住"
        for k, relation in enumerate(("户主", "配偶", "子")[: 1 + n % 3]):
            born = date(1940 + (n * 7 + k * 11) % 60, 1 + n % 12, 1 + n % 27)
            name, sex = head if k == 0 else _name(chance), "女" if k == 1 else "男"
            phone = f"139{n:05d}{k:03d}" if k < 2 else ""
            yield [f"{20 + n // 300}组", number, name, relation, sex, born, phone, lives, f"大村{n}号"]


def _scores(homes: list[tuple[str, str]], chance: Random) -> Iterator[Line]:
    yield ["户号", "户主", *BASE]
    for number, head in homes:
        yield [number, head, *(max(0, full - 5 * (chance.random() < 0.1)) for full in BASE.values())]


def _events(homes: list[tuple[str, str]], chance: Random) -> Iterator[Line]:
    yield ["日期", "户号", "户主", "项目编号", "分值", "事由", "记录人"]
    for n, deed in enumerate(islice(cycle(DEEDS), 9000)):
        number, head = chance.choice(homes)
        yield [date(2026, 6, 1) + timedelta(days=n % 150), number, head, "D4", 10, f"{deed}{n}", "沈文书"]


def _redemptions(homes: list[tuple[str, str]], goods: Any, chance: Random) -> Iterator[Line]:
    yield ["日期", "户号", "户主", "兑换品编号", "兑换品", "数量", "单价积分", "合计积分", "兑换方式", "代办人"]
    for number, head in homes:
        if chance.random() < 0.8:
            (code, name, points), channel = chance.choice(goods), chance.choice(CHANNELS)
            day = date(2026, 11, 1) + timedelta(days=chance.randrange(19))
            yield [day, number, head, code, name, 1, points, points, channel, "邻居" if channel == "代办" else ""]

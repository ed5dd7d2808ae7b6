"""What waits in the demo village's current month: findings, claims, reviews and requests, with nothing posted yet."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from villagepoints.domain import finding
from villagepoints.domain.calendar import Month
from villagepoints.services.demo import words
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold

SEED = 20
FINDINGS, CLAIMS = 26, 14
RECTIFY_DAYS = 7

# item, grade, quantity, points, note, document, what counts once
CLAIMED = (
    ("D1", "", 2, 10, "河道保洁志愿服务2小时", "", ""),
    ("C4", "", 1, 5, "上报路灯不亮隐患", "", ""),
    ("D2", "", 1, 5, "参加村民小组议事会", "", ""),
    ("D4", "帮扶代办", 1, 10, "帮邻居老人取药", "", ""),
    ("D1", "", 3, 15, "垃圾分类值守志愿服务3小时", "", ""),
    ("D3", "调解人", 1, 30, "邻里纠纷调解成功（调解人）", "调解协议书", ""),
    ("B4", "区级", 1, 100, "获评区级最美志愿者", "荣誉证书", "区级最美志愿者"),
    ("B3", "", 1, 30, "红事简办，提前报备", "报备单", ""),
)

_Asked = tuple[str, str, int, str, str, int, str]

# kind, words, days ago, who wrote it down (empty: the household's phone), answer (empty: none yet), days ago, by whom
ASKED = (
    ("idea", "帮邻居收稻子也该加分。", 9, "", "记下了，下次开会拿出来商量。", 2, words.CLERKS[0]),
    ("hazard", "三组桥头的栏杆松了一截，晚上看不清。", 1, "", "", 0, ""),
    ("visit", "念一念积分：早上都在家，敲门响一点。", 3, words.CLERKS[1], "", 0, ""),
    ("goods", "5 斤装的面粉", 5, "", "", 0, ""),
    ("helper", "女儿在镇上，想请她代我换东西。", 2, words.GRID_WORKERS[0], "", 0, ""),
    ("correction", "家里的人：儿媳妇去年搬进来，名册上没有。", 4, "", "", 0, ""),
    ("goods", "雨伞", 12, "", "记下了，下次进货带上。", 8, words.CLERKS[0]),
    ("visit", "换东西送到家", 8, words.GRID_WORKERS[1], "已经上门办好了。", 7, words.GRID_WORKERS[1]),
)


class WaitingFinding(NamedTuple):
    """Something found; `persuaded` waits for `rectify_by`, `rectified` costs nothing, `counted` will: it is a repeat
    of what was put right before."""

    household: str
    item: str
    found_on: date
    note: str
    status: str
    rectify_by: date | None
    recorder: str
    settled_on: date | None


class WaitingClaim(NamedTuple):
    """Points somebody asked for; `recorder` empty where the household did; `reviewer` the first of two approvals."""

    household: str
    item: str
    grade: str
    quantity: int
    points: int
    note: str
    document: str
    occasion: str
    occurred_on: date
    recorder: str
    reviewer: str


class Asked(NamedTuple):
    """What a household told or asked; `writer` empty where it did so itself, `answer` empty while it waits."""

    household: str
    kind: str
    words: str
    filed_on: date
    writer: str
    answer: str
    answered_on: date | None
    answerer: str


def findings(households: list[DemoHousehold], today: date) -> list[WaitingFinding]:
    """This month's findings, the shown household's two first, and what the repeats among them repeat; none later than
    today."""
    rng = Random(SEED)
    numbers = [SHOWCASE, SHOWCASE, *rng.sample(_others(households), FINDINGS - 2)]
    items = ["A1", "A3", *(rng.choice(tuple(words.FOUND)) for _ in range(FINDINGS - 2))]
    found = []
    for place, (number, item) in enumerate(zip(numbers, items, strict=True)):
        day = _this_month(today, rng.randint(1, 20))
        status = (finding.PERSUADED, finding.COUNTED, finding.RECTIFIED, finding.PERSUADED)[place % 4]
        common = (number, item, words.FOUND[item], words.GRID_WORKERS[place % 2])
        if status == finding.COUNTED:
            before = (Month.of(day) - 1).first + timedelta(days=place)
            found.append(_put_right(*common, before, before + timedelta(days=RECTIFY_DAYS)))
        if status == finding.RECTIFIED:
            found.append(_put_right(*common, day, min(day + timedelta(days=RECTIFY_DAYS), today)))
        else:
            until = day + timedelta(days=RECTIFY_DAYS) if status == finding.PERSUADED else None
            found.append(WaitingFinding(*common[:2], day, common[2], status, until, common[3], None))
    return found


def _put_right(number: str, item: str, note: str, recorder: str, on: date, settled_on: date) -> WaitingFinding:
    until = on + timedelta(days=RECTIFY_DAYS)
    return WaitingFinding(number, item, on, note, finding.RECTIFIED, until, recorder, settled_on)


def claims(households: list[DemoHousehold], today: date) -> list[WaitingClaim]:
    """What waits to be reviewed, the shown household's first; from 100 points on one of two has approved already."""
    rng = Random(SEED + 1)
    waiting = []
    for place, number in enumerate([SHOWCASE, *rng.sample(_others(households), CLAIMS - 1)]):
        item, grade, quantity, points, note, document, occasion = CLAIMED[place % len(CLAIMED)]
        recorder = "" if place % 2 == 0 else words.GRID_WORKERS[place // 2 % 2]
        reviewer = words.CLERKS[1] if points >= 100 else ""
        day = _this_month(today, rng.randint(1, 20))
        waiting.append(
            WaitingClaim(number, item, grade, quantity, points, note, document, occasion, day, recorder, reviewer)
        )
    return waiting


def requests(households: list[DemoHousehold], today: date) -> list[Asked]:
    """What households told or asked, in the order they did, the shown household's two among them."""
    asked_for = [*ASKED, *_wishes()]
    others = Random(SEED + 2).sample(_others(households), len(asked_for) - 2)
    asked = [
        Asked(
            number,
            kind,
            said,
            today - timedelta(days=ago),
            writer,
            answer,
            today - timedelta(days=answered) if answer else None,
            answerer,
        )
        for number, (kind, said, ago, writer, answer, answered, answerer) in zip(
            [SHOWCASE, SHOWCASE, *others], asked_for, strict=True
        )
    ]
    return sorted(asked, key=lambda one: one.filed_on)


def _wishes() -> Iterator[_Asked]:
    """What several households would like: answered long ago, so that it fills no list of what waits."""
    for place, (wish, times) in enumerate(words.WISHED):
        for time in range(times):
            ago = 14 + place * 3 + time * 5
            yield "goods", wish, ago, "", "记下了，下次进货带上。", ago - 2, words.CLERKS[0]


def _others(households: list[DemoHousehold]) -> list[str]:
    return [household.number for household in households if household.number != SHOWCASE]


def _this_month(today: date, day: int) -> date:
    return today.replace(day=min(day, today.day))

"""What anybody sees of a public notice, and what a household sees of its own item on one."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, Clock, Made, make_reward, make_village, remember_phone
from tests.pages import Client
from tests.services.test_notice import DUE, approved, object_to, published
from tests.services.test_redemption import give, reserve
from villagepoints.services import notice, notice_list
from villagepoints.services.posting import Item

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PRIVATE = ("张建国", "李秀英", "李*英", "王阿婆", "打架")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status}"
    return answer.get_data(as_text=True)


def put_up(session: Session, village: Made) -> None:
    """A notice with a gain, a loss, and a gain that was taken off again."""
    fight = Item(code="B6", occurred_on=NOW.date(), document="派出所认定书", note="打架")
    approved(session, village)
    approved(session, village, 1, fight)
    off = approved(session, village, 2)
    notice_id = published(session, village)
    asked = {"notice_id": notice_id, "claim_id": off, "reason": "王阿婆不在家"}
    notice.take_off(session, village.clerk, key="off", now=NOW, **asked)  # type: ignore[arg-type]
    object_to(session, village, off)


def test_the_village_s_page_leads_to_what_stands_and_how_to_object(
    client: Client, session: Session, village: Made
) -> None:
    put_up(session, village)
    assert "第 1 号，3 条" in page(client, "/v/sx/")
    assert "/v/sx/notices/1" in page(client, "/v/sx/notices")
    shown = page(client, "/v/SX/notices/1")
    for wanted in ("张*国", "1户", "＋5", "−50", "已撤下", "公示到 6月20日，还有 6 天", "提异议", "021-57300001"):
        assert wanted in shown
    for private in PRIVATE:
        assert private not in shown


def test_names_are_gone_thirty_days_after_it_closed_and_sums_remain(
    client: Client, session: Session, village: Made, clock: Clock
) -> None:
    put_up(session, village)
    notice_id = notice_list.by_number(session, village.id, 1).id
    notice.post(session, village.clerk, key="p", notice_id=notice_id, now=DUE)
    clock.now = DUE + timedelta(days=29)
    assert "张*国" in page(client, "/v/sx/notices/1")
    clock.now += timedelta(days=1)
    shown = page(client, "/v/sx/notices/1")
    assert "*国" not in shown
    assert "B6" in shown
    assert "−50" in shown
    assert "第 1 号" not in page(client, "/v/sx/")


@pytest.mark.parametrize("path", ["/v/sx/notices/2", "/v/sx/notices/0", "/v/qt/notices/1", "/v/zz/notices"])
def test_a_notice_that_is_not_there(path: str, client: Client, session: Session, village: Made) -> None:
    make_village(session, "qt")
    put_up(session, village)
    assert client.get(path).status_code == 404
    assert "第 1 号" not in page(client, "/v/qt/")


@pytest.mark.parametrize("query", ["?page=2", "?page=-1", "?page=x", "?page=99999999999"])
def test_a_page_that_is_not_there_says_so(query: str, client: Client, session: Session, village: Made) -> None:
    put_up(session, village)
    for path in ("/v/sx/notices", "/v/sx/notices/1"):
        assert "张建国" not in page(client, path + query)


def test_a_household_reads_until_when_its_item_stands_and_then_that_it_is_booked(
    client: Client, session: Session, village: Made, clock: Clock
) -> None:
    approved(session, village)
    client.open_home(remember_phone(session, village.household))
    assert "审好了，等着公示" in page(client, "/my/")
    notice_id = published(session, village)
    home = page(client, "/my/")
    assert "公示到 6月20日，没有异议就记上" in home
    claim_page = re.search(r"/my/claims/[0-9a-f-]+", home)
    assert claim_page is not None
    assert "公示到 6月20日，没有异议就记上" in page(client, claim_page.group())
    clock.now = DUE
    assert "公示满了，等着记上" in page(client, "/my/")
    notice.post(session, village.clerk, key="p", notice_id=notice_id, now=DUE)
    assert "等着记上" not in page(client, "/my/")
    assert "记上了，是记录里的第 1 条" in page(client, claim_page.group())


def test_a_household_reads_why_its_item_was_taken_off(client: Client, session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    client.open_home(remember_phone(session, village.household))
    page(client, "/my/")
    asked = {"notice_id": notice_id, "claim_id": claim_id, "reason": "重复记了"}
    notice.take_off(session, village.clerk, key="off", now=NOW, **asked)  # type: ignore[arg-type]
    assert "没有记：重复记了" in page(client, "/my/")


def test_what_waits_to_be_collected_opens_from_the_home_page(client: Client, session: Session, village: Made) -> None:
    give(session, village, 300)
    reserve(session, village, "r", (make_reward(session, village.id, points=8, stock=20).id, 2))
    client.open_home(remember_phone(session, village.household))
    link = re.search(r"/my/redeem/[0-9a-f-]+", page(client, "/my/"))
    assert link is not None
    assert "去村里领" in page(client, link.group())

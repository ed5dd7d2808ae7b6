"""Putting approved items up, posting them when their days are over, and the sheet for the board."""

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Clock, Made, make_village
from tests.pages import Client
from tests.services.test_notice import DUE, approved, object_to, published
from villagepoints.domain.actor import ADMIN, COUNTER, REVIEWER
from villagepoints.models import Household, LedgerEntry
from villagepoints.services.posting import Item

FIGHT = Item(code="B6", occurred_on=TODAY, document="派出所认定书", note="打架")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status}"
    return answer.get_data(as_text=True)


def test_a_notice_from_the_first_look_to_the_book(session: Session, village: Made, clerk: Client, clock: Clock) -> None:
    approved(session, village)
    approved(session, village, 1, FIGHT)
    assert "看一遍，再贴出去" in page(clerk, "/desk/notices")
    assert "张建国" in page(clerk, "/desk/notices/next")
    put_up = clerk.submit("/desk/notices/next", action="/desk/notices")
    assert "第 1 号公示贴出了，2 条，到 6月20日" in page(clerk, put_up.location)
    standing = page(clerk, put_up.location)
    assert "公示中，还有 6 天" in standing
    assert f"{put_up.location}/post" not in standing
    clock.now = DUE
    assert "2 条没有异议，可以入账" in page(clerk, "/desk/notices")
    answer = clerk.submit("/desk/notices", action="/post")
    assert "已入账 2 条，一共 −45 分" in page(clerk, answer.location)
    assert "已办完" in page(clerk, "/desk/notices")
    session.rollback()
    assert sorted(session.scalars(select(LedgerEntry.points))) == [-50, 5]


def test_there_is_nothing_to_put_up_twice(session: Session, village: Made, clerk: Client) -> None:
    assert "还没有公示过" in page(clerk, "/desk/notices")
    approved(session, village)
    published(session, village)
    assert "没有等着公示的" in page(clerk, "/desk/notices/next")


def test_what_could_not_be_posted_is_named_with_its_reason(
    session: Session, village: Made, clerk: Client, clock: Clock
) -> None:
    disputed = approved(session, village, 2)
    approved(session, village)
    approved(session, village, 1)
    notice_id = published(session, village)
    object_to(session, village, disputed)
    session.get_one(Household, (village.id, village.household.id)).left_on = TODAY - timedelta(days=1)
    session.commit()
    clock.now = DUE
    said = clerk.submit(f"/desk/notices/{notice_id}", action="/post").get_data(as_text=True)
    assert "已入账 1 条" in said
    assert "001 D1：这户 2026-06-14 已经迁出" in said
    assert "有 1 条还有异议" in said


def test_a_mistake_is_taken_off_on_its_own_page(session: Session, village: Made, clerk: Client) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    off = f"/desk/notices/{notice_id}/items/{claim_id}/off"
    assert off in page(clerk, f"/desk/notices/{notice_id}")
    refused = clerk.submit(off, reason="")
    assert refused.status_code == 422
    assert "请写明为什么撤下" in refused.get_data(as_text=True)
    assert "已撤下，不会入账" in page(clerk, clerk.submit(off, reason="记错了户").location)
    shown = page(clerk, f"/desk/notices/{notice_id}")
    assert "记错了户" in shown
    assert off not in shown
    assert "都撤下了" in page(clerk, f"/desk/notices/{notice_id}/print")


def test_the_sheet_and_the_workbook_name_nobody_in_full(session: Session, village: Made, clerk: Client) -> None:
    approved(session, village)
    approved(session, village, 1, FIGHT)
    notice_id = published(session, village)
    sheet = page(clerk, f"/desk/notices/{notice_id}/print?paper=a3")
    file = io.BytesIO(clerk.get(f"/desk/notices/{notice_id}/sheet.xlsx").data)
    cells = repr(CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python())
    for shown in (sheet, cells):
        assert "张*国" in shown
        assert "1户" in shown
        for private in ("张建国", "李秀英", "李*英", "002", "打架"):
            assert private not in shown
    assert "021-57300001" in sheet
    assert "到 2026年6月20日 为止" in sheet


def test_who_may_see_and_who_may_press(session: Session, village: Made, as_role, clock: Clock) -> None:  # type: ignore[no-untyped-def]
    approved(session, village)
    notice_id = published(session, village)
    clock.now = DUE
    assert as_role(COUNTER).get("/desk/notices").status_code == 403
    assert "/post" not in page(as_role(ADMIN), f"/desk/notices/{notice_id}")
    assert as_role(REVIEWER).submit("/desk/notices", action="/post").status_code == 302


@pytest.mark.parametrize("tail", ["", "/print", "/sheet.xlsx"])
def test_another_village_s_notice_is_not_found(tail: str, session: Session, village: Made, clerk: Client) -> None:
    other = make_village(session, "qt")
    approved(session, other)
    notice_id = published(session, other)
    assert clerk.get(f"/desk/notices/{notice_id}{tail}").status_code == 404
    assert "第 1 号" not in page(clerk, "/desk/notices")


def test_the_list_takes_as_many_statements_for_ten_notices_as_for_one(
    session: Session, village: Made, clerk: Client, statements: list[str]
) -> None:
    from villagepoints.services import notice

    counts = []
    for times in (1, 3):
        for serial in range(times):
            approved(session, village, serial)
            notice.publish(session, village.clerk, key=f"{times}-{serial}", now=NOW)
        statements.clear()
        page(clerk, "/desk/notices")
        counts.append(len(statements))
    assert counts[0] == counts[1]

"""检查发现 at the desk: the list, one finding, its recheck and withdrawal, the slips."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Clock, Made
from tests.pages import Client
from villagepoints.domain.actor import COUNTER, REVIEWER
from villagepoints.models import Evidence, Finding
from villagepoints.services import finding


def record(
    session: Session, village: Made, key: str = "f", index: int = 0, code: str = "A1", note: str = "", days: int = 0
) -> UUID:
    what = {"household_id": village.households[index].id, "code": code, "note": note}
    what |= {"found_on": TODAY + timedelta(days=days), "now": NOW + timedelta(days=days)}
    return finding.record(session, village.clerk, key=key, **what)  # type: ignore[arg-type]


@pytest.fixture
def found(session: Session, village: Made) -> str:
    return f"/desk/findings/{record(session, village, note='门口一堆纸箱')}"


def photo() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (60, 40)).save(out, "JPEG")
    out.seek(0)
    return out, "photo.jpg"


def text(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def status(session: Session) -> str:
    session.rollback()
    return session.scalars(select(Finding.status)).one()


def test_put_right_with_a_photo_costs_nothing(clerk: Client, session: Session, found: str) -> None:
    refused = clerk.submit(found, is_right="yes", note="清掉了")
    assert (refused.status_code, "改好了要拍一张照片" in refused.get_data(as_text=True)) == (422, True)
    assert status(session) == "persuaded"
    answer = clerk.submit(found, is_right="yes", photos=photo())
    page = text(clerk, answer.location)
    assert "已记下：改好了，这一条不扣分。" in page
    assert "复查的照片" in page
    assert status(session) == "rectified"
    assert session.scalars(select(Evidence.is_recheck)).all() == [True]


def test_not_put_right_is_offered_from_the_day_on(clerk: Client, session: Session, found: str, clock: Clock) -> None:
    assert "6月22日起才能记" in text(clerk, found)
    assert clerk.submit(found, is_right="no").status_code == 422, "typed by hand it is refused too"
    clock.now += timedelta(days=7)
    assert "算数" in text(clerk, clerk.submit(found, is_right="no").location)
    assert status(session) == "counted"


def test_a_recheck_before_the_door_comes_back_to_the_door(
    clerk: Client, session: Session, village: Made, found: str
) -> None:
    page = found.replace("/findings/", "/lane/recheck/")
    assert "/desk/lane/recheck/" in text(clerk, f"/desk/lane/{village.household.id}")
    refused = clerk.submit(page, is_right="yes").get_data(as_text=True)
    assert "改好了要拍一张照片" in refused
    assert 'class="lane"' in refused, "still the page for the phone"
    assert clerk.submit(page, is_right="yes", photos=photo()).location == f"/desk/lane/{village.household.id}"


def test_a_recheck_that_says_neither_is_asked_again(clerk: Client, session: Session, found: str) -> None:
    assert "改好了还是没改好" in clerk.submit(found, is_right="maybe").get_data(as_text=True)
    assert status(session) == "persuaded"


def test_an_error_is_taken_back_with_a_reason(clerk: Client, session: Session, found: str) -> None:
    assert "请写明为什么撤销" in clerk.submit(found, reason="").get_data(as_text=True)
    assert "看错了门" in text(clerk, clerk.submit(found, reason="看错了门").location)
    assert status(session) == "withdrawn"


def test_whoever_takes_back_a_first_is_shown_the_repeat_that_rests_on_it(
    clerk: Client, session: Session, village: Made, found: str
) -> None:
    again = record(session, village, "g", days=1)
    page = text(clerk, found)
    assert "还站不站得住" in page
    assert str(again) in page


def test_the_list_says_what_is_to_be_looked_at_again(
    clerk: Client, session: Session, village: Made, found: str, clock: Clock
) -> None:
    record(session, village, "g", 1, "A2")
    both = text(clerk, "/desk/findings")
    assert "门口一堆纸箱" in both
    assert "生活垃圾分类投放到位" in both
    assert "门口一堆纸箱" not in text(clerk, "/desk/findings?item=A2")
    assert "没有到期要复查的" in text(clerk, "/desk/findings?due=1")
    clock.now += timedelta(days=20)  # into the next month: it is not forgotten with the month
    assert "门口一堆纸箱" in text(clerk, "/desk/findings?due=1")
    assert "这个月还没有检查发现" in text(clerk, "/desk/findings")


def test_the_slip_says_what_where_until_when_and_how_to_object(clerk: Client, found: str) -> None:
    page = text(clerk, f"{found}/slip")
    for words in ("张建国 家", "门口一堆纸箱", "2026年6月22日前改好，一分不扣", "提异议", "021-57300001", "（签字）"):
        assert words in page


def test_a_slip_never_says_that_the_good_was_found(clerk: Client, session: Session, village: Made) -> None:
    assert "「宅前屋后无乱堆物」这一条还没做到" in text(clerk, f"/desk/findings/{record(session, village)}/slip")


def test_the_slips_of_all_that_waits_are_printed_together(
    clerk: Client, session: Session, village: Made, found: str
) -> None:
    record(session, village, "g", 1)
    record(session, village, "h", 1, days=1)  # a repeat: nobody is persuaded any more
    assert text(clerk, "/desk/findings/slips").count('class="persuasion"') == 2
    assert clerk.get("/desk/findings/slips?group=7").location == "/desk/findings"


def test_a_settled_finding_has_no_slip(clerk: Client, found: str) -> None:
    clerk.submit(found, reason="看错了门")
    assert clerk.get(f"{found}/slip").status_code == 404


def test_the_counter_reads_but_does_not_decide(as_role, found: str) -> None:  # type: ignore[no-untyped-def]
    counter: Client = as_role(COUNTER)
    page = text(counter, found)
    assert "撤销这一条" not in page
    assert 'name="is_right"' not in page
    assert counter.get(f"{found}/slip").status_code == 403
    assert "撤销这一条" in text(as_role(REVIEWER), found)

"""A council through its pages: opened, said, closed, printed."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_user
from tests.pages import Client
from villagepoints.domain.actor import CLERK, COUNTER, REVIEWER
from villagepoints.models import Claim
from villagepoints.services import claim
from villagepoints.services.posting import Item


@pytest.fixture
def bench(session: Session, village: Made) -> list[str]:
    """Four who may sit, the clerk at the browser among them; the clerk has recorded nothing."""
    more = [make_user(session, village.id, REVIEWER, name=name).id for name in ("朱会计", "姚主任")]
    return [str(one) for one in (village.users[CLERK].id, village.users[REVIEWER].id, *more)]


@pytest.fixture
def waiting(session: Session, village: Made) -> list[UUID]:
    wanted = Item(code="D2", occurred_on=TODAY)
    return [
        claim.propose(session, village.villager(n), key=f"w{n}", household_id=home.id, wanted=wanted, now=NOW)
        for n, home in enumerate(village.households)
    ]


def start(clerk: Client, bench: list[str], **more: object) -> str:
    answer = clerk.submit("/desk/councils/new", place="村委会", members=bench, **more)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.location)


def test_a_round_is_opened_said_closed_and_printed(
    session: Session, clerk: Client, bench: list[str], waiting: list[UUID]
) -> None:
    page = start(clerk, bench)
    yes, no, later = waiting
    said = {f"decision-{yes}": "approved", f"decision-{no}": "refused", f"decision-{later}": ""}
    answer = clerk.submit(page, what="close", minutes="逐条议过", **said)
    text = answer.get_data(as_text=True)
    assert (answer.status_code, "都要写原因" in text) == (422, True)
    assert "逐条议过" in text, "what was typed is still there"
    answer = clerk.submit(page, what="close", minutes="逐条议过", **said, **{f"reason-{no}": "没有签到"})
    text = clerk.get(answer.location).get_data(as_text=True)
    assert "同意 1 条，不同意 1 条，还在待审核 1 条" in text
    assert 'name="minutes"' not in text, "nothing to change any more"
    session.rollback()
    found = dict(session.execute(select(Claim.id, Claim.status)).all())  # type: ignore[arg-type]
    assert found == {yes: "approved", no: "refused", later: "waiting"}
    paper = clerk.get(f"{page}/minutes").get_data(as_text=True)
    for words in ("朱会计签名", "姚主任签名", "逐条议过", "没有签到", "没有定"):
        assert words in paper
    assert "2026年6月15日" in clerk.get("/desk/councils").get_data(as_text=True)
    assert page in clerk.get(f"/desk/claims/{no}").get_data(as_text=True)


def test_who_is_present_can_be_put_right_until_the_round_is_closed(
    clerk: Client, bench: list[str], waiting: list[UUID]
) -> None:
    page = start(clerk, bench[:3])
    assert "要 3 个以上" in clerk.submit(f"{page}/members", members=bench[:2]).get_data(as_text=True)
    clerk.submit(f"{page}/members", members=bench)
    assert "姚主任" in clerk.get(page).get_data(as_text=True)
    clerk.submit(page, what="close", minutes="议过")
    assert "已经结束" in clerk.submit(f"{page}/members", members=bench[:3]).get_data(as_text=True)


def test_only_what_is_ticked_is_taken_up(clerk: Client, bench: list[str], waiting: list[UUID]) -> None:
    page = start(clerk, bench, which="some", claim=[str(waiting[1])])
    text = clerk.get(page).get_data(as_text=True)
    assert [str(one) in text for one in waiting] == [False, True, False]


def test_too_few_are_told_at_the_field_and_what_was_chosen_is_kept(
    clerk: Client, bench: list[str], waiting: list[UUID]
) -> None:
    fields = {"place": "祠堂", "members": bench[:2], "which": "some", "claim": [str(waiting[0])]}
    text = clerk.submit("/desk/councils/new", **fields).get_data(as_text=True)
    assert 'id="members-wrong">评议要 3 个以上' in text
    assert "祠堂" in text
    assert f'value="{waiting[0]}" checked' in text


def test_the_counter_neither_sees_nor_decides(as_role, clerk: Client, bench: list[str], waiting: list[UUID]) -> None:  # type: ignore[no-untyped-def]
    page = start(clerk, bench)
    assert as_role(COUNTER).get(page).status_code == 403

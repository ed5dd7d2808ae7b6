"""The second person at the desk."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_user, make_village
from tests.pages import Client, forms
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, REVIEWER
from villagepoints.models import Claim, Household
from villagepoints.services import claim, posting
from villagepoints.services.posting import Item

HONOUR = Item(code="B4", occurred_on=TODAY, grade="区级", occasion="最美志愿者", note="获评")


@pytest.fixture
def waiting(session: Session, village: Made) -> str:
    id_ = claim.propose(session, village.clerk, key="p", household_id=village.household.id, wanted=HONOUR, now=NOW)
    return f"/desk/claims/{id_}"


def status(session: Session) -> str:
    session.rollback()
    return session.scalars(select(Claim.status)).one()


def test_what_waits_is_listed_and_two_others_approve_it(
    app: Flask,
    session: Session,
    village: Made,
    as_role,
    waiting: str,  # type: ignore[no-untyped-def]
) -> None:
    reviewer: Client = as_role(REVIEWER)
    assert waiting in reviewer.get("/desk/claims").get_data(as_text=True)
    assert "还要 2 个人同意" in reviewer.get(waiting).get_data(as_text=True)
    answer = reviewer.submit(waiting, decision="approved")
    assert "还要另一个人也同意" in reviewer.get(answer.location).get_data(as_text=True)
    third = app.test_client()
    third.sign_in(make_user(session, village.id, REVIEWER))  # type: ignore[attr-defined]
    answer = third.submit(waiting, decision="approved")  # type: ignore[attr-defined]
    assert "会放到下一次公示里" in third.get(answer.location).get_data(as_text=True)
    assert "已同意，等下一次公示" in third.get(waiting).get_data(as_text=True)
    assert status(session) == "approved"
    assert session.scalars(select(Household.balance).where(Household.id == village.household.id)).one() == 0


def test_refusing_without_a_reason_is_explained(session: Session, as_role, waiting: str) -> None:  # type: ignore[no-untyped-def]
    reviewer: Client = as_role(REVIEWER)
    answer = reviewer.submit(waiting, decision="refused")
    assert answer.status_code == 422
    assert "请写明为什么不同意" in answer.get_data(as_text=True)
    assert status(session) == "waiting"
    assert reviewer.submit(waiting, decision="refused", reason="证书看不清").status_code == 302
    assert status(session) == "refused"


def test_whoever_recorded_it_is_told_to_ask_somebody_else(session: Session, clerk: Client, waiting: str) -> None:
    assert "要请另一个人审核" in clerk.get(waiting).get_data(as_text=True)
    with pytest.raises(AssertionError, match="no form"):
        clerk.submit(waiting, decision="approved")
    assert status(session) == "waiting"


def test_a_decision_that_is_none_approves_nothing(session: Session, as_role, waiting: str) -> None:  # type: ignore[no-untyped-def]
    as_role(REVIEWER).submit(waiting, decision="yes please")
    assert status(session) == "waiting"


def test_only_the_books_people_decide(session: Session, as_role, waiting: str) -> None:  # type: ignore[no-untyped-def]
    assert as_role(COUNTER).get(waiting).status_code == 403
    assert "decision" not in as_role(ADMIN).get(waiting).get_data(as_text=True)
    assert status(session) == "waiting"


def test_a_claim_of_another_village_is_not_found(session: Session, clerk: Client) -> None:
    other = make_village(session, "qt")
    id_ = claim.propose(session, other.clerk, key="p", household_id=other.household.id, wanted=HONOUR, now=NOW)
    assert clerk.get(f"/desk/claims/{id_}").status_code == 404
    assert "最美志愿者" not in clerk.get("/desk/claims").get_data(as_text=True)


def test_a_reversal_is_asked_for_on_the_page_and_waits_in_the_review_list(
    session: Session,
    village: Made,
    clerk: Client,
    as_role,  # type: ignore[no-untyped-def]
) -> None:
    wanted = Item(code="D4", occurred_on=TODAY, grade="义务维修")
    asked = {"household_id": village.household.id, "wanted": wanted, "now": NOW}
    posting.record(session, village.clerk, key="k", **asked)  # type: ignore[arg-type]
    page = f"/desk/households/{village.household.id}/entries/1/reverse"
    assert clerk.submit(page, reason="记错了户").status_code == 302
    home = clerk.get(f"/desk/households/{village.household.id}").get_data(as_text=True)
    assert "等另一个人审核" in home
    assert "冲正第 1 条" in clerk.get("/desk/claims").get_data(as_text=True)
    session.rollback()
    asked_for = session.scalars(select(Claim.id)).one()
    reviewer: Client = as_role(REVIEWER)
    answer = reviewer.submit(f"/desk/claims/{asked_for}", decision="approved")
    assert "已记上，−20 分；这户现在余 0 分" in reviewer.get(answer.location).get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(Household.balance).where(Household.id == village.household.id)).one() == 0


def record(session: Session, village: Made, key: str, household: int = 0, code: str = "D2", quantity: int = 1) -> UUID:
    wanted = Item(code=code, occurred_on=TODAY, quantity=quantity, note=f"事由{key}")
    home = village.households[household].id
    return claim.propose(session, village.clerk, key=key, household_id=home, wanted=wanted, now=NOW)


def test_what_is_ticked_is_approved_and_what_did_not_go_through_is_named(
    session: Session,
    village: Made,
    as_role,  # type: ignore[no-untyped-def]
) -> None:
    four, three = (record(session, village, key, code="D1", quantity=n) for key, n in (("a", 4), ("b", 3)))
    other = record(session, village, "c", 1)
    reviewer: Client = as_role(REVIEWER)
    ticked = [str(four), str(three), str(other)]
    asked = reviewer.submit("/desk/claims", action="/chosen", row=ticked, act="approve").get_data(as_text=True)
    assert "勾选了 3 条" in asked
    assert "001 张建国 D1 ＋20" in asked
    assert session.scalars(select(Claim.id).where(Claim.status != "waiting")).all() == [], "nothing is done yet"
    session.rollback()
    sure = next(form for form in forms(asked) if form.method == "post" and "claim" in form.fields)
    page = reviewer.post(sure.action, data=sure.fields).get_data(as_text=True)
    assert "同意了 2 条" in page
    assert "1 条没有办成" in page
    assert re.search(rf'href="/desk/claims/{three}">001 张建国 D1</a>：D1 志愿服务：当天最多 20 分', page)
    session.rollback()
    found = dict(session.execute(select(Claim.id, Claim.status)).all())  # type: ignore[arg-type]
    assert found == {four: "approved", three: "waiting", other: "approved"}
    nothing = reviewer.submit("/desk/claims", action="/chosen", act="approve")
    assert "请先在表里勾选" in reviewer.get(nothing.location).get_data(as_text=True)


def test_one_s_own_records_have_no_box_to_tick(session: Session, village: Made, clerk: Client, as_role) -> None:  # type: ignore[no-untyped-def]
    claim_id = record(session, village, "a")
    box = f'name="row" value="{claim_id}"'
    assert box not in clerk.get("/desk/claims").get_data(as_text=True)
    assert box in as_role(REVIEWER).get("/desk/claims").get_data(as_text=True)
    assert 'value="approve"' not in as_role(ADMIN).get("/desk/claims").get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=001", "a"),
        ("who=李秀英", "b"),
        ("item=D1", "c"),
        ("recorder=households", "d"),
        ("recorder=nobody&who=003", "cd"),
        ("group=7", ""),
        ("status=refused", ""),
    ],
)
def test_the_list_is_narrowed_by_what_people_ask(
    session: Session,
    village: Made,
    as_role,
    query: str,
    found: str,  # type: ignore[no-untyped-def]
) -> None:
    record(session, village, "a")
    record(session, village, "b", 1)
    record(session, village, "c", 2, "D1")
    own = {"household_id": village.households[2].id, "wanted": Item(code="C4", occurred_on=TODAY, note="事由d")}
    claim.propose(session, village.villager(2), key="d", now=NOW, **own)  # type: ignore[arg-type]
    page = as_role(REVIEWER).get(f"/desk/claims?{query}").get_data(as_text=True)
    assert {key for key in "abcd" if f"事由{key}" in page} == set(found)


def test_a_relative_s_claim_shows_no_decision(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    claim_id = record(session, village, "a")
    reviewer: Client = as_role(REVIEWER)
    assert reviewer.submit("/desk/relatives", number="001", relation="parent").status_code == 302
    page = reviewer.get(f"/desk/claims/{claim_id}").get_data(as_text=True)
    assert "自己家或亲属家" in page
    assert 'value="approved"' not in page


def test_relatives_are_declared_by_oneself_and_taken_back_by_another_administrator(
    village: Made,
    clerk: Client,
    as_role,  # type: ignore[no-untyped-def]
) -> None:
    page = f"/desk/users/{village.users[CLERK].id}/relatives"
    assert "没有户号" in clerk.submit("/desk/relatives", number="999", relation="child").get_data(as_text=True)
    assert "请选一个" in clerk.submit("/desk/relatives", number="002", relation="").get_data(as_text=True)
    clerk.submit("/desk/relatives", number="002", relation="child")
    assert "李秀英" in clerk.get("/desk/relatives").get_data(as_text=True)
    with pytest.raises(AssertionError, match="no form"):
        clerk.submit("/desk/relatives", action="remove")
    assert clerk.get(page).status_code == 403
    assert "亲属 1 户" in as_role(ADMIN).get("/desk/users").get_data(as_text=True)
    assert as_role(ADMIN).submit(page, action="remove").status_code == 302
    assert "李秀英" not in clerk.get("/desk/relatives").get_data(as_text=True)

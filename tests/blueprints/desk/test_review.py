"""The second person at the desk."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, COUNTER, REVIEWER
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


def test_what_waits_is_listed_and_another_person_approves_it(
    session: Session,
    village: Made,
    as_role,
    waiting: str,  # type: ignore[no-untyped-def]
) -> None:
    reviewer: Client = as_role(REVIEWER)
    assert waiting in reviewer.get("/desk/claims").get_data(as_text=True)
    answer = reviewer.submit(waiting, decision="approved")
    assert "已记上，＋100 分" in reviewer.get(answer.location).get_data(as_text=True)
    assert session.scalars(select(Household.balance).where(Household.id == village.household.id)).one() == 100


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


def test_a_large_reversal_is_asked_for_on_the_page_and_waits_in_the_review_list(
    session: Session, village: Made, clerk: Client
) -> None:
    wanted = Item(code="D4", occurred_on=TODAY, grade="见义勇为")
    asked = {"household_id": village.household.id, "wanted": wanted, "now": NOW}
    posting.record(session, village.clerk, key="k", approved_by=village.reviewer.user_id, **asked)
    page = f"/desk/households/{village.household.id}/entries/1/reverse"
    assert clerk.submit(page, reason="记错了户").status_code == 302
    home = clerk.get(f"/desk/households/{village.household.id}").get_data(as_text=True)
    assert "等另一个人审核" in home
    assert "冲正第 1 条" in clerk.get("/desk/claims").get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(Household.balance).where(Household.id == village.household.id)).one() == 200

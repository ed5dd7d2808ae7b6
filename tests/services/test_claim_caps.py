"""Whatever is proposed, approved, posted or refused in whatever order, what stands and what is on its way keep within
the caps; and of two approvals at once only one takes the last of a cap or a quota."""

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_household, make_user
from tests.services.test_claim import post
from villagepoints.domain.actor import REVIEWER, Actor
from villagepoints.domain.errors import DomainError
from villagepoints.models import Claim, LedgerEntry
from villagepoints.services import claim as claims
from villagepoints.services.posting import Item

# few enough days and items that caps are reached
WISHES = st.tuples(st.sampled_from([("D1", 3), ("D1", 2), ("C4", 1)]), st.sampled_from([TODAY, date(2026, 5, 31)]))
ACTS = st.tuples(st.sampled_from(["approve", "approve", "approve", "post", "refuse", "ask again"]), st.integers(0, 7))
LIMITS = {("D1", "day"): 20, ("D1", "month"): 100, ("D2", "month"): 20, ("C4", "month"): 20}


def counted(session: Session, household_id: UUID) -> list[tuple[str, int, date]]:
    """What stands in the ledger, and what is approved but not posted."""
    session.rollback()
    rows: list[tuple[str, int, date]] = []
    for model, more in ((LedgerEntry, []), (Claim, [Claim.status == "approved"])):
        of_model = (model.item_code, model.points, model.occurred_on)
        rows += [
            tuple(row) for row in session.execute(select(*of_model).where(model.household_id == household_id, *more))
        ]  # type: ignore[misc]
    return rows


def beyond(rows: list[tuple[str, int, date]]) -> list[str]:
    sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for code, points, on in rows:
        sums[code, "day", on.isoformat()] += points
        sums[code, "month", on.isoformat()[:7]] += points
        sums["all", "month", on.isoformat()[:7]] += points
    limits = {**LIMITS, ("all", "month"): 200}
    return [f"{key}: {used}" for key, used in sums.items() if used > limits.get(key[:2], used)]


@settings(max_examples=15)
@given(st.lists(WISHES, min_size=6, max_size=8), st.lists(ACTS, min_size=8, max_size=14))
def test_no_order_of_acts_passes_a_cap(
    session: Session, village: Made, wishes: list[tuple[tuple[str, int], date]], acts: list[tuple[str, int]]
) -> None:
    household = make_household(session, village.id)

    def ask(place: int) -> UUID:
        (code, quantity), day = wishes[place % len(wishes)]
        wanted = Item(code=code, quantity=quantity, occurred_on=day)
        asked = {"household_id": household.id, "wanted": wanted, "now": NOW}
        return claims.propose(session, village.clerk, key=str(uuid4()), **asked)  # type: ignore[arg-type]

    ids = [ask(place) for place in range(len(wishes))]
    for act, place in acts:
        one = {"key": str(uuid4()), "claim_id": ids[place % len(ids)], "now": NOW}
        try:
            if act == "approve":
                claims.approve(session, village.reviewer, **one)  # type: ignore[arg-type]
            elif act == "refuse":
                claims.refuse(session, village.reviewer, reason="不符", **one)  # type: ignore[arg-type]
            elif act == "ask again":
                ids.append(ask(place))
            elif session.get_one(Claim, (village.id, one["claim_id"])).status == "approved":
                post(session, village.clerk, ids[place % len(ids)])
        except DomainError:
            pass
    assert beyond(counted(session, household.id)) == []


def at_once(sessions: Callable[[], Session], approvals: list[tuple[Actor, UUID]]) -> list[str]:
    answers: list[str] = []
    barrier = threading.Barrier(len(approvals))

    def work(who: Actor, claim_id: UUID) -> None:
        with sessions() as own:
            barrier.wait()
            try:
                answers.append(claims.approve(own, who, key=str(claim_id), claim_id=claim_id, now=NOW).status)
            except DomainError as refusal:
                answers.append(type(refusal).__name__)

    threads = [threading.Thread(target=work, args=one) for one in approvals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_of_two_approvals_at_once_one_takes_the_last_of_a_cap(
    sessions: Callable[[], Session], session: Session, village: Made
) -> None:
    third = actor(make_user(session, village.id, REVIEWER))
    for number in range(3):
        home = make_household(session, village.id).id
        wanted = Item(code="D1", quantity=3, occurred_on=TODAY)
        asked = {"household_id": home, "wanted": wanted, "now": NOW}
        two = [claims.propose(session, village.clerk, key=f"{number}{n}", **asked) for n in "ab"]
        answers = at_once(sessions, [(village.reviewer, two[0]), (third, two[1])])
        assert answers == ["RuleBroken", "approved"]
        assert beyond(counted(session, home)) == []


def test_of_two_approvals_at_once_one_takes_the_last_place_of_a_quota(
    sessions: Callable[[], Session], session: Session, village: Made
) -> None:
    homes = [make_household(session, village.id).id for _ in range(8)]  # with the two there are: one place
    third = actor(make_user(session, village.id, REVIEWER))
    tidy = Item(code="A6", occurred_on=TODAY)
    two = [
        claims.propose(session, village.clerk, key=str(home), household_id=home, wanted=tidy, now=NOW)
        for home in homes[:2]
    ]
    assert at_once(sessions, [(village.reviewer, two[0]), (third, two[1])]) == ["RuleBroken", "approved"]

"""Who declared a household of close relatives handles nothing of it, and does not take that back alone."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward, make_village
from tests.services.test_claim import propose
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, Actor
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Activity, LedgerEntry, Relative
from villagepoints.services import claim, finding, posting, redemption, relative
from villagepoints.services.posting import Item

SMALL = Item(code="D1", occurred_on=TODAY, quantity=2)


def declare(session: Session, who: Actor, whose: Actor | None = None, number: str = "001", key: str = "d") -> None:
    user_id = (whose or who).user_id
    assert user_id
    relative.declare(session, who, user_id=user_id, number=number, relation="sibling", key=key, now=NOW)


def test_a_declaration_is_kept_once_and_stands_in_the_trail(session: Session, village: Made) -> None:
    for _ in range(2):
        declare(session, village.clerk)
    with pytest.raises(Conflict, match="已经报过"):
        declare(session, village.clerk, key="e")
    row = relative.of_user(session, village.id, village.users[CLERK].id)[0]
    assert (row.number, row.relation) == ("001", "sibling")
    assert relative.counts(session, village.id) == {village.users[CLERK].id: 1}
    acts = session.scalars(select(Activity).where(Activity.action == "relative.declared")).all()
    assert [(act.subject, act.detail["relation"]) for act in acts] == [(village.users[CLERK].id, "sibling")]


def test_nobody_handles_a_declared_relatives_household(session: Session, village: Made) -> None:
    claim_id = propose(session, village, SMALL)
    asked = {"household_id": village.household.id, "now": NOW}
    posting.record(session, village.reviewer, key="r", wanted=SMALL, **asked)  # type: ignore[arg-type]
    reward = make_reward(session, village.id, points=5)
    cousin, admin = village.reviewer, village.actor(ADMIN)
    declare(session, admin, cousin)
    declare(session, village.actor(COUNTER), key="counter")
    found = {"code": "A1", "count": 1, "found_on": TODAY, "note": "", "photos": []}
    acts: list[Callable[[], object]] = [
        lambda: claim.propose(session, cousin, key="1", wanted=SMALL, **asked),  # type: ignore[arg-type]
        lambda: claim.approve(session, cousin, key="2", claim_id=claim_id, now=NOW),
        lambda: claim.refuse(session, cousin, key="3", claim_id=claim_id, reason="不符", now=NOW),
        lambda: claim.propose_reversal(session, cousin, key="4", seq=1, reason="记错", **asked),  # type: ignore[arg-type]
        lambda: claim.propose_claw_back(session, cousin, key="5", seq=1, reason="x", document="y", **asked),  # type: ignore[arg-type]
        lambda: finding.record(session, cousin, key="6", **found, **asked),  # type: ignore[arg-type]
        lambda: redemption.serve(
            session,
            village.actor(COUNTER),
            key="7",
            lines=[(reward.id, 1)],
            channel="counter",
            **asked,  # type: ignore[arg-type]
        ),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match="亲属家"):
            act()
    session.rollback()
    assert len(session.scalars(select(LedgerEntry)).all()) == 1
    claim.approve(session, village.actor(ADMIN), key="8", claim_id=claim_id, now=NOW)


def test_only_another_administrator_takes_a_declaration_back(session: Session, village: Made) -> None:
    admin, clerk_id = village.actor(ADMIN), village.users[CLERK].id
    declare(session, village.clerk)
    declare(session, admin, key="own")
    for who, whose in ((village.clerk, clerk_id), (village.reviewer, clerk_id), (admin, admin.user_id)):
        assert whose
        with pytest.raises(NotAllowed, match="另一位管理员"):
            relative.remove(session, who, user_id=whose, household_id=village.household.id, key="x", now=NOW)
    for _ in range(2):
        relative.remove(session, admin, user_id=clerk_id, household_id=village.household.id, key="r", now=NOW)
    assert list(session.scalars(select(Relative.user_id))) == [admin.user_id]
    assert session.scalars(select(Activity).where(Activity.action == "relative.removed")).one().subject == clerk_id


def test_what_cannot_be_declared_is_refused_in_words(session: Session, village: Made) -> None:
    village.users[CLERK].household_id = village.household.id
    session.commit()
    other = make_village(session, "qt")
    clerk = village.clerk
    with pytest.raises(Conflict, match="本人家"):
        declare(session, clerk)
    with pytest.raises(NotFound, match="没有户号"):
        declare(session, clerk, number="999")
    with pytest.raises(NotAllowed, match="只能报自己的"):
        declare(session, clerk, village.reviewer)
    with pytest.raises(NotFound):
        declare(session, other.actor(ADMIN), clerk)
    assert clerk.user_id
    with pytest.raises(BadInput):
        relative.declare(session, clerk, user_id=clerk.user_id, number="002", relation="朋友", key="k", now=NOW)
    assert session.scalars(select(Relative)).all() == []

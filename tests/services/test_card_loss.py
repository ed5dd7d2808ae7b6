"""A lost card dies at once, whoever says so, and the trail keeps who, when and why."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_village, village_of
from tests.services.test_card import KEY, issue
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import BadInput, NotAllowed, NotFound
from villagepoints.models import Activity, Card
from villagepoints.services import card, card_loss
from villagepoints.services.verify import verify


def lose(session: Session, village: Made, actor: Actor | None = None, key: str = "l", **more: object) -> None:
    given = {"household_id": village.household.id, "reason": "门牌被风刮走了", "now": NOW, **more}
    card_loss.lose(session, actor or village.clerk, key=key, **given)  # type: ignore[arg-type]


def test_a_lost_card_opens_nothing_from_that_moment(session: Session, village: Made) -> None:
    old = issue(session, village)
    revision = village.household.revision
    lose(session, village)
    lose(session, village)  # a second click
    assert card.resolve(session, "sx", old.token) is None
    session.refresh(village.household)
    assert village.household.revision > revision
    lost = card_loss.lost(session, village.id, village.household.id)
    assert lost is not None
    assert (lost.number, lost.reason, lost.by_household) == (1, "门牌被风刮走了", False)
    assert lost.by == village.users["clerk"].name
    acts = session.scalars(select(Activity).where(Activity.action == card_loss.LOST)).all()
    assert [act.subject for act in acts] == [village.household.id]


def test_a_new_one_is_given_when_it_is_wanted(session: Session, village: Made) -> None:
    old = issue(session, village)
    lose(session, village, new_with=KEY)
    (new,) = card.printed(session, village.id, card_key=KEY)
    assert (new.number, new.token != old.token) == (2, True)
    assert card.resolve(session, "sx", new.token) is not None
    assert card_loss.lost(session, village.id, village.household.id) is None


def test_a_household_reports_its_own_card_and_no_other(session: Session, village: Made) -> None:
    issue(session, village)
    neighbour = Actor(village.id, household_id=village.households[1].id)
    with pytest.raises(NotAllowed):
        lose(session, village, neighbour, key="n")
    with pytest.raises(NotAllowed):
        lose(session, village, village.villager(), key="w", new_with=KEY)
    lose(session, village, village.villager())
    lost = card_loss.lost(session, village.id, village.household.id)
    assert lost is not None
    assert lost.by_household


def test_nothing_dies_without_a_reason_or_where_no_card_lives(session: Session, village: Made) -> None:
    printed = issue(session, village)
    with pytest.raises(BadInput):
        lose(session, village, reason=" ", key="a")
    assert card.resolve(session, "sx", printed.token) is not None
    other = make_village(session, "hm")
    with pytest.raises(NotFound):
        lose(session, village, other.clerk, key="b")
    assert card.resolve(session, "sx", printed.token) is not None
    with pytest.raises(NotFound):
        lose(session, village, household_id=village.households[1].id, key="c")


def test_verify_names_a_lost_card_that_opens_again(session: Session, village: Made) -> None:
    issue(session, village)
    lose(session, village)
    assert list(verify(session, village_of(session, village))) == []
    session.execute(update(Card).values(revoked_at=None))
    session.commit()
    assert [one.kind for one in verify(session, village_of(session, village))] == ["card"]

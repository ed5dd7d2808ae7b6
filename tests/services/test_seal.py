"""A published seal catches what a chain alone cannot: edit and hash again, drop the newest, delete an account."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from tests.services.test_posting import problems, record
from villagepoints.domain.errors import BadInput
from villagepoints.domain.ledger import entry_hash
from villagepoints.models import Activity, EntryText, Household, LedgerEntry, Resident, Village, triggers
from villagepoints.services import seal
from villagepoints.services.activity import act_hash
from villagepoints.services.posting import Item


@pytest.fixture
def published(session: Session, village: Made) -> seal.Published:
    """The seal after two entries of the first household, as SEAL.json gives it back."""
    record(session, village, "k1")
    record(session, village, "k2", Item(code="D2", occurred_on=factories.TODAY))
    taken = seal.take(session, village.clerk, now=NOW)
    return seal.read_published(json.dumps(taken.as_json()))


def found(session: Session, published: seal.Published) -> list[str]:
    session.rollback()
    session.expire_all()
    return [problem.sentence for problem in seal.against(session, published)]


def unguard(session: Session) -> None:
    """What an administrator with SQL does first."""
    session.rollback()
    triggers.drop(session.connection())


def test_books_that_went_on_still_agree_with_an_earlier_seal(
    session: Session, village: Made, published: seal.Published
):
    record(session, village, "k3", Item(code="C4", occurred_on=factories.TODAY))
    assert found(session, published) == []


def test_each_seal_names_the_one_before(session: Session, village: Made, published: seal.Published):
    second = seal.take(session, village.clerk, now=NOW + timedelta(days=1))
    assert (second.number, second.previous_root) == (2, published.root)


def test_an_entry_edited_and_hashed_again_passes_the_chain_and_fails_the_seal(
    session: Session, village: Made, published: seal.Published
):
    unguard(session)
    session.execute(delete(EntryText))
    last = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 2)).one()
    last.points, last.balance_after = 20, 30
    last.hash = entry_hash(last)
    session.execute(update(Household).where(Household.last_seq == 2).values(balance=30, last_hash=last.hash))
    session.commit()
    assert problems(session, village) == []
    assert found(session, published) == ["封账时的最后一条记录现在不在了，或者内容变了。"]


def test_the_newest_entry_dropped_passes_the_chain_and_fails_the_seal(
    session: Session, village: Made, published: seal.Published
):
    unguard(session)
    first = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 1)).one()
    session.execute(delete(EntryText).where(EntryText.seq == 2))
    session.execute(delete(LedgerEntry).where(LedgerEntry.seq == 2))
    head = {"balance": first.balance_after, "last_seq": 1, "last_hash": first.hash}
    session.execute(update(Household).where(Household.last_seq == 2).values(**head))
    session.commit()
    assert problems(session, village) == []
    assert found(session, published)


def test_a_deleted_account_passes_the_chain_and_fails_the_seal(
    session: Session, village: Made, published: seal.Published
):
    unguard(session)
    victim = village.households[1].id
    session.execute(delete(Resident).where(Resident.household_id == victim))
    session.execute(delete(Household).where(Household.id == victim))
    session.commit()
    assert problems(session, village) == []
    assert "封账时有的户现在不见了。" in found(session, published)


def test_a_rewritten_activity_trail_fails_the_seal(session: Session, village: Made, published: seal.Published):
    unguard(session)
    last = session.scalars(select(Activity).order_by(Activity.seq.desc()).limit(1)).one()
    last.actor_id = village.household.id
    last.hash = act_hash({c.name: getattr(last, c.name) for c in Activity.__table__.columns})
    session.execute(update(Village).values(activity_hash=last.hash))
    session.commit()
    assert problems(session, village) == []
    assert found(session, published) == ["封账时的操作记录现在变了。"]


def test_an_edited_seal_file_and_one_of_elsewhere_are_seen(session: Session, village: Made, published: seal.Published):
    assert "封账文件自己的指纹不符：文件被改过。" in found(session, replace(published, heads=published.heads[1:]))
    elsewhere = replace(published, village_id=village.household.id)
    assert found(session, elsewhere) == ["封账文件是别的村的，或者这个村不见了。"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"accounts": [{}]}', "\0", '{"accounts": 3}'])
def test_a_file_that_is_no_seal_is_refused_with_a_sentence(content: str):
    with pytest.raises(BadInput, match="读不懂"):
        seal.read_published(content)


def test_seals_themselves_are_append_only(session: Session, village: Made, published: seal.Published):
    for statement in ("UPDATE seal SET households = 9", "DELETE FROM seal_head"):
        with pytest.raises(Exception, match="append-only"):
            session.execute(text(statement))
        session.rollback()

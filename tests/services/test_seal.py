"""Taking a seal, and the file it is published in; what it catches is in tests/safety/test_against_a_seal.py."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from tests.services.test_posting import record
from villagepoints.domain import seal as rules
from villagepoints.domain.errors import BadInput
from villagepoints.services import seal
from villagepoints.services.against import against
from villagepoints.services.posting import Item
from villagepoints.services.seal_file import Published, read_published


@pytest.fixture
def published(session: Session, village: Made) -> Published:
    """The seal after two entries of the first household, as SEAL.json gives it back."""
    record(session, village, "k1")
    record(session, village, "k2", Item(code="D2", occurred_on=factories.TODAY))
    taken = seal.take(session, village.clerk, now=NOW)
    return read_published(json.dumps(taken.as_json()))


def found(session: Session, published: Published) -> list[str]:
    session.rollback()
    session.expire_all()
    return [problem.sentence for problem in against(session, published)]


def test_books_that_went_on_still_agree_with_an_earlier_seal(session: Session, village: Made, published: Published):
    record(session, village, "k3", Item(code="C4", occurred_on=factories.TODAY))
    assert found(session, published) == []


def test_each_seal_names_the_one_before(session: Session, village: Made, published: Published):
    second = seal.take(session, village.clerk, now=NOW + timedelta(days=1))
    assert (second.number, second.previous_root) == (2, published.root)


def test_an_edited_seal_file_and_one_of_elsewhere_are_seen(session: Session, village: Made, published: Published):
    assert "封账文件自己的指纹不符：文件被改过。" in found(session, replace(published, heads=published.heads[1:]))
    elsewhere = replace(published, village_id=village.household.id)
    assert found(session, elsewhere) == ["封账文件是别的村的，或者这个村不见了。"]


def test_a_seal_file_of_the_first_format_is_still_read(session: Session, village: Made, published: Published):
    """What was published before a seal knew whose account is whose and when it was taken."""
    heads = tuple(replace(head, who=b"") for head in published.heads)
    frame = (village.id, b"", published.activity_seq, published.activity_hash)
    root = rules.merkle_root(rules.leaves_of(*frame, heads))
    accounts = [
        {"household": str(head.household_id), "number": "", "seq": head.seq, "hash": head.hash.hex()} for head in heads
    ]
    raw = {
        "format": 1,
        "village": {"id": str(village.id), "code": "sx"},
        "number": 1,
        "root": root.hex(),
        "previous_root": "",
        "activity": {"seq": frame[2], "hash": frame[3].hex()},
        "taken_at": "2026-06-15T02:00:00.000000Z",
        "accounts": accounts,
    }
    old = read_published(json.dumps(raw))
    assert old.is_whole()
    assert found(session, old) == ["村里存着的第 1 次封账不见了，或者被换过。"]


def test_the_form_sent_twice_seals_once(session: Session, village: Made, published: Published):
    first = seal.take(session, village.clerk, now=NOW, key="form")
    again = seal.take(session, village.clerk, now=NOW + timedelta(hours=1), key="form")
    assert (first.number, again.number) == (2, 2)
    assert again.root == first.root
    assert seal.latest(session, village.id).number == 2  # type: ignore[union-attr]


def test_what_everybody_may_have_tells_no_household_by_its_number(session: Session, village: Made):
    record(session, village, "k1")
    taken = seal.take(session, village.clerk, now=NOW)
    public = json.dumps(taken.as_json(with_numbers=False))
    assert '"001"' in json.dumps(taken.as_json())
    assert '"001"' not in public
    assert found(session, read_published(public)) == []
    assert seal.kept(session, village.id, 1).as_json() == taken.as_json()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"accounts": [{}]}', "\0", '{"accounts": 3}'])
def test_a_file_that_is_no_seal_is_refused_with_a_sentence(content: str):
    with pytest.raises(BadInput, match="读不懂"):
        read_published(content)


def test_seals_themselves_are_append_only(session: Session, village: Made, published: Published):
    for statement in ("UPDATE seal SET households = 9", "DELETE FROM seal_head"):
        with pytest.raises(Exception, match="append-only"):
            session.execute(text(statement))
        session.rollback()

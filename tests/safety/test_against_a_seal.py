"""An administrator with SQL and time: what a chain alone cannot catch, a published seal does, and names the household.

The attacks leave chains, balances and heads in order, as somebody careful would.
"""

import json
import runpy
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, village_of
from tests.services.test_posting import record
from villagepoints.domain.ledger import entry_hash
from villagepoints.models import (
    Activity,
    Checkpoint,
    CheckpointHead,
    EntryText,
    Household,
    LedgerEntry,
    Resident,
    Seal,
    SealHead,
    Village,
    triggers,
)
from villagepoints.services import against as against_module
from villagepoints.services import (
    checkpoint,
    history,
    household_edit,
    household_file,
    identity_check,
    seal,
    seal_check,
    verify,
)
from villagepoints.services.activity import act_hash
from villagepoints.services.against import against
from villagepoints.services.posting import Item
from villagepoints.services.seal_file import Published, read_published
from villagepoints.services.verify import Problem

DAY = timedelta(days=1)
PROGRAM = Path(against_module.__file__).parents[1] / "static" / "check_points.py"
Attack = Callable[[Session, Made], None]


@pytest.fixture
def published(session: Session, village: Made) -> Published:
    """Two days of entries with a checkpoint after each, then the seal that was hung up, then life goes on."""
    post(session, village, 0, "a")
    post(session, village, 1, "b")
    assert checkpoint.take(session, village.clerk, now=NOW) == 1
    post(session, village, 0, "c", now=NOW + DAY)
    assert checkpoint.take(session, village.clerk, now=NOW + DAY) == 2
    post(session, village, 0, "d", now=NOW + 2 * DAY)
    taken = seal.take(session, village.clerk, now=NOW + 2 * DAY)
    post(session, village, 0, "e", now=NOW + 3 * DAY)
    session.rollback()
    triggers.drop(session.connection())
    session.commit()
    return read_published(json.dumps(taken.as_json()))


def post(session: Session, village: Made, which: int, key: str, now: datetime = NOW) -> None:
    wanted = Item(code="D2", occurred_on=TODAY, note=key)
    record(session, village, key, wanted, household_id=village.households[which].id, now=now)


def rehashed(session: Session, household_id: object) -> None:
    """Number, add up and chain an account's entries anew, as they stand now, and its head."""
    session.flush()
    before, balance = b"", 0
    rows = session.scalars(
        select(LedgerEntry).where(LedgerEntry.household_id == household_id).order_by(LedgerEntry.seq)
    ).all()
    for entry in rows:
        balance += entry.points
        entry.balance_after, entry.prev_hash = balance, before
        entry.hash = before = entry_hash(entry)
    head = {"balance": balance, "last_seq": len(rows), "last_hash": before}
    session.execute(update(Household).where(Household.id == household_id).values(**head))


def edit(session: Session, village: Made) -> None:
    session.execute(update(LedgerEntry).where(LedgerEntry.seq == 2).values(points=99))


def edit_and_rehash(session: Session, village: Made) -> None:
    session.execute(update(LedgerEntry).where(LedgerEntry.seq == 2).values(points=99))
    rehashed(session, village.household.id)


def edit_rehash_and_seal_anew(session: Session, village: Made) -> None:
    """Whoever owns the database makes its own seal agree as well."""
    edit_and_rehash(session, village)
    session.flush()
    for head in session.scalars(select(SealHead).where(SealHead.household_id == village.household.id)):
        head.hash = session.scalars(
            select(LedgerEntry.hash).where(LedgerEntry.household_id == head.household_id, LedgerEntry.seq == head.seq)
        ).one()
    session.flush()
    row = session.scalars(select(Seal)).one()
    frame = (village.id, row.previous_root, row.activity_seq, row.activity_hash)
    leaves = seal.rules.leaves_of(*frame, seal.heads_of(session, village.id, 1), seal.stamp_of(row))
    row.root = seal.rules.merkle_root(leaves)


def drop_the_newest(session: Session, village: Made) -> None:
    """The two last ones of the account: what came after the seal, and what the seal found as its head."""
    of = LedgerEntry.household_id == village.household.id
    session.execute(delete(EntryText).where(EntryText.household_id == village.household.id, EntryText.seq >= 3))
    session.execute(delete(LedgerEntry).where(of, LedgerEntry.seq >= 3))
    rehashed(session, village.household.id)


def delete_an_account(session: Session, village: Made) -> None:
    victim = village.households[2].id
    session.execute(delete(Resident).where(Resident.household_id == victim))
    session.execute(delete(Household).where(Household.id == victim))


def insert_one_between(session: Session, village: Made) -> None:
    """An entry that was never there, put between the first and the second and dated accordingly."""
    home = village.household.id
    rows = session.execute(
        select(LedgerEntry.__table__).where(LedgerEntry.household_id == home).order_by(LedgerEntry.seq.desc())
    ).all()
    session.execute(delete(EntryText).where(EntryText.household_id == home))
    for row in rows:
        if row.seq > 1:
            mine = (LedgerEntry.household_id == home, LedgerEntry.seq == row.seq)
            session.execute(update(LedgerEntry).where(*mine).values(seq=row.seq + 1, commitment=None))
    session.execute(update(LedgerEntry).where(LedgerEntry.household_id == home).values(commitment=None))
    session.execute(LedgerEntry.__table__.insert().values({**rows[-1]._asdict(), "seq": 2, "commitment": None}))
    session.expire_all()
    rehashed(session, home)


def backdate_behind_the_seal(session: Session, village: Made) -> None:
    """What was posted after the seal says that it was recorded before it."""
    newest = (LedgerEntry.household_id == village.household.id, LedgerEntry.seq == 4)
    session.execute(update(LedgerEntry).where(*newest).values(recorded_at=NOW))
    rehashed(session, village.household.id)


def swap_names(session: Session, village: Made) -> None:
    first, second = village.households[0].id, village.households[1].id
    swap = {first: "李秀英", second: "张建国"}
    for id_, name in swap.items():
        session.execute(update(Household).where(Household.id == id_).values(head_name=name))
        session.execute(update(Resident).where(Resident.household_id == id_).values(name=name))


def swap_numbers(session: Session, village: Made) -> None:
    for id_, number in ((0, "x"), (1, "001"), (0, "002")):
        session.execute(update(Household).where(Household.id == village.households[id_].id).values(number=number))


def rewrite_the_trail(session: Session, village: Made) -> None:
    acts = session.scalars(select(Activity).order_by(Activity.seq)).all()
    acts[0].actor_id = village.household.id
    before = b""
    for act in acts:
        act.prev_hash = before
        act.hash = before = act_hash({c.name: getattr(act, c.name) for c in Activity.__table__.columns})
    session.execute(update(Village).values(activity_hash=before))


ATTACKS: dict[str, tuple[Attack, set[str | None]]] = {
    "edit": (edit, {"001"}),
    "edit and hash again": (edit_and_rehash, {"001"}),
    "edit, hash again, seal anew": (edit_rehash_and_seal_anew, {"001"}),
    "drop the newest": (drop_the_newest, {"001"}),
    "delete an account": (delete_an_account, {"003"}),
    "put one between": (insert_one_between, {"001"}),
    "backdate": (backdate_behind_the_seal, {"001"}),
    "swap two names": (swap_names, {"001", "002"}),
    "swap two numbers": (swap_numbers, {"001", "002"}),
    "rewrite the trail": (rewrite_the_trail, {None}),
}


def found(session: Session, village: Made, published: Published, name: str = "") -> list[Problem]:
    """What `verify --against` says with an attack done to the books, which are afterwards as they were."""
    session.rollback()
    session.expire_all()
    if name:
        ATTACKS[name][0](session, village)
        session.flush()
        session.expire_all()
    problems = list(against(session, published))
    session.rollback()
    return problems


def test_each_attack_is_named_with_its_household(session: Session, village: Made, published: Published) -> None:
    assert found(session, village, published) == []
    for name, (_attack, households) in ATTACKS.items():
        named = [problem for problem in found(session, village, published, name) if problem.kind == "seal"]
        assert {problem.household for problem in named} - {None} == households - {None}, name
        assert named, name


def test_the_program_that_imports_nothing_of_ours_says_the_same(
    session: Session, village: Made, published: Published, tmp_path: Path
) -> None:
    """Of every household's own file, held against the seal as it was published."""
    program = runpy.run_path(str(PROGRAM))
    file, mine = tmp_path / "SEAL.json", tmp_path / "mine.json"
    file.write_text(json.dumps(seal.kept(session, village.id, 1).as_json()), "utf-8")
    for name in ("", "edit", "edit and hash again", "drop the newest", "put one between", "swap two names"):
        ours = {problem.household for problem in found(session, village, published, name)} - {None}
        session.rollback()
        if name:
            ATTACKS[name][0](session, village)
            session.flush()
            session.expire_all()
        theirs = set()
        for home in session.scalars(select(Household).where(Household.village_id == village.id)):
            mine.write_text(json.dumps(household_file.whole(session, village.id, home.id)), "utf-8")
            if program["main"](["export", str(mine), "--seal", str(file)]) == 1:
                theirs.add(home.number)
        assert theirs == ours, name


def test_the_kept_seals_and_checkpoints_say_it_without_a_file(
    session: Session, village: Made, published: Published
) -> None:
    books = village_of(session, village)
    assert list(verify.verify(session, books)) == []
    for name, (attack, _households) in ATTACKS.items():
        session.rollback()
        session.expire_all()
        attack(session, village)
        session.flush()
        session.expire_all()
        assert list(verify.verify(session, books)) != [], name


def test_it_says_up_to_where_an_account_holds_and_which_day_was_the_last(
    session: Session, village: Made, published: Published
) -> None:
    one, last = found(session, village, published, "edit and hash again")
    assert "到第 1 条为止还对得上（2026-06-15 10:00 第 1 次封存点）" in one.sentence
    assert last.kind == "checkpoint"
    assert "2026-06-15 10:00 第 1 次封存点" in last.sentence


def test_a_household_that_was_renumbered_at_the_desk_is_not_swapped(
    session: Session, village: Made, published: Published
) -> None:
    wanted = household_edit.Particulars(number="777")
    second, now = village.households[1].id, NOW + 4 * DAY
    household_edit.change(session, village.clerk, key="r", household_id=second, wanted=wanted, now=now)
    assert found(session, village, published) == []
    assert list(verify.verify(session, village_of(session, village))) == []
    assert {one.household for one in found(session, village, published, "swap two names")} == {"001", "777"}


def test_seals_and_checkpoints_that_are_missing_or_replaced_are_named(
    session: Session, village: Made, published: Published
) -> None:
    def sentences(*statements: Any) -> list[str]:
        session.rollback()
        for statement in statements:
            session.execute(statement)
        session.expire_all()
        return [sentence for _household, _seq, sentence in seal_check.wrong_seals(session, village.id)]

    def without(number: int) -> tuple[Any, Any]:
        return delete(SealHead).where(SealHead.number == number), delete(Seal).where(Seal.number == number)

    seal.take(session, village.clerk, now=NOW + 4 * DAY)
    assert sentences() == []
    assert "第 1 次封账不见了。" in sentences(*without(1))
    assert sentences(*without(2)) == ["第 2 次封账不见了。"]
    earlier = update(Seal).where(Seal.number == 1).values(taken_at=NOW)
    assert sentences(earlier) == ["第 1 次封账存下的内容和它的指纹不符：被改过。"]
    other = sentences(update(Checkpoint).where(Checkpoint.number == 2).values(root=b"r" * 32))
    assert "第 2 次封存点的指纹不是当时记下的那一个：被换过。" in other
    assert sentences(update(CheckpointHead).where(CheckpointHead.number == 1).values(seq=0)) != []
    salted = sentences(update(Seal).where(Seal.number == 1).values(salt=b"other"))
    assert salted == ["封账时存下的户号和户主校验不了：校验用的数被改过，或者大半个村的户号、户主被换过。"]


OFF: dict[str, tuple[Any, str, Any]] = {
    "edit": (history, "entry_hash", lambda entry: entry.hash),
    "edit and hash again": (against_module, "_is_wrong", lambda head, _walked, there: head.household_id not in there),
    "drop the newest": (against_module, "_is_wrong", lambda head, _walked, there: head.household_id not in there),
    "put one between": (against_module, "_is_wrong", lambda head, _walked, there: head.household_id not in there),
    "delete an account": (against_module, "_is_wrong", lambda *_: False),
    "backdate": (against_module, "LATE", timedelta(days=9999)),
    "swap two names": (identity_check.Identities, "_is_other", lambda *_: False),
    "swap two numbers": (identity_check.Identities, "_is_other", lambda *_: False),
}


def test_with_its_check_switched_off_an_attack_passes(
    session: Session, village: Made, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bugs: nothing else would have seen these."""
    for name, (module, part, instead) in OFF.items():
        with monkeypatch.context() as patched:
            patched.setattr(module, part, instead)
            assert found(session, village, published, name) == [], name

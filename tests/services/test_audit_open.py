"""Opening an audit: before two members, once a month, from books in which nothing backdated escapes."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from tests.audits import as_supervisor, make_supervisors
from tests.factories import NOW, TODAY, Made, make_reward, village_of
from tests.services.test_redemption import give, reserve
from villagepoints.domain.actor import Actor
from villagepoints.domain.audit import CONCLUDED, ENTRY, HOUSEHOLD
from villagepoints.domain.audit_draw import Frame, Sizes, pseudonym
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, Conflict, DomainError, NotAllowed
from villagepoints.domain.ledger import Draft
from villagepoints.domain.pin import peppered
from villagepoints.models import (
    Activity,
    Audit,
    AuditItem,
    AuditPrompt,
    AuditRule,
    AuditWitness,
    Redemption,
)
from villagepoints.services import (
    audit_frame,
    audit_frame_check,
    audit_open,
    audit_overview,
    audit_public,
    audit_reach,
    audit_rule,
    posting,
    seal,
)
from villagepoints.services.audit_open import Opening
from villagepoints.services.paging import Wanted
from villagepoints.services.transaction import transaction

MONTH, LOT, CARD_KEY = "2026-06", "407193", b"card key"
PINS = ("582030", "582031", "582032")


class Case:
    """A village with books, goods and a group of three who have their PINs."""

    def __init__(self, session: Session, village: Made) -> None:
        self.session, self.village = session, village
        self.members = make_supervisors(session, village)
        for member, pin in zip(self.members, PINS, strict=True):
            secret = peppered(CARD_KEY, village.id, member.id, pin)
            member.pin_hash = generate_password_hash(secret, method="pbkdf2:sha256:1")
        session.commit()
        self.actor: Actor = as_supervisor(session, self.members[0])
        self.typed = Opening(month=MONTH, lot=LOT, witness_id=self.members[1].id, pin=PINS[0], witness_pin=PINS[1])

    def prepare(self) -> None:
        """Draw the first salt."""
        audit_open.prepare(self.session, self.actor, key="prepare", now=NOW)

    def open(self, key: str = "open", now: Any = NOW, **typed: Any) -> Audit:
        """Open with what two members typed, or something else in its place."""
        said = replace(self.typed, **typed)
        id_ = audit_open.open_audit(self.session, self.actor, said, card_key=CARD_KEY, key=key, now=now)
        return self.session.get_one(Audit, (self.village.id, id_))

    def wrong(self) -> list[str]:
        """What verify has to say."""
        self.session.rollback()
        self.session.expire_all()
        return list(audit_frame_check.wrong_frames(self.session, self.village.id))


@pytest.fixture
def case(session: Session, village: Made) -> Case:
    return Case(session, village)


def items(case: Case, audit: Audit, kind: str) -> list[AuditItem]:
    """The sample's items of a kind."""
    query = select(AuditItem).where(AuditItem.audit_id == audit.id, AuditItem.kind == kind)
    return list(case.session.scalars(query.order_by(AuditItem.position)))


def test_an_opened_audit_keeps_how_it_was_drawn_and_what_the_books_said(case: Case) -> None:
    session, village = case.session, case.village
    give(session, village, 300)
    oil = make_reward(session, village.id, points=100, stock=5)
    reserve(session, village, "oil", (oil.id, 2))
    taken = seal.take(session, village.clerk, now=NOW - timedelta(days=1))
    case.prepare()
    audit = case.open()
    assert (audit.lot, audit.seal_number, audit.seal_root) == (LOT, 1, taken.root)
    assert set(session.scalars(select(AuditWitness.supervisor_id))) == {one.id for one in case.members[:2]}
    assert [one.expected for one in items(case, audit, "goods")] == [{"stock": 3, "waiting": 2}]
    entry = items(case, audit, ENTRY)[0]
    assert (entry.reason, entry.expected["points"]) == ("large", 300)  # type: ignore[index]
    assert len(items(case, audit, HOUSEHOLD)) == 6
    assert all(one.expected["base"]["A1"] == 25 for one in items(case, audit, HOUSEHOLD))  # type: ignore[index]
    assert audit.sizes["held"] == {"household": 6, "entry": 2, "goods": 1}
    act = session.scalars(select(Activity).where(Activity.action == "audit.opened")).one()
    assert (act.subject, act.detail["frame_sha256"]) == (audit.id, audit.frame_hash.hex())
    assert case.open().id == audit.id  # the same page sent again
    assert case.wrong() == []


def test_anybody_draws_the_sample_again_with_the_lines_of_the_document(case: Case, tmp_path: Path) -> None:
    give(case.session, case.village, 300)
    make_reward(case.session, case.village.id)
    case.prepare()
    audit = case.open()
    audit.status = CONCLUDED
    case.session.commit()
    text = audit_public.frame_file(case.session, village_of(case.session, case.village), audit)
    for home in case.village.households:
        assert home.head_name.encode() not in text
        assert str(home.id).encode() not in text
    file, program = tmp_path / "frame.json", tmp_path / "draw.py"
    document = (Path(__file__).parents[2] / "docs/audit.md").read_text("utf-8")
    program.write_text(re.findall(r"```python\n(.*?)```", document, re.DOTALL)[0], "utf-8")
    file.write_bytes(text)

    def said() -> str:
        done = subprocess.run([sys.executable, "-I", "-S", program, file], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert said() == "right\n"
    file.write_text(json.dumps({**json.loads(text), "sample": json.loads(text)["sample"][1:]}), "utf-8")
    assert said().startswith("WRONG")
    file.write_bytes(text.replace(b'"lot":"407193"', b'"lot":"407194"'))
    assert "the seed does not come" in said()


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"lot": "40719"}, "lot"),
    ({"month": "2026-07"}, "month"),
    ({"month": "June"}, "month"),
    ({"pin": "582039"}, "pin"),
    ({"witness_pin": "582030"}, "witness_pin"),
    ({"witness_id": UUID(int=5)}, ""),
)


def test_what_is_refused_opens_nothing(case: Case) -> None:
    case.prepare()
    for typed, field in REFUSED:
        with pytest.raises(DomainError) as refused:
            case.open(**typed)
        assert refused.value.field == field
    assert case.session.scalar(select(func.count()).select_from(Audit)) == 0


def test_two_members_of_different_households_and_a_group_of_three_are_needed(case: Case) -> None:
    case.prepare()
    with pytest.raises(NotAllowed):
        case.open(witness_id=case.members[0].id, witness_pin=PINS[0])
    case.members[2].ended_on = TODAY
    case.session.commit()
    with pytest.raises(NotAllowed, match="2"):
        case.open()
    with pytest.raises(NotAllowed):
        audit_open.prepare(case.session, case.village.clerk, key="clerk", now=NOW)


def test_a_month_is_drawn_once_and_not_before_the_salt_was_fixed(case: Case) -> None:
    with pytest.raises(Conflict):
        case.open("early")
    case.prepare()
    before = case.session.get_one(AuditRule, case.village.id, populate_existing=True).next_salt
    audit = case.open()
    assert audit.salt == before
    assert case.session.get_one(AuditRule, case.village.id, populate_existing=True).next_salt not in (None, before)
    with pytest.raises(Conflict):
        case.open("again", lot="111222")


def post(session: Session, village: Made, points: int, day: date, now: Any, **values: Any) -> None:
    """An entry of the first household, recorded at `now` for `day`."""
    kind = values.pop("kind", "award")
    draft = Draft(household_id=village.household.id, kind=kind, points=points, occurred_on=day, origin="page", **values)
    transaction(posting.post)(session, village.id, [draft], now=now)


def test_what_was_backdated_after_an_audit_was_opened_is_in_the_next(case: Case) -> None:
    session, village = case.session, case.village
    post(session, village, 11, date(2026, 5, 3), NOW - timedelta(days=40))
    case.prepare()
    first = case.open(month="2026-05")
    later = NOW + timedelta(days=1)
    post(session, village, 22, date(2026, 5, 4), later)  # of the month that was audited
    post(session, village, 33, date(2026, 6, 1), later)
    second = case.open("june", now=NOW + timedelta(days=2))
    in_frame = [
        {line.points for line in Frame.parse(audit_frame.unpacked(one.frame)).entries} for one in (first, second)
    ]
    assert in_frame == [{11}, {22, 33}]
    assert case.wrong() == []


def test_a_month_that_nobody_audited_is_in_the_next_audit_whole(case: Case) -> None:
    session, village = case.session, case.village
    case.prepare()
    case.open(month="2026-03", now=NOW)
    post(session, village, 44, date(2026, 4, 9), NOW - timedelta(days=60))
    first, _late = audit_frame.since(session, village.id, Month(2026, 5))
    assert first == Month(2026, 4)
    named = audit_frame.build(session, village.id, Month(2026, 5), b"salt", first, None)
    assert [line.points for line in named.frame.entries] == [44]


def test_the_frame_tells_proxies_of_elders_and_whom_a_workbook_names(case: Case) -> None:
    session, village = case.session, case.village
    imported = {"origin": "import", "recorded_by": village.clerk.user_id}
    home = village.households[2].id  # the elder's
    named = Draft(household_id=home, kind="award", points=300, occurred_on=TODAY, recorder="孙会计", **imported)
    unnamed = Draft(household_id=home, kind="award", points=4, occurred_on=TODAY, **imported)
    transaction(posting.post)(session, village.id, [named, unnamed], now=NOW)
    redemption = Redemption(
        village_id=village.id,
        household_id=home,
        status="fulfilled",
        channel="proxy",
        points=250,
        occurred_on=TODAY,
        reserved_at=NOW,
    )
    session.add(redemption)
    session.commit()
    taken = Draft(
        household_id=home, kind="redemption", points=-250, occurred_on=TODAY, redemption_id=redemption.id, **imported
    )
    transaction(posting.post)(session, village.id, [taken], now=NOW)
    frame = audit_frame.build(session, village.id, Month(2026, 6), b"salt", Month(2026, 6), None).frame
    of = {line.points: line for line in frame.entries}
    assert {points: line.is_proxy for points, line in of.items()} == {300: False, 4: False, -250: True}
    assert of[300].recorder == pseudonym(b"salt", "recorder 孙会计")
    assert of[4].recorder == pseudonym(b"salt", f"recorder {village.clerk.user_id}")
    assert of[-250].item == "redemption"


def test_who_was_visited_is_no_longer_new(case: Case) -> None:
    case.prepare()
    audit = case.open(month="2026-05")
    home = items(case, audit, HOUSEHOLD)[0]
    home.result = "agree"
    case.session.commit()
    following = case.open("june")
    lines = Frame.parse(audit_frame.unpacked(following.frame)).households
    visited = pseudonym(following.salt, f"household {home.household_id}")
    assert {line.name for line in lines if not line.is_new} == {visited}


CHANGES = (
    ({"lot": "407194"}, "种子不是由"),
    ({"frame": audit_frame.packed(Frame([], [], []).as_bytes())}, "名单后来被改过"),
    ({"frame": b"nothing"}, "名单读不出来"),
    ({"salt": b"another"}, "代号用的盐"),
    ({"seal_root": b"another"}, "种子用的封账指纹"),
    ({"frame_hash": b"another"}, "名单的指纹"),
    ({"month": "2026-04"}, "种子和操作记录"),
)


def test_verify_names_an_audit_that_was_changed_afterwards(case: Case) -> None:
    case.prepare()
    audit = case.open()
    of_it = (Audit.village_id == case.village.id, Audit.id == audit.id)
    for values, sentence in CHANGES:
        before = {name: getattr(audit, name) for name in values}
        case.session.execute(update(Audit).where(*of_it).values(**values))
        assert any(sentence in one for one in audit_frame_check.wrong_frames(case.session, case.village.id)), values
        case.session.execute(update(Audit).where(*of_it).values(**before))
    assert case.wrong() == []


def test_verify_names_a_sample_that_is_not_the_one_that_was_drawn(case: Case) -> None:
    case.prepare()
    audit = case.open()
    first, second, *_ = items(case, audit, HOUSEHOLD)
    # two households change places: the pseudonyms stay
    first.household_id, second.household_id = second.household_id, first.household_id
    case.session.commit()
    assert any("换成了别的" in one for one in case.wrong())
    case.session.execute(delete(AuditItem).where(AuditItem.id == first.id))
    case.session.commit()
    assert sum("抽到的和" in one for one in case.wrong()) == 2  # not what the trail says, not what the seed draws
    case.session.execute(delete(AuditItem))
    case.session.execute(delete(AuditWitness))
    case.session.execute(delete(Audit))
    case.session.commit()
    assert ["现在不见了" in one for one in case.wrong()] == [True]


def test_a_seal_of_the_same_day_decides_nothing(case: Case) -> None:
    session, clerk = case.session, case.village.clerk
    hung_up = seal.take(session, clerk, now=NOW - timedelta(days=1))
    for _ in range(2):  # somebody who heard the number takes seals until the sample suits
        seal.take(session, clerk, now=NOW)
    case.prepare()
    audit = case.open()
    assert (audit.seal_number, audit.seal_root) == (1, hung_up.root)
    assert case.wrong() == []
    audit.seal_number = 2
    session.commit()
    assert any("抽签那天以前" in one for one in case.wrong())


def test_verify_names_a_salt_that_was_chosen_among_several(case: Case) -> None:
    session, of_village = case.session, AuditRule.village_id == case.village.id
    case.prepare()
    first = session.scalars(select(AuditRule.next_salt).where(of_village)).one()
    case.open(month="2026-05")
    session.execute(update(AuditRule).where(of_village).values(next_salt=first))  # fixed once, but not for this month
    session.commit()
    case.open("june")
    assert any("代号用的盐" in one for one in case.wrong())
    session.execute(update(AuditRule).where(of_village).values(next_salt=None))
    session.commit()
    audit_open.prepare(session, case.actor, key="prepare again", now=NOW)
    assert any("定过了又重定" in one for one in case.wrong())


def test_verify_names_what_was_taken_out_of_an_audit_before_its_end(case: Case) -> None:
    case.prepare()
    audit = case.open()
    prompt = AuditPrompt(
        village_id=case.village.id, audit_id=audit.id, position=99, kind="burst", figures={}, behind=[]
    )
    items_of = AuditItem.audit_id == audit.id
    changes: tuple[Any, ...] = (
        update(AuditWitness).where(AuditWitness.supervisor_id == case.members[1].id),
        update(AuditItem).where(items_of, AuditItem.position == 1),
        update(Audit).where(Audit.id == audit.id),
    )
    values: tuple[dict[str, Any], ...] = (
        {"supervisor_id": case.members[2].id},
        {"expected": {}},
        {"entries_from": NOW},
    )
    assert case.wrong() == []
    for change, value in zip(changes, values, strict=True):
        case.session.execute(change.values(**value))
        assert any("开审核时定下的" in one for one in audit_frame_check.wrong_frames(case.session, case.village.id))
        case.session.rollback()
    case.session.add(prompt)
    case.session.commit()
    assert any("开审核时定下的" in one for one in case.wrong())


def test_sizes_are_the_groups_own_stay_in_bounds_and_stand_in_the_trail(case: Case) -> None:
    session, village = case.session, case.village
    wanted = Sizes(households=5, share_most=9)
    with pytest.raises(NotAllowed):
        audit_rule.change(session, village.clerk, sizes=wanted, due_days=10, key="a", now=NOW)
    with pytest.raises(BadInput):
        audit_rule.change(session, case.actor, sizes=Sizes(households=1), due_days=10, key="b", now=NOW)
    with pytest.raises(BadInput) as refused:
        audit_rule.change(session, case.actor, sizes=wanted, due_days=1, key="c", now=NOW)
    assert refused.value.field == "due_days"
    audit_rule.change(session, case.actor, sizes=wanted, due_days=10, key="d", now=NOW)
    rule = audit_rule.of_village(session, village.id)
    assert (rule.sizes, rule.due_days, rule.changed_by) == (wanted, 10, "监督员0")
    act = session.scalars(select(Activity).where(Activity.action == "audit.rule_changed")).one()
    assert act.detail["before"] == {"households": 30, "share_most": 6, "due_days": 14}
    case.prepare()
    audit = case.open()
    assert len(items(case, audit, HOUSEHOLD)) == 5
    assert Sizes.of_json(audit.sizes) == wanted


def test_the_meaning_of_sizes_is_counted_on_the_villages_own_month(case: Case) -> None:
    give(case.session, case.village, 300)
    found = audit_reach.reach(case.session, case.village.id, Month(2026, 6), Sizes(households=5))
    assert (found.households.total, found.households.drawn, found.large) == (6, 5, 1)
    assert (found.entries.total, found.proxies, found.goods.found) == (1, 0, None)


def test_the_overview_counts_what_was_found(case: Case) -> None:
    case.prepare()
    audit = case.open()
    first = items(case, audit, HOUSEHOLD)[0]
    first.result = "differ"
    case.session.commit()
    found = audit_overview.overview(case.session, case.village.id, audit.id)
    assert (found.whole.drawn, found.whole.looked, found.whole.left) == (6, 1, 5)
    assert found.kinds[HOUSEHOLD].results == {"agree": 0, "differ": 1, "unclear": 0}
    row = audit_overview.listed(case.session, case.village.id, Wanted()).rows[0]
    assert (row.drawn, row.looked, row.differ, row.households) == (6, 1, 1, 0)


def test_opened_by_two_pages_at_once_there_is_one_audit(case: Case, sessions: Callable[[], Session]) -> None:
    case.prepare()
    barrier, answers = threading.Barrier(2, timeout=20), list[object]()
    actors = [as_supervisor(case.session, member) for member in case.members]
    third = case.members[2].id
    case.session.commit()

    def open_it(number: int) -> None:
        typed = replace(case.typed, lot=f"40719{number}", pin=PINS[number], witness_id=third, witness_pin=PINS[2])
        with sessions() as session:
            barrier.wait()
            try:
                given = {"card_key": CARD_KEY, "key": f"k{number}", "now": NOW}
                answers.append(audit_open.open_audit(session, actors[number], typed, **given))  # type: ignore[arg-type]
            except Conflict as error:
                answers.append(error)

    threads = [threading.Thread(target=open_it, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in answers) == ["Conflict", "UUID"]
    assert case.session.scalar(select(func.count()).select_from(Audit)) == 1
    assert case.wrong() == []

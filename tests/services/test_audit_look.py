"""On the spot: a look is recorded once, shows nothing before its time, and belongs to whoever may look."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.audits import as_supervisor, make_audit, make_supervisors
from tests.factories import NOW, TODAY, Made, make_household, make_reward, make_village
from tests.safety import shop
from tests.safety.test_four_at_once import four_times
from tests.services.test_red_line import post_base
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound
from villagepoints.models import Audit, AuditItem, AuditLook, Relative, Reward, Supervisor
from villagepoints.services import audit_look, audit_walk, finding, posting, redemption, supervisor
from villagepoints.services.audit_look import Recorded, Said
from villagepoints.services.audit_look_check import wrong_looks
from villagepoints.services.audit_task import Task
from villagepoints.services.paging import Wanted

LATER = NOW + timedelta(hours=3)
AGREES = Said("agree")


@pytest.fixture
def members(session: Session, village: Made) -> list[Supervisor]:
    return make_supervisors(session, village)


def drawn(session: Session, audit: Audit) -> list[AuditItem]:
    return list(session.scalars(select(AuditItem).filter_by(audit_id=audit.id).order_by(AuditItem.position)))


def look(session: Session, member: Supervisor, item: AuditItem, said: Said = AGREES, **given: Any) -> Recorded:
    given = {"key": str(uuid4()), "now": LATER, "audit_id": item.audit_id, "item_id": item.id, **given}
    return audit_look.record(session, as_supervisor(session, member), said=said, **given)


def seen(session: Session, audit: Audit, item: AuditItem, member: Supervisor) -> Task:
    return audit_walk.one(session, audit, supervisor.ties(session, member), item.id)


def looks(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AuditLook)) or 0


def test_a_look_is_recorded_once_for_its_key(session: Session, village: Made, members: list[Supervisor]) -> None:
    (item,) = drawn(session, make_audit(session, village, members))
    told = Said("differ", note="门口还有一堆")
    first = look(session, members[0], item, told, key="k")
    assert look(session, members[0], item, told, key="k", now=LATER + timedelta(days=1)) == first
    assert (looks(session), item.result) == (1, "differ")
    with pytest.raises(KeyReused):
        look(session, members[0], item, key="k")


def test_a_second_look_is_added_and_changes_the_result(
    session: Session, village: Made, members: list[Supervisor]
) -> None:
    audit = make_audit(session, village, members)
    (item,) = drawn(session, audit)
    look(session, members[0], item, Said("unclear", looked_at=NOW + timedelta(hours=2)))
    look(session, members[1], item, Said("agree", looked_at=NOW + timedelta(hours=3)))
    assert (looks(session), item.result, item.looked_by) == (2, "agree", members[1].id)
    late = look(session, members[2], item, Said("differ", note="x", looked_at=NOW + timedelta(hours=1)))
    assert late.is_overtaken
    assert (looks(session), item.result) == (3, "agree")
    assert [one.result for one in seen(session, audit, item, members[0]).looks] == ["agree", "unclear", "differ"]


@pytest.mark.parametrize(
    ("told", "kept", "is_corrected"),
    [
        (NOW + timedelta(hours=1), NOW + timedelta(hours=1), False),
        (LATER + timedelta(minutes=2), LATER, False),
        (LATER + timedelta(days=2), LATER, True),
        (NOW - timedelta(days=2), LATER, True),
        (None, LATER, False),
    ],
)
def test_a_phone_s_clock_is_believed_within_the_audit(
    told: Any, kept: Any, is_corrected: bool, session: Session, village: Made, members: list[Supervisor]
) -> None:
    (item,) = drawn(session, make_audit(session, village, members))
    assert look(session, members[0], item, Said("agree", looked_at=told)).is_corrected is is_corrected
    assert item.looked_at == kept


def test_what_differs_is_told_or_shown(session: Session, village: Made, members: list[Supervisor]) -> None:
    (item,) = drawn(session, make_audit(session, village, members))
    for said in (Said("differ"), Said(""), Said("perhaps"), Said("agree", note="长" * 401), Said("agree", counted=3)):
        with pytest.raises(BadInput):
            look(session, members[0], item, said)
    assert (looks(session), item.result) == (0, None)


def test_a_blind_household_is_scored_before_anything_of_its_month_is_shown(
    session: Session, village: Made, members: list[Supervisor]
) -> None:
    post_base(session, village, {})
    home = {"household_id": village.household.id}
    entry = {"kind": "entry", "entry_seq": 1, **home}
    audit = make_audit(session, village, members, {"is_blind": True, **home}, entry)
    blind, base_entry = drawn(session, audit)
    before = [seen(session, audit, item, members[0]) for item in (blind, base_entry)]
    assert [(task.base, task.line, task.photos) for task in before] == [((), None, ())] * 2
    assert len(before[0].to_score) == 10
    assert before[1].waits_for_score
    with pytest.raises(BadInput):
        look(session, members[0], blind)
    with pytest.raises(Conflict):
        look(session, members[0], base_entry)
    assert look(session, members[0], blind, Said("unclear", note="没有人在家")).result == "unclear"
    assert seen(session, audit, blind, members[0]).is_hidden
    assert look(session, members[0], blind, Said(scores={"A1": 1})).result == "unclear"
    after = seen(session, audit, blind, members[0])
    assert after.waits_for_word
    assert blind.result is None, "somebody has yet to say what the difference means"
    assert next((one.in_books, one.scored) for one in after.base) == (25, 20)
    assert look(session, members[1], blind, Said(scores={})).result == "agree", "told without a look at the books"
    assert look(session, members[0], blind, Said("agree")).result == "agree"
    assert look(session, members[0], base_entry).result == "agree"
    assert (looks(session), seen(session, audit, blind, members[0]).waits_for_word) == (5, False)
    with pytest.raises(BadInput):
        look(session, members[0], blind, Said(scores={"A1": 21}))


def test_an_open_month_is_compared_with_what_counts_so_far(
    session: Session, village: Made, members: list[Supervisor]
) -> None:
    for day in (1, 9):
        given = {"key": f"f{day}", "household_id": village.household.id, "code": "A1", "now": NOW}
        finding.record(session, village.clerk, found_on=TODAY.replace(day=day), **given)
    audit = make_audit(session, village, members, month="2026-06")
    (item,) = drawn(session, audit)
    assert [one.in_books for one in seen(session, audit, item, members[0]).base][:2] == [25, 15]


def test_goods_are_compared_with_what_lay_there_when_they_were_counted(
    session: Session, village: Made, members: list[Supervisor]
) -> None:
    salt = make_reward(session, village.id, points=8, stock=20)
    shop.give(session, village.id, village.household.id, 100)
    audit = make_audit(session, village, members, {"kind": "goods", "reason": "goods", "reward_id": salt.id})
    (item,) = drawn(session, audit)
    noon = NOW + timedelta(hours=2)
    given = {"household_id": village.household.id, "lines": [(salt.id, 3)]}
    taken = redemption.reserve(session, village.villager(), key="r", now=NOW + timedelta(hours=1), **given)
    fulfil = {"redemption_id": taken.redemption_id, "key": "f", "now": noon}
    redemption.fulfil(session, village.actor("counter"), **fulfil)
    assert session.get_one(Reward, (village.id, salt.id)).stock == 17
    early = Said(counted=20, looked_at=noon - timedelta(minutes=1))
    assert look(session, members[0], item, early).result == "agree", "reserved, not collected yet"
    assert look(session, members[0], item, Said(counted=16)).result == "differ"
    assert seen(session, audit, item, members[0]).in_books == 17
    with pytest.raises(BadInput):
        look(session, members[0], item, Said("agree"))
    with pytest.raises(BadInput):
        look(session, members[0], item, Said(counted=-1))


def test_only_members_look_at_what_is_not_their_own_while_the_audit_is_open(
    session: Session, village: Made, members: list[Supervisor]
) -> None:
    own, related = members[0].household_id, village.households[1].id
    session.add(
        Relative(
            village_id=village.id,
            user_id=members[0].user_id,
            household_id=related,
            declared_at=NOW,
        )
    )
    session.commit()
    homes = [{"household_id": id_} for id_ in (own, related, village.household.id)]
    audit = make_audit(session, village, members, *homes)
    items = drawn(session, audit)
    for item in items[:2]:
        with pytest.raises(NotAllowed):
            look(session, members[0], item)
        assert seen(session, audit, item, members[0]).left_to_others
    for stranger in (village.clerk, village.actor("admin")):
        given = {"key": "s", "audit_id": audit.id, "item_id": items[2].id, "said": AGREES, "now": LATER}
        with pytest.raises(NotAllowed):
            audit_look.record(session, stranger, **given)
    look(session, members[1], items[0])
    audit = session.get_one(Audit, (village.id, audit.id))
    audit.status = "concluded"
    session.commit()
    with pytest.raises(Conflict):
        look(session, members[0], items[2])
    assert looks(session) == 1


def test_nothing_of_another_village_or_another_audit_is_looked_at(
    session: Session, village: Made, members: list[Supervisor]
) -> None:
    (ours,) = drawn(session, make_audit(session, village, members))
    (earlier,) = drawn(session, make_audit(session, village, members, month="2026-04"))
    other = make_village(session, "yz")
    (theirs,) = drawn(session, make_audit(session, other, make_supervisors(session, other)))
    for item_id, audit_id in ((theirs.id, ours.audit_id), (theirs.id, theirs.audit_id), (earlier.id, ours.audit_id)):
        with pytest.raises(NotFound):
            look(session, members[0], ours, item_id=item_id, audit_id=audit_id)
    assert looks(session) == 0


def test_the_walk_goes_by_group_and_number_with_a_household_s_entries(
    session: Session, village: Made, members: list[Supervisor], statements: list[str]
) -> None:
    far = make_household(session, village.id, "500", group_no=2)
    near = make_household(session, village.id, "900", group_no=1)
    item = posting.Item(code="D4", grade="义务维修", occurred_on=TODAY, note="修路灯")
    for place, home in enumerate((far, near)):
        posting.record(session, village.clerk, key=f"e{place}", household_id=home.id, wanted=item, now=NOW)
    salt = make_reward(session, village.id)
    entries = [{"kind": "entry", "entry_seq": 1, "household_id": home.id} for home in (far, near)]
    goods = {"kind": "goods", "reason": "goods", "reward_id": salt.id}
    homes = [{"household_id": home.id} for home in (far, village.household)]
    audit = make_audit(session, village, members, homes[0], *entries, goods, homes[1])
    ties = supervisor.ties(session, members[0])
    wanted = Wanted(size=10)
    assert [(one.part, one.drawn, one.looked) for one in audit_walk.progress(session, audit)] == [
        ("household", 3, 0),
        ("entry", 1, 0),
        ("goods", 1, 0),
    ]
    statements.clear()
    page = audit_walk.stops(session, audit, ties, "household", wanted)
    assert len(statements) <= 18
    way = [(stop.household and stop.household.number, [task.item.kind for task in stop.tasks]) for stop in page.rows]
    assert way == [("500", ["household", "entry"]), ("001", ["household"])]
    assert [line.note for line in (page.rows[0].tasks[1].line,) if line] == ["修路灯"]
    (only,) = audit_walk.stops(session, audit, ties, "entry", wanted).rows
    assert only.household
    assert only.household.number == "900"
    at_home, its_entry, *_ = drawn(session, audit)
    look(session, members[0], at_home)
    task = seen(session, audit, at_home, members[0])
    assert audit_walk.following(session, audit, task) == its_entry.id
    left = audit_walk.stops(session, audit, ties, "household", wanted, is_left_only=True)
    assert [len(stop.tasks) for stop in left.rows] == [1, 1]


def test_who_recorded_an_entry_does_not_look_at_it(session: Session, village: Made, members: list[Supervisor]) -> None:
    item = posting.Item(code="D4", grade="义务维修", occurred_on=TODAY)
    as_staff = as_supervisor(session, members[0])
    posting.record(session, as_staff, key="e", household_id=village.household.id, wanted=item, now=NOW)
    entry = {"kind": "entry", "entry_seq": 1, "household_id": village.household.id}
    audit = make_audit(session, village, members, entry)
    (drawn_one,) = drawn(session, audit)
    assert seen(session, audit, drawn_one, members[0]).left_to_others
    with pytest.raises(NotAllowed):
        look(session, members[0], drawn_one)
    assert look(session, members[1], drawn_one).result == "agree"


def test_a_look_sent_four_times_at_once_is_one(
    sessions: Callable[[], Session], session: Session, village: Made, members: list[Supervisor]
) -> None:
    (item,) = drawn(session, make_audit(session, village, members))
    said, who = Said("differ", note="门口还有一堆"), as_supervisor(session, members[0])
    given = {"audit_id": item.audit_id, "item_id": item.id, "said": said, "now": LATER}
    session.rollback()
    answers = four_times(sessions, ["a", "b"], lambda own, key: audit_look.record(own, who, key=key, **given))
    assert [len(set(answer)) for answer in answers] == [1, 1]
    assert looks(session) == 2


def test_a_result_that_no_look_saw_is_named(session: Session, village: Made, members: list[Supervisor]) -> None:
    audit = make_audit(session, village, members)
    (item,) = drawn(session, audit)
    look(session, members[0], item, Said("differ", note="门口还有一堆"))
    assert list(wrong_looks(session, village.id)) == []
    item.result = "agree"
    session.commit()
    assert [sentence for sentence in wrong_looks(session, village.id) if "最后一次" in sentence]
    item.result, audit.concluded_at = "differ", LATER - timedelta(hours=1)
    session.commit()
    (sentence,) = wrong_looks(session, village.id)
    assert "结论以后" in sentence
    audit.concluded_at, audit.opened_at = None, LATER + timedelta(hours=1)
    session.commit()
    (sentence,) = wrong_looks(session, village.id)
    assert "开始审核" in sentence

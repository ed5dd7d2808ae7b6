"""Who gets into the supervision group and who is refused, how a term ends, and the committee that keeps out of it."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.audits import as_supervisor, make_supervisors
from tests.factories import NOW, TODAY, Made, make_household, make_user, village_of
from villagepoints.domain.actor import CLERK, SUPERVISOR
from villagepoints.domain.errors import BadInput, Conflict, DomainError, NotAllowed
from villagepoints.models import Household, Relative, Resident, Supervisor, User
from villagepoints.services import (
    committee,
    role,
    supervisor,
    supervisor_appoint,
    supervisor_check,
    supervisor_term,
    user,
    verify,
)


def choose(session: Session, village: Made, home: Household, key: str = "a1", **values) -> UUID:
    person = session.query(Resident).filter_by(household_id=home.id).order_by(Resident.line).first()
    assert person is not None
    asked = {
        "resident_id": person.id,
        "login_name": f"jd{home.number}",
        "from_on": TODAY,
        "until_on": TODAY + timedelta(days=1000),
        "assembly": "representatives",
        "document": "村民代表会议决议 第 3 号",
        **values,
    }
    choice = supervisor_appoint.Choice(**asked)
    return supervisor_appoint.appoint(session, village.clerk, choice=choice, key=key, now=NOW)


def refused(session: Session, village: Made, home: Household, **values) -> str:
    with pytest.raises(NotAllowed) as caught:
        choose(session, village, home, **values)
    return str(caught.value)


def test_a_villager_becomes_a_member_with_an_account_for_nothing_else(session: Session, village: Made) -> None:
    ids = {choose(session, village, village.household) for _ in range(2)}
    (term_id,) = ids
    term = session.get_one(Supervisor, (village.id, term_id))
    account = session.get_one(User, (village.id, term.user_id))
    assert (account.name, account.roles, account.household_id) == ("张建国", [SUPERVISOR], village.household.id)
    assert supervisor.current(session, as_supervisor(session, term), TODAY).id == term_id
    assert not list(verify.verify(session, village_of(session, village)))


def test_who_is_too_close_is_refused_with_the_reason(session: Session, village: Made) -> None:
    staff_home, kin_home, sits_home, child_home, young = (make_household(session, village.id) for _ in range(5))
    clerk = session.get_one(User, (village.id, village.users[CLERK].id))
    clerk.household_id = staff_home.id
    session.add(Relative(village_id=village.id, user_id=clerk.id, household_id=kin_home.id, declared_at=NOW))
    session.query(Resident).filter_by(household_id=young.id).one().birth_on = TODAY.replace(year=TODAY.year - 17)
    session.commit()
    record = {"name": "盛国梁", "position": "主任", "number": sits_home.number, "since_on": TODAY}
    member_id = committee.record(session, village.actor("admin"), **record, key="k1", now=NOW)
    kin = {"member_id": member_id, "number": child_home.number, "relation": "child"}
    committee.add_kin(session, village.clerk, **kin, key="k2", now=NOW)
    assert "沈文书" in refused(session, village, staff_home)
    assert "沈文书" in refused(session, village, kin_home)
    assert "盛国梁" in refused(session, village, sits_home)
    assert "盛国梁" in refused(session, village, child_home)
    assert "18" in refused(session, village, young)
    listed = supervisor_appoint.bars(session, village.id, [staff_home.id, child_home.id, village.household.id], TODAY)
    assert listed.keys() == {staff_home.id, child_home.id}
    committee.remove_kin(session, village.clerk, member_id=member_id, household_id=child_home.id, key="k3", now=NOW)
    assert choose(session, village, child_home)


def test_staff_and_the_households_that_left_are_refused(session: Session, village: Made) -> None:
    for place, role_name in enumerate(("clerk", "grid_worker", "reviewer", "counter", "admin", "town")):
        home = make_household(session, village.id)
        make_user(session, village.id, role_name, name=home.head_name, household_id=home.id)
        assert "别的角色" in refused(session, village, home, key=f"r{place}")
    village.household.left_on = TODAY
    session.commit()
    assert "不在村里" in refused(session, village, village.household)
    with pytest.raises(NotAllowed):
        supervisor_appoint.appoint(session, village.reviewer, choice=None, key="x", now=NOW)  # type: ignore[arg-type]


def test_a_term_is_no_longer_than_the_committees(session: Session, village: Made) -> None:
    wrong = (
        {"until_on": TODAY.replace(year=TODAY.year + 5)},
        {"until_on": TODAY - timedelta(days=1)},
        {"from_on": TODAY - timedelta(days=90), "until_on": TODAY - timedelta(days=1)},
        {"document": " "},
        {"assembly": "tea"},
    )
    for values in wrong:
        with pytest.raises(BadInput):
            choose(session, village, village.household, **values)
    choose(session, village, village.household, until_on=TODAY.replace(year=TODAY.year + 5) - timedelta(days=1))


def test_a_member_who_left_is_chosen_again_from_another_day(session: Session, village: Made) -> None:
    term_id = choose(session, village, village.household)
    supervisor_term.end(session, village.clerk, supervisor_id=term_id, reason="住院", key="e1", now=NOW)
    with pytest.raises(Conflict):
        choose(session, village, village.household, key="a2")
    assert choose(session, village, village.household, key="a3", from_on=TODAY + timedelta(days=1)) != term_id


def test_verify_names_a_member_made_or_changed_in_the_database_alone(session: Session, village: Made) -> None:
    def wrong() -> list[str]:
        return list(supervisor_check.wrong_terms(session, village.id))

    term_id = choose(session, village, village.household)
    term = session.get_one(Supervisor, (village.id, term_id))
    assert wrong() == []
    changes = (
        ("household_id", village.households[1].id, "和操作记录里登记的不一样"),  # then two of one home sign as of two
        ("until_on", term.until_on + timedelta(days=90), "和操作记录里登记的不一样"),
        ("ended_on", TODAY, "操作记录里没有"),
        ("from_on", TODAY - timedelta(days=30), "不见了"),
    )
    for name, value, sentence in changes:
        setattr(term, name, value)
        session.flush()
        assert any(sentence in one for one in wrong()), name
        session.rollback()
    supervisor_term.end(session, village.clerk, supervisor_id=term_id, reason="搬走了", key="e1", now=NOW)
    assert wrong() == []
    term.ended_on = None
    session.flush()
    assert any("又在任期里" in one for one in wrong())
    session.rollback()
    make_supervisors(session, village, 1)
    said = [one.sentence for one in verify.verify(session, village_of(session, village)) if one.kind == "supervisor"]
    assert ["监督员0" in one for one in said] == [True]


def test_seven_is_the_most_and_one_of_a_household(session: Session, village: Made) -> None:
    make_supervisors(session, village, 6)
    choose(session, village, village.household)
    assert "最多 7" in refused(session, village, village.households[1], key="a3")
    # whose term begins when the others' is over has room
    later = {"from_on": date(2029, 6, 1), "until_on": date(2030, 1, 1)}
    assert choose(session, village, village.households[1], key="a4", **later)


def test_a_second_one_of_a_household_is_refused(session: Session, village: Made) -> None:
    choose(session, village, village.household)
    session.query(Resident).filter_by(household_id=village.household.id).one().name = "张小国"
    session.commit()
    assert "已经有人" in refused(session, village, village.household, key="a2")
    with pytest.raises(Conflict):
        session.query(Resident).filter_by(household_id=village.household.id).one().name = "张建国"
        session.commit()
        choose(session, village, village.household, key="a3")


def test_leaving_takes_the_role_and_closes_the_account(session: Session, village: Made) -> None:
    term_id = choose(session, village, village.household)
    ending = {"supervisor_id": term_id, "key": "e1", "now": NOW}
    with pytest.raises(BadInput):
        supervisor_term.end(session, village.clerk, reason=" ", **ending)
    supervisor_term.end(session, village.clerk, reason="搬到城里去住", **ending)
    term = session.get_one(Supervisor, (village.id, term_id))
    account = session.get_one(User, (village.id, term.user_id))
    assert (account.roles, account.is_active) == ([], False)
    with pytest.raises(NotAllowed):
        supervisor.current(session, as_supervisor(session, term), TODAY)
    with pytest.raises(Conflict):
        supervisor_term.end(session, village.clerk, reason="再来", **{**ending, "key": "e2"})
    again = choose(session, village, village.household, key="a2", from_on=TODAY + timedelta(days=1))
    assert session.get_one(User, (village.id, term.user_id)).roles == [SUPERVISOR]
    assert session.get_one(Supervisor, (village.id, again)).user_id == term.user_id
    assert not list(verify.verify(session, village_of(session, village)))


def test_the_page_says_which_term_runs_out_and_who_may_not_act(session: Session, village: Made) -> None:
    members = make_supervisors(session, village, 3)
    members[0].until_on = TODAY + timedelta(days=30)
    make_user(session, village.id, CLERK, name="张文书", household_id=members[1].household_id)
    session.commit()
    shown = {term.id: term for term in supervisor_term.terms(session, village.id, TODAY)}
    assert [shown[one.id].ends_soon(TODAY) for one in members] == [True, False, False]
    assert [shown[one.id].barred is not None for one in members] == [False, True, False]


def test_only_a_term_gives_the_role(session: Session, village: Made) -> None:
    admin = village.actor("admin")
    for roles in ([SUPERVISOR], [SUPERVISOR, CLERK]):
        with pytest.raises(BadInput):
            user.add_user(session, admin, login_name="jd1", name="金阿姨", roles=roles, key="u1", now=NOW)
    (member,) = make_supervisors(session, village, 1)
    for roles in ([CLERK], [SUPERVISOR, CLERK]):
        with pytest.raises(BadInput):
            role.change(session, admin, user_id=member.user_id, roles=roles, key="u2", now=NOW)


def test_a_forgotten_pin_is_cleared_by_an_administrator_in_the_open(session: Session, village: Made) -> None:
    (member,) = make_supervisors(session, village, 1)
    member.pin_hash = "x"
    session.commit()
    clearing = {"supervisor_id": member.id, "now": NOW}
    with pytest.raises(NotAllowed):
        supervisor_term.clear_pin(session, village.clerk, key="p1", **clearing)
    supervisor_term.clear_pin(session, village.actor("admin"), key="p2", **clearing)
    assert member.pin_hash is None
    with pytest.raises(DomainError):
        supervisor_term.clear_pin(session, village.actor("admin"), key="p3", **clearing)

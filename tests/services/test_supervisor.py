"""The supervision group: who acts in it, what a member leaves to another, the PIN they sign with."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from tests.audits import as_supervisor, give_pin, make_supervisors
from tests.factories import NOW, TODAY, Made, make_household, make_user
from villagepoints.domain.actor import CLERK, GRID_WORKER
from villagepoints.domain.errors import BadInput, DomainError, KeyReused, NotAllowed, TooManyTries
from villagepoints.models import CommitteeMember, CommitteeRelative, Household, Relative, Supervisor, User
from villagepoints.services import supervisor

KEY = bytes(range(32))
PIN = "730518"


@pytest.fixture
def group(session: Session, village: Made) -> list[Supervisor]:
    return make_supervisors(session, village)


def set_pin(session: Session, member: Supervisor, pin: str = PIN, old: str = "", key: str = "p1") -> None:
    supervisor.set_pin(
        session, as_supervisor(session, member), pin=pin, again=pin, old=old, card_key=KEY, key=key, now=NOW
    )


def try_pin(session: Session, member: Supervisor, pin: str, now=NOW) -> None:
    supervisor.check_pin(session, member.village_id, member.id, pin=pin, card_key=KEY, now=now)


def free(session: Session, member: Supervisor, **what) -> bool:
    try:
        supervisor.check_free(session, member, **what)
    except NotAllowed:
        return False
    return True


def acts(session: Session, member: Supervisor, today: date = TODAY) -> bool:
    try:
        return supervisor.current(session, as_supervisor(session, member), today).id == member.id
    except NotAllowed:
        return False


def test_a_member_acts_from_the_first_to_the_last_day_of_the_term(session: Session, group: list[Supervisor]) -> None:
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2028, 12, 31), date(2029, 1, 1))
    assert [acts(session, group[0], day) for day in days] == [False, True, True, False]
    group[0].ended_on = TODAY
    session.commit()
    session.get_one(Household, (group[1].village_id, group[1].household_id)).left_on = TODAY
    session.commit()
    assert not any(acts(session, member) for member in group[:2])
    assert all(acts(session, member, TODAY - timedelta(days=1)) for member in group)


def test_who_comes_to_work_with_points_acts_no_more(session: Session, village: Made, group: list[Supervisor]) -> None:
    session.get_one(User, (village.id, group[0].user_id)).roles = ["supervisor", CLERK]
    make_user(session, village.id, GRID_WORKER, household_id=group[1].household_id)
    related = {"village_id": village.id, "user_id": village.users[CLERK].id, "household_id": group[2].household_id}
    session.add(Relative(**related, declared_at=NOW))
    session.commit()
    assert not any(acts(session, member) for member in group)


def test_who_comes_to_sit_in_the_committee_acts_no_more(
    session: Session, village: Made, group: list[Supervisor]
) -> None:
    def sits(**values) -> CommitteeMember:
        row = CommitteeMember(village_id=village.id, name="盛国梁", since_on=TODAY, recorded_at=NOW, **values)
        session.add(row)
        session.commit()
        return row

    sits(household_id=group[0].household_id)
    elsewhere = sits(household_id=None)
    relative = {"village_id": village.id, "member_id": elsewhere.id, "household_id": group[1].household_id}
    session.add(CommitteeRelative(**relative, declared_at=NOW))
    sits(household_id=group[2].household_id, until_on=TODAY - timedelta(days=1))  # did until yesterday
    session.commit()
    assert [acts(session, member) for member in group] == [False, False, True]
    assert [acts(session, member, TODAY - timedelta(days=1)) for member in group] == [True, True, True]


def test_a_member_leaves_their_own_and_their_relatives_to_others(
    session: Session, village: Made, group: list[Supervisor]
) -> None:
    member, theirs, declared, other = group[0], *(make_household(session, village.id) for _ in range(3))
    cousin = make_user(session, village.id, "town", household_id=declared.id)
    key = {"village_id": village.id, "declared_at": NOW}
    session.add(Relative(**key, user_id=member.user_id, household_id=theirs.id))
    session.add(Relative(**key, user_id=cousin.id, household_id=member.household_id))
    session.add(Relative(**key, user_id=cousin.id, household_id=other.id))
    session.commit()
    assert not free(session, member, household_id=member.household_id)
    assert not free(session, member, household_id=theirs.id)
    assert not free(session, member, household_id=declared.id)
    assert free(session, member, household_id=other.id)
    assert not free(session, member, household_id=other.id, recorded_by=member.user_id)
    assert not free(session, member, household_id=other.id, approved_by=member.user_id)
    assert free(session, group[1], household_id=theirs.id, recorded_by=cousin.id)


def test_asking_about_many_things_takes_one_statement(
    session: Session, village: Made, group: list[Supervisor], statements
) -> None:
    group[0].id  # noqa: B018 - read again after the commit, before it is counted
    before = len(statements)
    ties = supervisor.ties(session, group[0])
    assert [ties.against(household.id) for household in village.households] == [None] * 3
    assert ties.against(None) is None
    assert len(statements) - before == 1


def test_the_pin_is_six_digits_that_nobody_tries_first(session: Session, group: list[Supervisor]) -> None:
    for easy in ("12345", "123456", "777777", "abcdef"):
        with pytest.raises(BadInput):
            set_pin(session, group[0], easy)
    set_pin(session, group[0])
    try_pin(session, group[0], "730 518")
    with pytest.raises(BadInput):
        try_pin(session, group[0], "730519")
    with pytest.raises(NotAllowed):
        try_pin(session, group[1], PIN)  # who has set none


def test_a_new_pin_asks_for_the_old_one(session: Session, group: list[Supervisor]) -> None:
    give_pin(session, group[0], PIN, KEY)
    with pytest.raises(BadInput):
        set_pin(session, group[0], "284613", old="111222", key="p2")
    set_pin(session, group[0], "284613", old=PIN, key="p3")
    set_pin(session, group[0], "284613", old=PIN, key="p3")  # a second tap
    with pytest.raises(KeyReused):  # gone back in the browser, and another one typed
        set_pin(session, group[0], "395724", old="284613", key="p3")
    try_pin(session, group[0], "284613")


def test_guesses_at_once_get_five_tries(session: Session, group: list[Supervisor], sessions) -> None:
    give_pin(session, group[0], PIN, KEY)
    village_id, member_id = group[0].village_id, group[0].id
    session.rollback()
    barrier = Barrier(8)

    def guess(own: Session, number: int) -> str:
        barrier.wait()
        try:
            supervisor.check_pin(own, village_id, member_id, pin=f"9{number:05d}", card_key=KEY, now=NOW)
        except TooManyTries as error:
            return "used up" if "用完" in error.sentence else "refused"
        except DomainError:
            return "wrong"
        return "in"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(guess, (sessions() for _ in range(8)), range(8)))
    assert sorted(said) == ["refused"] * 3 + ["used up"] + ["wrong"] * 4
    with pytest.raises(TooManyTries):
        try_pin(session, group[0], PIN)
    try_pin(session, group[0], PIN, now=NOW + supervisor.PAUSE + timedelta(seconds=1))

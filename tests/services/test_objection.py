"""Filing objections: within their window, one at a time, by who may."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from tests.objections import at_once, file, found, kept, on_notice, recorded, revision
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound, RuleBroken
from villagepoints.models import (
    Evidence,
    Objection,
    User,
)
from villagepoints.services import claim, posting
from villagepoints.services.evidence import Photo
from villagepoints.services.objection_subject import About
from villagepoints.services.posting import Item


def test_a_household_objects_and_is_told_by_when_it_is_answered(session: Session, village: Made) -> None:
    before = revision(session, village)
    row = kept(session, village, file(session, village.villager(), recorded(session, village)))
    assert (row.number, row.status, row.via, row.household_id) == (1, "open", "phone", village.household.id)
    # seven working days, 19 to 21 June are the Dragon Boat Festival; fifteen days at most
    assert (row.filed_on, row.due_on, row.limit_on) == (TODAY, date(2026, 6, 25), date(2026, 6, 30))
    assert revision(session, village) > before


def test_numbers_run_through_the_village(session: Session, village: Made) -> None:
    for index in range(3):
        about = found(session, village, count=index + 1)
        objection_id = file(session, village.villager(), about, key=f"f{index}")
    assert kept(session, village, objection_id).number == 3


def test_the_same_click_twice_files_once_and_another_key_is_told(session: Session, village: Made) -> None:
    about = recorded(session, village)
    assert file(session, village.villager(), about) == file(session, village.villager(), about)
    with pytest.raises(Conflict, match="第 1 号"):
        file(session, village.villager(), about, key="other")
    with pytest.raises(KeyReused):
        file(session, village.villager(), about, words="别的话")
    assert len(session.scalars(select(Objection)).all()) == 1


def test_filing_at_the_same_moment_keeps_one(session: Session, sessions: Callable[[], Session], village: Made) -> None:
    about, answers = recorded(session, village), list[object]()
    at_once(sessions, [lambda s, n=n: file(s, village.villager(), about, key=f"f{n}") for n in range(3)], answers)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Conflict", "UUID"]
    session.rollback()
    assert len(session.scalars(select(Objection)).all()) == 1


def test_an_entry_is_objected_to_within_fifteen_days(session: Session, village: Made) -> None:
    about = recorded(session, village)
    with pytest.raises(RuleBroken, match="15 天"):
        file(session, village.villager(), about, now=NOW + timedelta(days=16))
    file(session, village.villager(), about, now=NOW + timedelta(days=15))


def test_a_paper_counts_from_the_day_it_bears(session: Session, village: Made) -> None:
    about, later = recorded(session, village), NOW + timedelta(days=20)
    paper = {"via": "paper", "household_id": village.household.id, "now": later}
    with pytest.raises(BadInput, match="还没到"):
        file(session, village.clerk, about, filed_on=TODAY + timedelta(days=21), **paper)
    with pytest.raises(RuleBroken, match="15 天"):
        file(session, village.clerk, about, filed_on=TODAY + timedelta(days=18), **paper)
    row = kept(session, village, file(session, village.clerk, about, filed_on=TODAY + timedelta(days=3), **paper))
    assert (row.filed_on, row.limit_on, row.filed_by) == (date(2026, 6, 18), date(2026, 7, 3), village.clerk.user_id)


def test_a_household_reaches_its_own_entries_and_what_stands_on_a_notice(session: Session, village: Made) -> None:
    other = village.villager(1)
    with pytest.raises(NotFound):
        file(session, other, recorded(session, village))
    with pytest.raises(NotFound):
        file(session, other, found(session, village))
    assert file(session, other, on_notice(session, village))


def test_another_village_s_things_are_not_there(session: Session, village: Made) -> None:
    foreign = make_village(session, "yz")
    for about in (recorded(session, village), found(session, village), on_notice(session, village)):
        with pytest.raises(NotFound):
            file(session, foreign.clerk, about, objector="某人", via="desk")


def test_staff_names_who_objects_and_stays_away_from_their_own_household(session: Session, village: Made) -> None:
    about = recorded(session, village)
    with pytest.raises(BadInput, match="谁提的"):
        file(session, village.clerk, about, via="desk")
    assert (
        kept(session, village, file(session, village.clerk, about, via="desk", objector=" 路 人 ")).objector == "路 人"
    )
    session.execute(update(User).where(User.id == village.clerk.user_id).values(household_id=village.household.id))
    session.commit()
    with pytest.raises(NotAllowed, match="自己家"):
        file(session, village.clerk, about, key="own", via="desk", objector="路人乙")


def test_only_an_item_on_its_notice_is_objected_to(session: Session, village: Made) -> None:
    wanted = Item(code="D2", occurred_on=TODAY)
    waiting = claim.propose(session, village.clerk, key="c", household_id=village.household.id, wanted=wanted, now=NOW)
    with pytest.raises(RuleBroken, match="不在公示"):
        file(session, village.villager(), About(claim_id=waiting))
    about = on_notice(session, village, 1)
    with pytest.raises(RuleBroken, match="不在这几天"):
        file(session, village.villager(1), about, now=NOW + timedelta(days=6))


def test_goods_and_corrections_go_another_way(session: Session, village: Made) -> None:
    about = recorded(session, village)
    reversal = {"household_id": village.household.id, "seq": about.entry_seq, "reason": "记错", "now": NOW}
    undone = posting.reverse(session, village.clerk, key="r", **reversal)
    with pytest.raises(RuleBroken, match="更正了"):
        file(session, village.villager(), about)
    with pytest.raises(RuleBroken, match="只有加分"):
        file(session, village.villager(), About(household_id=village.household.id, entry_seq=undone.seq))


def test_photos_belong_to_who_objects(session: Session, village: Made) -> None:
    about, photo = on_notice(session, village), Photo("ab/ab.jpg", b"x" * 32, 1, 1, 1)
    objection_id = file(session, village.villager(1), about, photos=[photo])
    session.rollback()
    row = session.scalars(select(Evidence)).one()
    assert (row.household_id, row.objection_id) == (village.households[1].id, objection_id)

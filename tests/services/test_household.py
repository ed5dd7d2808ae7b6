"""Finding a household the way a clerk types it."""

import pytest
from sqlalchemy.orm import Session

from tests.factories import Made, make_household, make_households, make_village
from villagepoints.domain.errors import NotFound
from villagepoints.models import Resident
from villagepoints.services import household as households
from villagepoints.services.household import Filter
from villagepoints.services.paging import Wanted


def add_person(
    session: Session, village: Made, number: str, name: str, pinyin: str, initials: str, phone: str = ""
) -> None:
    household = make_household(session, village.id, number, head="户主" + number)
    person = Resident(
        village_id=village.id, household_id=household.id, line=1, name=name, pinyin=pinyin, initials=initials
    )
    person.phone, person.phone_tail = phone, phone[-4:]
    session.add(person)
    session.commit()


@pytest.fixture
def street(session: Session, village: Made) -> Made:
    add_person(session, village, "SX03028", "单小梅", "shanxiaomei danxiaomei", "sxm dxm", "13900004321")
    add_person(session, village, "SX03029", "王建明", "wangjianming", "wjm", "13900009028")
    return village


def found(session: Session, village: Made, words: str, **more: object) -> list[str]:
    page = households.search(session, village.id, Filter(words=words, **more), Wanted(sort="number"))  # type: ignore[arg-type]
    return [row.number for row in page.rows]


WIDE = "SX03028".translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})  # as typed with a Chinese keyboard


def test_a_household_is_found_by_number_name_either_reading_initials_and_phone(session: Session, street: Made) -> None:
    typed = [
        "SX03028",
        "sx03028",
        WIDE,
        "03028",
        "单小梅",
        "小梅",
        "sxm",
        "dxm",
        "SXM",
        "danxiao",
        "4321",
        "13900004321",
        " 单 小梅 ",
    ]
    for words in typed:
        assert found(session, street, words) == ["SX03028"], words


def test_what_matches_nobody_finds_nobody(session: Session, street: Made) -> None:
    for words in ["%", "_", "'; --", "\\", "不在的人", "9999", "😀", "zz" * 100, "a\0b"]:
        assert found(session, street, words) == [], words


def test_the_person_the_words_found_is_named(session: Session, street: Made) -> None:
    page = households.search(session, street.id, Filter(words="wjm"), Wanted())
    assert [(row.head_name, row.matched) for row in page.rows] == [("户主SX03029", "王建明")]


def test_filters_narrow_the_list(session: Session, village: Made) -> None:
    assert found(session, village, "", residency="relocated") == ["002"]
    assert found(session, village, "", elders=True) == ["003"]
    assert found(session, village, "", group_no=7) == []


def test_the_list_is_sorted_both_ways_and_paged(session: Session, village: Made) -> None:
    make_households(session, village.id, 60)
    page = households.search(session, village.id, Filter(), Wanted(number=2, size=25, sort="-number"))
    assert (page.total, len(page.rows), page.last, page.has_next) == (63, 25, 3, True)
    assert [row.number for row in page.rows] == sorted((row.number for row in page.rows), reverse=True)


def test_an_unknown_sort_is_by_number(session: Session, village: Made) -> None:
    page = households.search(session, village.id, Filter(), Wanted(sort="password"))
    assert [row.number for row in page.rows] == ["001", "002", "003"]


def test_another_village_is_never_found(session: Session, street: Made) -> None:
    other = make_village(session, "qt")
    assert found(session, other, "sxm") == []
    with pytest.raises(NotFound):
        households.get(session, other.id, street.household.id)
    with pytest.raises(NotFound):
        households.by_number(session, other.id, "SX03028")


def test_a_number_is_read_in_any_case_and_width(session: Session, street: Made) -> None:
    assert households.by_number(session, street.id, f" {WIDE.lower()} ").number == "SX03028"


def test_a_page_of_the_list_takes_two_statements_whatever_its_length(
    session: Session, village: Made, statements: list[str]
) -> None:
    make_households(session, village.id, 200)
    statements.clear()
    households.search(session, village.id, Filter(words="n0"), Wanted(size=100))
    assert len([sent for sent in statements if sent.startswith("SELECT")]) == 2

"""What households tell the village: numbered, once each, answered in words they read, no points in it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward, make_village
from villagepoints.domain import service_request as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import BadInput, Conflict, DomainError, KeyReused, NotAllowed, NotFound
from villagepoints.models import Evidence, Household, LedgerEntry, ServiceRequest
from villagepoints.services import (
    card,
    lists,
    news,
    phone,
    relative,
    service_request,
    service_request_list,
    transaction,
    waiting,
)
from villagepoints.services.evidence import Photo
from villagepoints.services.paging import Wanted

BRIDGE = "三组桥头的栏杆松了"


def file(session: Session, actor: Actor, kind: str = "hazard", words: str = BRIDGE, **given: Any) -> UUID:
    return service_request.file(
        session, actor, **{"key": uuid4().hex, "kind": kind, "words": words, "now": NOW, **given}
    )


def row_of(session: Session, request_id: UUID) -> ServiceRequest:
    session.rollback()
    session.expire_all()
    return session.scalars(select(ServiceRequest).where(ServiceRequest.id == request_id)).one()


def revision(session: Session, village: Made) -> int:
    session.rollback()
    return session.scalars(select(Household.revision).where(Household.id == village.household.id)).one()


def photo(name: str = "aa/x.jpg") -> Photo:
    return Photo(name, b"h" * 32, 1000, 40, 30)


def test_a_household_says_something_and_reads_the_answer(session: Session, village: Made) -> None:
    before = revision(session, village)
    first = file(session, village.villager(), photos=[photo(), photo("bb/y.jpg")])
    second = file(session, village.villager(1), "idea", "收稻子也该加分")
    assert [row_of(session, id_).number for id_ in (first, second)] == [1, 2]
    row = row_of(session, first)
    assert (row.status, row.filed_on, row.filed_by, row.words) == ("open", TODAY, None, BRIDGE)
    assert session.scalars(select(Evidence.service_request_id)).all() == [first, first]
    told = revision(session, village)
    assert told > before
    assert waiting.count(session, village.id, TODAY).requests == 2
    later = NOW + timedelta(days=1)
    service_request.answer(session, village.clerk, key="a", request_id=first, words=" 修好了。 ", now=later)
    row = row_of(session, first)
    assert (row.status, row.answer, row.answered_by) == ("answered", "修好了。", village.clerk.user_id)
    assert row.answered_on == TODAY + timedelta(days=1)
    assert revision(session, village) > told
    assert session.scalars(select(LedgerEntry)).all() == []
    assert waiting.count(session, village.id, TODAY).requests == 1


def test_the_same_tap_twice_is_one_request_and_another_request_under_its_key_is_refused(
    session: Session, village: Made
) -> None:
    first = file(session, village.villager(), key="tap")
    assert file(session, village.villager(), key="tap") == first
    with pytest.raises(KeyReused):
        file(session, village.villager(), key="tap", words="别的")


@pytest.mark.parametrize("kind", ["visit", "helper"])
def test_a_visit_and_a_helper_are_asked_for_once_until_they_are_answered(
    kind: str, session: Session, village: Made
) -> None:
    first = file(session, village.villager(), kind, "女儿王芳")
    with pytest.raises(Conflict, match="第 1 号"):
        file(session, village.villager(), kind, "儿子")
    with pytest.raises(Conflict):
        file(session, village.clerk, kind, "他又打电话来", household_id=village.household.id)
    file(session, village.villager(1), kind, "邻居")
    service_request.answer(session, village.clerk, key="a", request_id=first, words="办好了", now=NOW)
    file(session, village.villager(), kind, "儿子")


def test_goods_are_wished_for_once_each_and_only_goods_of_the_village(session: Session, village: Made) -> None:
    oil, rice = (make_reward(session, village.id, stock=0, name=name) for name in ("油", "米"))
    first = file(session, village.villager(), "goods", "", reward_id=oil.id)
    file(session, village.villager(), "goods", "", reward_id=rice.id)
    file(session, village.villager(), "goods", "雨伞")
    with pytest.raises(Conflict):
        file(session, village.villager(), "goods", "", reward_id=oil.id)
    assert set(service_request_list.wished(session, village.id, village.household.id)) == {oil.id, rice.id}
    assert service_request_list.one(session, village.id, first).goods == "油"
    elsewhere = make_reward(session, make_village(session, "qt").id, stock=0)
    with pytest.raises(NotFound):
        file(session, village.villager(), "goods", "", reward_id=elsewhere.id)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"kind": "nonsense"}, "没有这样的页面"),
        ({"kind": "goods", "words": " "}, "请写一句"),
        ({"words": "字" * 501}, "最多 500 个字"),
        ({"kind": "visit", "choice": "给我钱"}, "选一样"),
        ({"kind": "visit", "photos": [photo()]}, "不用放照片"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_plain_words_and_nothing_is_kept(
    asked: dict[str, Any], sentence: str, session: Session, village: Made
) -> None:
    with pytest.raises(DomainError, match=sentence):
        file(session, village.villager(), **asked)
    assert session.scalars(select(ServiceRequest)).all() == []
    assert session.scalars(select(Evidence)).all() == []


def test_a_household_does_not_bury_its_neighbours(session: Session, village: Made) -> None:
    for place in range(rules.MOST_OPEN):
        file(session, village.villager(), words=f"第 {place} 处")
    with pytest.raises(BadInput, match="10 件等着答复"):
        file(session, village.villager())
    file(session, village.villager(1))


def test_it_is_taken_back_by_its_own_household_while_nobody_has_answered(session: Session, village: Made) -> None:
    typed = file(session, village.clerk, "visit", "", household_id=village.household.id)
    with pytest.raises(NotFound):
        service_request.withdraw(session, village.villager(1), key="w0", request_id=typed, now=NOW)
    with pytest.raises(NotFound):
        service_request.withdraw(session, village.clerk, key="w1", request_id=typed, now=NOW)
    service_request.withdraw(session, village.villager(), key="w2", request_id=typed, now=NOW)
    assert row_of(session, typed).status == "withdrawn"
    with pytest.raises(Conflict, match="撤回"):
        service_request.answer(session, village.clerk, key="a", request_id=typed, words="来了", now=NOW)
    answered = file(session, village.villager())
    for key in ("b", "b"):
        service_request.answer(session, village.clerk, key=key, request_id=answered, words="修了", now=NOW)
    for act in (service_request.withdraw, service_request.answer):
        more = {"words": "再说"} if act is service_request.answer else {}
        actor = village.clerk if more else village.villager()
        with pytest.raises(Conflict, match="答复过"):
            act(session, actor, key=act.__name__, request_id=answered, now=NOW, **more)


def test_nobody_answers_their_own_household_or_a_relative_s(session: Session, village: Made) -> None:
    clerk = village.users["clerk"]
    relative.declare(session, village.clerk, user_id=clerk.id, number="001", relation="parent", key="r", now=NOW)
    asked = file(session, village.villager())
    with pytest.raises(NotAllowed, match="别的同事"):
        service_request.answer(session, village.clerk, key="a", request_id=asked, words="好", now=NOW)
    service_request.answer(session, village.reviewer, key="b", request_id=asked, words="好", now=NOW)


@pytest.mark.parametrize("words", ["", " \n", "字" * 501])
def test_an_answer_says_something_and_is_no_book(words: str, session: Session, village: Made) -> None:
    asked = file(session, village.villager())
    with pytest.raises(BadInput, match="还没有答复"):
        service_request.answer(session, village.clerk, key="a", request_id=asked, words=words, now=NOW)
    assert row_of(session, asked).status == "open"


def test_all_who_wait_for_the_same_goods_are_answered_at_once_but_one_s_own(session: Session, village: Made) -> None:
    oil, rice = (make_reward(session, village.id, stock=0, name=name) for name in ("油", "米"))
    mine, *others = (
        file(session, village.villager(index), "goods", "", reward_id=reward.id)
        for index, reward in ((0, oil), (1, oil), (2, oil), (1, rice))
    )
    clerk = village.users["clerk"]
    relative.declare(session, village.clerk, user_id=clerk.id, number="001", relation="parent", key="r", now=NOW)
    first = service_request_list.one(session, village.id, others[0])
    assert service_request_list.count_same(session, village.id, first) == 2
    given = {"key": "a", "request_id": others[0], "words": "到货了", "with_same": True, "now": NOW}
    assert [service_request.answer(session, village.clerk, **given) for _ in range(2)] == [2, 2]
    assert [row_of(session, id_).answer for id_ in (mine, *others)] == ["", "到货了", "到货了", ""]
    idea = file(session, village.villager(), "idea", "收稻子加分")
    file(session, village.villager(1), "idea", "收稻子加分")
    given |= {"key": "b", "request_id": idea}
    assert service_request.answer(session, village.reviewer, **given) == 1


def test_another_village_s_request_is_not_there(session: Session, village: Made) -> None:
    theirs = file(session, make_village(session, "qt").villager())
    with pytest.raises(NotFound):
        service_request.answer(session, village.clerk, key="a", request_id=theirs, words="好", now=NOW)
    with pytest.raises(NotFound):
        service_request_list.one(session, village.id, theirs)


def test_the_desk_lists_who_waits_longest_first_and_finds_by_number_name_and_words(
    session: Session, village: Made
) -> None:
    file(session, village.villager())
    file(session, village.villager(1), "idea", "收稻子加分")
    done = file(session, village.villager(2), "visit", "", choice="念一念积分")
    service_request.answer(session, village.clerk, key="a", request_id=done, words="去过了", now=NOW)

    def numbers(size: int = 25, **which: str) -> list[int]:
        asked = service_request_list.Filter(**which)
        page = service_request_list.listed(session, village.id, asked, Wanted(size=size))
        return [row.number for row in page.rows]

    assert numbers(status="open") == [1, 2]
    assert numbers() == [3, 2, 1]
    assert numbers(size=1) == [3]
    assert [numbers(words=words) for words in ("3", "李秀英", "003", "栏杆", "念一念")] == [[3], [2], [3], [1], [3]]
    file(session, village.villager(), "goods", "", reward_id=make_reward(session, village.id, name="雨伞").id)
    assert numbers(words="雨伞") == [4]
    assert numbers(kind="visit") == [3]
    own = service_request_list.of_household(session, village.id, village.household.id, Wanted())
    assert [row.number for row in own.rows] == [4, 1]


@pytest.mark.parametrize("kind", ["visit", "hazard"])
def test_of_many_at_once_each_has_its_number_and_of_the_same_there_is_one(
    kind: str, village: Made, sessions: Callable[[], Session]
) -> None:
    refused: list[str] = []

    def ask(place: int) -> None:
        with sessions() as session:
            try:
                file(session, village.villager(), kind, f"第 {place} 处")
            except Conflict:
                refused.append(kind)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        numbers = session.scalars(select(ServiceRequest.number).order_by(ServiceRequest.number)).all()
    assert numbers == ([1] if kind == "visit" else [1, 2, 3, 4, 5, 6])
    assert len(refused) == 6 - len(numbers)


def test_what_several_do_with_the_same_households_at_once_never_waits_in_a_circle(
    village: Made, sessions: Callable[[], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filing, telling, consenting and a new card: the village before the accounts, the accounts in their order."""
    monkeypatch.setattr(transaction, "TRIES", 1)  # a deadlock is not hidden by another try
    ids = [household.id for household in village.households]
    works: list[Callable[[Session], object]] = []
    failed: list[str] = []
    for place, id_ in enumerate(ids * 2):
        villager, order = village.villager(place % 3), ids[:: 1 if place % 2 else -1]
        asked: dict[str, Any] = {"household_id": id_, "key": str(uuid4()), "now": NOW}
        works += [
            partial(file, actor=villager),
            partial(news.tell, actor=village.clerk, key=str(uuid4()), household_ids=order, up_to=NOW, now=NOW),
            partial(phone.consent, actor=villager, shows=True, now=NOW),
            partial(lists.consent, actor=villager, shows=True, **asked),
            partial(card.issue, actor=village.clerk, card_key=b"x" * 32, **{**asked, "key": str(uuid4())}),
        ]

    def do(work: Callable[[Session], object]) -> None:
        with sessions() as session:
            try:
                work(session)
            except DBAPIError as error:
                failed.append(str(error.orig))

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@settings(max_examples=100)
@given(st.sampled_from(sorted(rules.KINDS)), st.text(max_size=520), st.booleans(), st.integers(0, 3))
def test_what_is_kept_says_something_within_its_length(kind: str, words: str, ticks: bool, photos: int) -> None:
    of_kind = rules.kind_of(kind)
    choice = of_kind.choices[0] if ticks and of_kind.choices else ""
    try:
        told = rules.told(of_kind, choice, words, photos=photos)
    except BadInput:
        too_little = of_kind.needs_words and not words.strip()
        assert too_little or len(words.strip()) > rules.MOST_WORDS or (photos and not of_kind.takes_photos)
    else:
        assert told or not of_kind.needs_words
        assert words.strip() in told
        assert told.startswith(choice)
        assert len(told) <= rules.MOST_WORDS + len(choice) + 1
        assert not photos or of_kind.takes_photos

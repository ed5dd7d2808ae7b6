"""The home page's figures, and how little it asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward, remember_phone
from villagepoints.domain.calendar import Month
from villagepoints.domain.standing import first_expiry
from villagepoints.services import household_page, phone, posting, quick_read
from villagepoints.services.household_page import HomePage
from villagepoints.services.posting import Item
from villagepoints.services.rulebook import _PARSED


def load(session: Session, village: Made, index: int = 0, today: date = TODAY) -> HomePage:
    credential = phone.Credential.read(remember_phone(session, village.households[index]))
    assert credential is not None
    home = phone.identify(session, credential, NOW)
    assert home is not None
    return household_page.load(session, home, today)


def record(session: Session, village: Made, code: str, on: date = TODAY, now: datetime = NOW, **values: Any) -> int:
    key = f"{code}{on}{values}"
    wanted = Item(code=code, occurred_on=on, **values)
    return posting.record(
        session, village.clerk, key=key[:60], household_id=village.household.id, wanted=wanted, now=now
    ).seq


@contextmanager
def counted(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements sent meanwhile, by whichever way they go."""
    sent: list[str] = []
    engine = session.get_bind().engine
    run = quick_read.QuickRead.__call__

    def through_the_driver(self: Any, *arguments: Any) -> Any:
        sent.append("quick")
        return run(self, *arguments)

    def through_sqlalchemy(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    with monkeypatch.context() as patch:
        patch.setattr(quick_read.QuickRead, "__call__", through_the_driver)
        event.listen(engine, "before_cursor_execute", through_sqlalchemy)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", through_sqlalchemy)


def test_a_page_takes_at_most_six_statements_and_three_once_its_village_is_known(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = phone.Credential.read(remember_phone(session, village.household))
    assert credential is not None
    _PARSED.clear()
    for most in (6, 3):
        with counted(session, monkeypatch) as sent:
            home = phone.identify(session, credential, NOW)
            assert home is not None
            household_page.load(session, home, TODAY)
        assert len(sent) <= most, sent


def test_the_number_of_statements_does_not_grow_with_the_entries(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        record(session, village, "D4", grade="义务维修", note=str(number))
    load(session, village)
    with counted(session, monkeypatch) as sent:
        page = load(session, village)
    assert len([one for one in sent if "phone" not in one]) <= 3
    assert [line.text for line in page.recent] == ["29", "28", "27"]


def test_merit_counts_deeds_of_this_year_and_not_what_was_undone(session: Session, village: Made) -> None:
    record(session, village, "D1", quantity=2)
    record(session, village, "D2", on=date(2025, 12, 30), now=NOW - timedelta(days=150))
    wrong = record(session, village, "C4")
    posting.reverse(
        session, village.clerk, key="r", household_id=village.household.id, seq=wrong, reason="记错", now=NOW
    )
    page = load(session, village)
    assert page.merit == 10
    assert page.home.balance == 15


def test_what_can_still_be_earned_follows_the_caps(session: Session, village: Made) -> None:
    record(session, village, "D1", quantity=3)
    for day in (1, 2, 3, 4):
        record(session, village, "C4", on=TODAY.replace(day=day))
    chances = {chance.item.code: chance for chance in load(session, village).chances}
    assert len(chances) == 9
    assert chances["D1"].times_left == 17
    assert chances["C4"].is_used_up
    assert chances["D4"].times_left is None
    assert list(chances)[-1] == "C4"


def test_a_deed_of_last_month_takes_nothing_from_this_month(session: Session, village: Made) -> None:
    record(session, village, "D1", on=date(2026, 5, 3), quantity=4)
    chances = {chance.item.code: chance for chance in load(session, village).chances}
    assert chances["D1"].times_left == 20


def test_goods_within_reach_and_the_next_ones(session: Session, village: Made) -> None:
    record(session, village, "D4", grade="献血")
    make_reward(session, village.id, points=8, name="食盐")
    make_reward(session, village.id, points=50, name="毛巾")
    make_reward(session, village.id, points=45, stock=0, name="没有货")
    make_reward(session, village.id, points=60, name="理发")
    make_reward(session, village.id, points=200, name="油")
    page = load(session, village)
    assert page.within is not None
    assert page.within.name == "毛巾"
    assert page.next is not None
    assert page.next.name == "理发"


def test_an_empty_household_has_a_page(session: Session, village: Made) -> None:
    page = load(session, village, 2)
    assert (page.merit, page.expires, page.recent, page.within, page.next) == (0, None, [], None, None)
    assert sum(part.points for part in page.base) == 100


@pytest.mark.parametrize(
    ("balance", "expected"),
    [(0, None), (-5, None), (10, Month(2028, 3)), (30, Month(2028, 3)), (31, Month(2028, 2)), (999, Month(2028, 1))],
)
def test_the_oldest_points_not_yet_spent_expire_first(balance: int, expected: Month | None) -> None:
    gained = [(date(2026, 3, 31), 30), (date(2026, 2, 28), 40), (date(2026, 1, 31), 50)]
    assert first_expiry(balance, gained, 24) == expected


def test_a_page_kept_for_one_state_is_not_given_for_another(session: Session, village: Made) -> None:
    before = load(session, village).home
    record(session, village, "D2")
    after = load(session, village).home
    states = {
        household_page.state_of(before, TODAY, "zh"),
        household_page.state_of(after, TODAY, "zh"),
        household_page.state_of(before, TODAY + timedelta(days=1), "zh"),
        household_page.state_of(before, TODAY, "en"),
        household_page.state_of(before._replace(revision=9), TODAY, "zh"),
        household_page.state_of(before._replace(village_revision=99), TODAY, "zh"),
    }
    assert len(states) == 6


def test_what_stands_on_a_notice_or_was_refused_is_told(session: Session, village: Made) -> None:
    from tests.services.test_notice import DUE, approved, published
    from villagepoints.services import notice

    up, off = approved(session, village), approved(session, village)
    assert [(line.kind, line.until, line.number) for line in load(session, village).claims] == [
        ("approved", None, 0)
    ] * 2
    before = load(session, village).home
    notice_id = published(session, village)
    asked = {"notice_id": notice_id, "claim_id": off, "reason": "重复记了"}
    notice.take_off(session, village.clerk, key="off", now=NOW, **asked)  # type: ignore[arg-type]
    page = load(session, village)
    assert household_page.state_of(before, TODAY) != household_page.state_of(page.home, TODAY)
    told = {line.kind: line for line in page.claims}
    assert (told["approved"].until, told["approved"].number) == (TODAY + timedelta(days=5), 1)
    assert told["refused"].who == "重复记了"
    assert up.hex == told["approved"].ref.replace("-", "")
    assert {line.kind for line in load(session, village, today=TODAY + timedelta(days=15)).claims} == {"approved"}
    notice.post(session, village.clerk, key="post", notice_id=notice_id, now=DUE)
    assert {line.kind for line in load(session, village).claims} == {"refused"}

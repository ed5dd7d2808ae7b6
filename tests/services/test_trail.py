"""Who changed what, read back in words; unused accounts; devices that end."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER
from villagepoints.domain.errors import NotFound
from villagepoints.services import relative, staff_device, staff_rule, trail, user, waiting
from villagepoints.services.paging import Wanted

SERVICES = Path(__file__).parents[2] / "villagepoints" / "services"


def test_the_trail_is_read_by_person_kind_and_time_the_newest_first(session: Session, village: Made) -> None:
    admin, clerk = village.actor(ADMIN), village.users[CLERK]
    user.make_link(session, admin, user_id=clerk.id, now=NOW)
    said = {"user_id": clerk.id, "number": "002", "relation": "parent"}
    relative.declare(session, village.clerk, **said, key="r", now=NOW + timedelta(days=1))

    def asked(**which: object) -> list[str]:
        page = trail.acts(session, village.id, trail.Filter(**which), Wanted())  # type: ignore[arg-type]
        assert page.total == len(page.rows)
        return [act.action for act in page.rows]

    assert asked()[:2] == ["relative.declared", "user.link_made"]
    assert asked(actor_id=clerk.id) == ["relative.declared"]
    assert asked(kind="user") == ["user.link_made"]
    assert asked(kind="use") == []
    assert asked(begins_at=NOW, ends_at=NOW + timedelta(hours=1))[0] == "user.link_made"
    (act,) = trail.acts(session, village.id, trail.Filter(kind="relative"), Wanted()).rows
    assert (act.who, act.about) == (clerk.name, clerk.name)
    assert act.names[act.detail["household"]] == "002 李秀英"


def test_a_person_is_told_what_others_did_to_their_account_and_nothing_else(session: Session, village: Made) -> None:
    admin, clerk = village.actor(ADMIN), village.users[CLERK].id
    user.make_link(session, admin, user_id=clerk, now=NOW)
    user.make_link(session, admin, user_id=village.users[COUNTER].id, now=NOW)
    relative.declare(session, village.clerk, user_id=clerk, number="002", relation="parent", key="r", now=NOW)
    before = NOW - timedelta(days=30)
    assert [act.action for act in trail.done_to(session, village.id, clerk, before)] == ["user.link_made"]
    assert trail.done_to(session, village.id, clerk, NOW + timedelta(seconds=1)) == []


def test_unused_accounts_are_looked_through_once_a_quarter(session: Session, village: Made) -> None:
    later = NOW + timedelta(days=91)
    assert staff_rule.unused(session, village.id, NOW + timedelta(days=89)) == []
    clerk = village.users[CLERK]
    seen = staff_device.find(session, village.id, clerk.id, 1, clerk.id, NOW)
    assert seen
    staff_device.seen(session, seen, later - timedelta(days=1))
    assert {row.login_name for row in staff_rule.unused(session, village.id, later)} == {"reviewer", COUNTER, ADMIN}

    def is_due(days: int) -> bool:
        today = TODAY + timedelta(days=days)
        asked = staff_rule.look_is_due(session, village.id, today)
        assert waiting.count(session, village.id, today).unused_look == asked, "the front page says the same"
        return asked

    assert [is_due(days) for days in (0, 15, 16, 91)] == [False, False, True, True]
    staff_rule.look_through(session, village.actor(ADMIN), key="l", now=later)
    assert [is_due(days) for days in (91, 107, 108, 183)] == [False, False, True, True]


def test_a_device_ends_by_its_owner_alone_and_by_itself_after_90_days(session: Session, village: Made) -> None:
    clerk = village.users[CLERK].id
    who = (village.id, clerk, 1, clerk)
    with pytest.raises(NotFound):
        staff_device.end_device(session, village.reviewer, device_id=clerk, now=NOW)
    assert staff_device.find(session, *who, NOW + timedelta(days=89))
    assert staff_device.find(session, *who, NOW + timedelta(days=91)) is None
    staff_device.end_device(session, village.clerk, device_id=clerk, now=NOW)
    staff_device.end_device(session, village.clerk, device_id=clerk, now=NOW)
    assert staff_device.find(session, *who, NOW) is None


def test_every_act_that_is_recorded_has_its_words() -> None:
    from villagepoints.blueprints.trail_words import ACT_NAMES, KIND_NAMES

    texts = [path.read_text("utf-8") for path in SERVICES.rglob("*.py")]
    written = {
        name
        for text in texts
        if "activity.record" in text
        for name in re.findall(r'(?<!"act": )"([a-z_]+\.[a-z_]+)"', text)
    }
    assert len(written) > 40
    assert sorted(written - ACT_NAMES.keys()) == []
    assert {name.split(".")[0] for name in ACT_NAMES} <= KIND_NAMES.keys()

"""The second factor: codes after RFC 6238 that count once, recovery codes, and who may take one away."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from tests.factories import NOW, TODAY, Made, make_user
from villagepoints.domain.actor import ADMIN, CLERK, REVIEWER
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound, TooManyTries
from villagepoints.models import Activity, SecondFactor
from villagepoints.services import second_factor, signing_in, staff_device, staff_rule, user
from villagepoints.services.signing_in import Caller

KEY = b"k" * 32
PASSWORD = "dao-gu-feng-shou"
STEP = timedelta(seconds=30)


def _cheap(word: str, **_: str) -> str:
    return generate_password_hash(word, method="pbkdf2:sha1:1")


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing slowly is not what is tried here."""
    monkeypatch.setattr(signing_in, "generate_password_hash", _cheap)


@pytest.fixture
def codes(session: Session, village: Made) -> list[str]:
    """The reviewer has a password and a second factor; its recovery codes."""
    person = village.users[REVIEWER]
    who = staff_device.find(session, village.id, person.id, 1, person.id, NOW)
    assert who
    signing_in.set_password(session, who, old="", new=PASSWORD, again=PASSWORD, now=NOW)
    second_factor.begin(session, village.reviewer, key="b", now=NOW)
    return second_factor.confirm(
        session, village.reviewer, code=code(session, village, NOW), factor_key=KEY, key="c", now=NOW
    )


def factor(session: Session, village: Made) -> SecondFactor:
    session.rollback()
    return session.get_one(SecondFactor, (village.id, village.users[REVIEWER].id), populate_existing=True)


def code(session: Session, village: Made, at: datetime) -> str:
    import pyotp

    return pyotp.TOTP(second_factor.secret_of(KEY, factor(session, village))).at(at)


def sign_in(session: Session, typed: str, at: datetime, password: str = PASSWORD) -> staff_device.SignedIn:
    asked = {"village_code": "sx", "login_name": REVIEWER, "password": password, "now": at}
    return signing_in.sign_in(session, **asked, caller=Caller(typed, KEY))


@pytest.mark.parametrize(
    ("at", "expected"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(
    monkeypatch: pytest.MonkeyPatch, at: int, expected: str, session: Session, village: Made
) -> None:
    """The vectors of RFC 6238, cut to six digits."""
    from base64 import b32encode

    monkeypatch.setattr(second_factor, "secret_of", lambda *_: b32encode(b"12345678901234567890").decode())
    kept = SecondFactor(village_id=village.id, user_id=village.users[REVIEWER].id, secret="", last_step=0, recovery=[])
    proof = second_factor.proof_of(KEY, kept, expected, datetime.fromtimestamp(at, UTC))
    assert proof == second_factor.Proof(step=at // 30)


@pytest.mark.parametrize("at", [NOW - 2 * STEP, NOW - STEP, NOW, NOW + STEP, NOW + 2 * STEP])
def test_a_phones_clock_may_be_one_step_off_and_no_more(
    session: Session, village: Made, codes: list[str], at: datetime
) -> None:
    now = NOW + timedelta(hours=1)
    typed = code(session, village, at + timedelta(hours=1))
    if abs(at - NOW) <= STEP:
        assert sign_in(session, typed, now)
    else:
        with pytest.raises(NotAllowed):
            sign_in(session, typed, now)


def test_a_code_counts_once_and_so_does_the_one_that_confirmed(
    session: Session, village: Made, codes: list[str]
) -> None:
    with pytest.raises(NotAllowed):
        sign_in(session, code(session, village, NOW), NOW)
    later = NOW + 2 * STEP
    typed = code(session, village, later)
    assert sign_in(session, typed, later)
    for at in (later, later + STEP):
        with pytest.raises(NotAllowed):
            sign_in(session, typed, at)
    with pytest.raises(NotAllowed):  # nor one older than the last that counted
        sign_in(session, code(session, village, later - STEP), later)


def test_the_planted_bug_a_code_that_counts_twice_is_seen(
    monkeypatch: pytest.MonkeyPatch, session: Session, village: Made, codes: list[str]
) -> None:
    monkeypatch.setattr(second_factor, "spend", lambda *_: True)
    later = NOW + 2 * STEP
    typed = code(session, village, later)
    assert sign_in(session, typed, later)
    assert sign_in(session, typed, later)


def test_two_who_use_one_code_at_once_let_one_in(session: Session, village: Made, codes: list[str]) -> None:
    later = NOW + 2 * STEP
    kept = factor(session, village)
    proof = second_factor.proof_of(KEY, kept, code(session, village, later), later)
    assert proof
    person = village.users[REVIEWER].id
    assert second_factor.spend(session, village.id, person, proof)
    assert not second_factor.spend(session, village.id, person, proof)


def test_a_recovery_code_lets_in_once_in_any_writing(session: Session, village: Made, codes: list[str]) -> None:
    assert len(set(codes)) == 8
    assert sign_in(session, codes[3].lower().replace("-", " "), NOW)
    with pytest.raises(NotAllowed):
        sign_in(session, codes[3], NOW)
    assert sign_in(session, codes[4], NOW)
    assert len(factor(session, village).recovery) == 6


def test_it_is_not_said_which_part_was_wrong(session: Session, village: Made, codes: list[str]) -> None:
    later = NOW + 2 * STEP
    wrong = [("", PASSWORD), ("000000", PASSWORD), (code(session, village, later), "not this one")]
    said = []
    for typed, password in wrong:
        with pytest.raises(NotAllowed) as refused:
            sign_in(session, typed, later, password)
        said.append(refused.value.sentence)
    assert len(set(said)) == 1


def test_tries_are_counted_before_a_code_is_looked_at(session: Session, village: Made, codes: list[str]) -> None:
    later = NOW + 2 * STEP
    for _ in range(8):
        with pytest.raises(NotAllowed):
            sign_in(session, "000000", later)
    with pytest.raises(TooManyTries):
        sign_in(session, code(session, village, later), later)


def test_a_link_asks_for_the_code_too_and_outlives_a_wrong_one(
    session: Session, village: Made, codes: list[str]
) -> None:
    token = user.make_link(session, village.actor(ADMIN), user_id=village.users[REVIEWER].id, now=NOW)
    assert signing_in.look_at_link(session, token, NOW).asks_code
    for _ in range(7):
        with pytest.raises(NotAllowed):
            signing_in.open_link(session, token, NOW, Caller("000000", KEY))
    later = NOW + 2 * STEP
    assert signing_in.open_link(session, token, later, Caller(code(session, village, later), KEY))
    with pytest.raises(NotFound):
        signing_in.open_link(session, token, later, Caller(codes[0], KEY))


def test_a_stolen_database_makes_no_codes(session: Session, village: Made, codes: list[str]) -> None:
    kept = factor(session, village)
    assert second_factor.secret_of(KEY, kept) != second_factor.secret_of(b"another" * 5, kept)
    stored = f"{kept.secret} {kept.recovery}"
    assert not any(part in stored for part in (second_factor.secret_of(KEY, kept), *codes))


def test_nothing_counts_before_it_is_confirmed_and_then_it_is_not_shown_again(session: Session, village: Made) -> None:
    who = {"factor_key": KEY, "now": NOW}
    with pytest.raises(Conflict):
        second_factor.confirm(session, village.reviewer, code="000000", key="c", **who)  # type: ignore[arg-type]
    second_factor.begin(session, village.reviewer, key="b", now=NOW)
    with pytest.raises(NotAllowed, match="还没有开"):
        second_factor.confirm(session, village.reviewer, code="000000", key="c", **who)  # type: ignore[arg-type]
    right = code(session, village, NOW)
    shown = second_factor.confirm(session, village.reviewer, code=right, key="c", **who)  # type: ignore[arg-type]
    again = second_factor.confirm(session, village.reviewer, code=right, key="c", **who)  # type: ignore[arg-type]
    assert again == shown, "a lost answer"
    with pytest.raises(Conflict):
        second_factor.begin(session, village.reviewer, key="b2", now=NOW)


def test_only_another_administrator_takes_it_away_and_its_person_is_signed_out(
    session: Session, village: Made, codes: list[str]
) -> None:
    person = village.users[REVIEWER].id
    signed_in = sign_in(session, codes[0], NOW)
    for actor in (village.clerk, village.reviewer, village.villager()):
        with pytest.raises(NotAllowed):
            second_factor.reset(session, actor, user_id=person, key="r", now=NOW)
    with pytest.raises(BadInput):
        second_factor.reset(session, village.actor(ADMIN), user_id=village.users[CLERK].id, key="r1", now=NOW)
    with pytest.raises(NotAllowed):
        second_factor.reset(session, village.actor(ADMIN), user_id=village.users[ADMIN].id, key="r2", now=NOW)
    second_factor.reset(session, village.actor(ADMIN), user_id=person, key="r3", now=NOW)
    who = (village.id, person, signed_in.session_no, signed_in.device_id)
    assert staff_device.find(session, *who, NOW) is None
    assert sign_in(session, "", NOW)
    assert session.scalars(select(Activity.subject).where(Activity.action == "user.factor_reset")).all() == [person]


def test_switching_it_off_takes_a_code_of_it(session: Session, village: Made, codes: list[str]) -> None:
    with pytest.raises(NotAllowed):
        second_factor.drop(session, village.reviewer, code="000000", factor_key=KEY, key="d", now=NOW)
    second_factor.drop(session, village.reviewer, code=codes[0], factor_key=KEY, key="d", now=NOW)
    assert second_factor.of_user(session, village.id, village.users[REVIEWER].id) is None


def test_a_village_may_demand_it_of_those_who_approve_from_two_weeks_on(
    session: Session, village: Made, codes: list[str]
) -> None:
    due = TODAY + timedelta(days=14)
    staff_rule.check_may_approve(session, village.clerk, due)
    staff_rule.demand_second_factor(session, village.actor(ADMIN), is_on=True, key="on", now=NOW)
    staff_rule.check_may_approve(session, village.clerk, due - timedelta(days=1))
    with pytest.raises(NotAllowed, match="先开动态码"):
        staff_rule.check_may_approve(session, village.clerk, due)
    staff_rule.check_may_approve(session, village.reviewer, due)
    later = NOW + timedelta(days=13)
    staff_rule.demand_second_factor(session, village.actor(ADMIN), is_on=True, key="again", now=later)
    with pytest.raises(NotAllowed):
        staff_rule.check_may_approve(session, village.clerk, due)
    staff_rule.demand_second_factor(session, village.actor(ADMIN), is_on=False, key="off", now=NOW)
    staff_rule.check_may_approve(session, village.clerk, due)
    with pytest.raises(NotAllowed):
        staff_rule.demand_second_factor(session, village.clerk, is_on=True, key="me", now=NOW)
    assert make_user(session, village.id, CLERK)

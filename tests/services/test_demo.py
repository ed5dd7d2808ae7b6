"""The demo village in the books: the published totals, nobody overdrawn, clean, whole or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.databases import BACKENDS, Databases, connect
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import Conflict
from villagepoints.models import (
    AuditProblem,
    Card,
    Claim,
    Finding,
    Household,
    LedgerEntry,
    PublishedReport,
    Resident,
    Review,
    Supervisor,
    User,
    Village,
)
from villagepoints.services import audit as audits
from villagepoints.services import audit_signature, stats, verify
from villagepoints.services import village as villages
from villagepoints.services.demo import audit as demo_audit
from villagepoints.services.demo import writing

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)  # the first of March: the last full month is a February
KEY = b"k" * 32


@pytest.fixture(scope="module", params=BACKENDS)
def demo_session(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    url = databases.fresh(request.param, tmp_path_factory.mktemp("demo"))
    engine = connect(url)
    with Session(engine, expire_on_commit=False) as session:
        made = writing.make(session, card_key=KEY, now=NOW)
        demo_audit.write(session, made.village_id, card_key=KEY, url="http://localhost", now=NOW)
        yield session
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def empty(databases: Databases, tmp_path: Path) -> Iterator[Session]:
    engine = connect(databases.fresh("sqlite", tmp_path))
    with Session(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()


def the_village(session: Session) -> Village:
    return villages.by_code(session, "SX")


def test_its_books_add_up_to_the_published_totals(demo_session: Session) -> None:
    figures = stats.stats(demo_session, the_village(demo_session).id)
    wanted = {
        "households": 1046,
        "people": 2953,
        "relocated_households": 362,
        "points_generated": 552_870,
        "points_redeemed": 214_888,
        "points_outstanding": 336_832,
        "base_score_rows": 5230,
    }
    assert {name: figures[name] for name in wanted} == wanted
    assert figures["self_service_share_of_redemptions"] > 0.8
    assert list(figures["generated_by_month"]) == ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02"]
    assert len(figures["points_by_item"]) >= 20


def test_verify_finds_nothing(demo_session: Session) -> None:
    assert list(verify.verify(demo_session, the_village(demo_session))) == []


def test_no_balance_was_ever_below_zero(demo_session: Session) -> None:
    assert demo_session.scalar(select(func.min(LedgerEntry.balance_after))) >= 0  # type: ignore[operator]


def test_the_entries_stand_in_the_order_of_time(demo_session: Session) -> None:
    rows = demo_session.execute(
        select(LedgerEntry.household_id, LedgerEntry.occurred_on).order_by(LedgerEntry.household_id, LedgerEntry.seq)
    ).all()
    assert all(a.household_id != b.household_id or a.occurred_on <= b.occurred_on for a, b in pairwise(rows))


def test_nothing_of_the_current_month_is_posted_but_much_waits(demo_session: Session) -> None:
    last = demo_session.scalar(select(func.max(LedgerEntry.occurred_on)))
    assert last == (Month.of(village_date(NOW)) - 1).last
    statuses = set(demo_session.scalars(select(Finding.status)))
    assert statuses == {"persuaded", "counted", "rectified"}
    this_month = select(Finding.found_on).where(Finding.found_on >= Month.of(village_date(NOW)).first)
    assert set(demo_session.scalars(this_month)) == {village_date(NOW)}
    assert set(demo_session.scalars(select(Claim.status))) == {"waiting", "approved"}
    approved = demo_session.scalar(select(func.count()).select_from(Claim).where(Claim.status == "approved"))
    assert demo_session.scalar(select(func.count()).select_from(Review)) == 1 + (approved or 0)


def test_large_entries_have_a_second_person(demo_session: Session) -> None:
    rows = demo_session.execute(
        select(LedgerEntry.recorded_by, LedgerEntry.approved_by).where(
            LedgerEntry.kind == "award", func.abs(LedgerEntry.points) >= 100
        )
    ).all()
    assert rows
    assert all(row.approved_by and row.approved_by != row.recorded_by for row in rows)


def test_nobody_has_an_identity_number_or_a_password(demo_session: Session) -> None:
    assert demo_session.scalar(select(func.count()).where(Resident.identity_hash.is_not(None))) == 0
    assert demo_session.scalar(select(func.count()).where(User.password_hash.is_not(None))) == 0


def test_every_household_has_its_card_and_its_rank(demo_session: Session) -> None:
    assert demo_session.scalar(select(func.count()).select_from(Card)) == 1046
    assert demo_session.scalar(select(func.count()).where(Household.rank_month == "2026-02")) == 1046


def test_its_last_month_was_audited_signed_by_two_and_published(demo_session: Session) -> None:
    village = the_village(demo_session)
    audit = audits.of_month(demo_session, village.id, "2026-02")
    assert audit is not None
    signed = audit_signature.signatures(demo_session, audit)
    assert len({one.household_number for one in signed}) == 2
    assert audit_signature.left(demo_session, audit).items == 0
    assert demo_session.scalars(select(AuditProblem.status).order_by(AuditProblem.number)).all() == ["closed", "open"]
    assert demo_session.scalar(select(func.count()).select_from(PublishedReport)) == 1
    assert demo_session.scalar(select(func.count()).where(Supervisor.pin_hash.is_not(None))) == 0


def test_making_it_again_changes_nothing(demo_session: Session) -> None:
    before = demo_session.scalar(select(func.count()).select_from(LedgerEntry))
    again = writing.make(demo_session, card_key=KEY, now=datetime(2026, 9, 9, tzinfo=UTC))
    assert again == writing.find(demo_session)
    assert demo_session.scalar(select(func.count()).select_from(LedgerEntry)) == before


def test_another_village_with_its_code_is_left_alone(empty: Session) -> None:
    villages.add(empty, "SX", "别的村", NOW)
    with pytest.raises(Conflict, match="sx"):
        writing.make(empty, card_key=KEY, now=NOW)
    assert empty.scalar(select(func.count()).select_from(Household)) == 0


def test_what_breaks_half_way_leaves_nothing(empty: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(writing.history, "write", broken)
    with pytest.raises(RuntimeError):
        writing.make(empty, card_key=KEY, now=NOW)
    assert writing.find(empty) is None
    assert empty.scalar(select(func.count()).select_from(Household)) == 0

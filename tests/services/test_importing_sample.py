"""The five workbooks of a real clerk, imported into an empty village."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.services import stats, village
from villagepoints.services.importing.result import ImportResult
from villagepoints.services.importing.run import import_file

DATA = Path(__file__).parent.parent / "data"
ORDER = ("roster", "base-scores", "events", "rewards", "redemptions")
NOW = datetime(2026, 2, 1, 1, tzinfo=UTC)


@pytest.fixture
def empty(session: Session) -> Actor:
    """A clerk's command in a village with nothing but the packaged rules."""
    return Actor(village.add(session, "sx", "盛新村", NOW))


def bring_in(session: Session, actor: Actor, kind: str, **options: object) -> ImportResult:
    path = DATA / f"{kind}.xlsx"
    return import_file(session, actor, kind, path, path.name, identity_key=b"k", now=NOW, **options)  # type: ignore[arg-type]


def test_the_sample_workbooks_add_up_to_what_is_expected(session: Session, empty: Actor) -> None:
    for kind in ORDER:
        assert bring_in(session, empty, kind).problems == []
    expected = json.loads((DATA / "expected.json").read_text("utf-8"))
    figures = stats.stats(session, empty.village_id, balances=True)
    of = expected.pop("balance_of")
    assert {key: figures[key] for key in expected} == expected
    assert {number: figures["balance_of"][number] for number in of} == of

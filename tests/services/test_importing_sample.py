"""The workbooks of a real clerk, imported into an empty village: whole, once, and back again."""

import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.services.test_replay import assert_sample_comes_back
from tests.workbooks import DATA, NOW, bring_in, sentences, xlsx
from villagepoints.domain.actor import Actor
from villagepoints.models import Activity, Household, ImportBatch, ImportRow, LedgerEntry, Redemption, Resident, Village
from villagepoints.services import stats, verify, village
from villagepoints.services.importing import batches
from villagepoints.services.importing.result import Unusable

ORDER = ("roster", "base-scores", "events", "rewards", "redemptions")
COUNTED = (Household, Resident, LedgerEntry, ImportBatch, ImportRow, Redemption, Activity)


@pytest.fixture
def empty(session: Session) -> Actor:
    """A command in a village with nothing but the packaged rules."""
    return Actor(village.add(session, "sx", "盛新村", NOW))


def counts(session: Session) -> list[int]:
    session.rollback()
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTED]


def resaved(path: Path) -> bytes:
    """The same tables as another program would save them: other styles, merged cells written out, dates as dates."""
    with CalamineWorkbook.from_path(path) as book:
        return xlsx({name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names})


def test_the_sample_workbooks_add_up_and_count_once_and_come_back(session: Session, empty: Actor) -> None:
    batch_of = {}
    for kind in ORDER:
        result = bring_in(session, empty, kind, DATA / f"{kind}.xlsx")
        assert sentences(result) == []
        batch_of[kind] = result.batch_id
    expected = json.loads((DATA / "expected.json").read_text("utf-8"))
    assert_figures(session, empty, expected)
    assert_sample_comes_back(session, empty.village_id)
    before = counts(session)

    again = bring_in(session, empty, "roster", DATA / "roster.xlsx")
    assert again.nothing_new
    assert again.unchanged > 0
    for kind in ("base-scores", "events", "rewards", "redemptions"):  # the same tables, and not even the same file
        again = bring_in(session, empty, kind, resaved(DATA / f"{kind}.xlsx"))
        assert again.nothing_new, kind
        assert again.unchanged > 0
    assert counts(session) == before

    for kind in ("redemptions", "events"):
        batches.take_back(session, empty, batch_id=batch_of[kind], reason="导错了", key=kind, now=NOW)
    figures = stats.stats(session, empty.village_id)
    names = ("points_redeemed", "redemptions", "points_from_contributions", "points_deducted", "event_rows")
    assert [figures[name] for name in names] == [0] * 5
    assert figures["points_outstanding"] == figures["points_generated"] == expected["points_from_base"]
    for kind in ("events", "redemptions"):
        assert sentences(bring_in(session, empty, kind, DATA / f"{kind}.xlsx")) == []
    assert_figures(session, empty, expected)
    assert list(verify.verify(session, session.get_one(Village, empty.village_id))) == []


def assert_figures(session: Session, actor: Actor, expected: dict[str, Any]) -> None:
    figures = stats.stats(session, actor.village_id, balances=True)
    wanted = {key: value for key, value in expected.items() if key != "balance_of"}
    assert {key: figures[key] for key in wanted} == wanted
    assert {number: figures["balance_of"][number] for number in expected["balance_of"]} == expected["balance_of"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_missing_predecessor_is_named(session: Session, empty: Actor) -> None:
    for kind in ("base-scores", "events", "redemptions"):
        with pytest.raises(Unusable, match=r"花名册（roster）|兑换品目录（rewards）"):
            bring_in(session, empty, kind, DATA / f"{kind}.xlsx")
    bring_in(session, empty, "roster", DATA / "roster.xlsx")
    with pytest.raises(Unusable, match="兑换品目录（rewards）"):
        bring_in(session, empty, "redemptions", DATA / "redemptions.xlsx")


def test_a_dry_run_says_the_same_and_changes_nothing(session: Session, empty: Actor) -> None:
    before = counts(session)
    tried = bring_in(session, empty, "roster", DATA / "roster.xlsx", dry_run=True)
    assert counts(session) == before
    done = bring_in(session, empty, "roster", DATA / "roster.xlsx")
    assert (tried.new, tried.totals, tried.batch_id) == (done.new, done.totals, None)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_household_cannot_have_paid_refuses_the_whole_register(session: Session, empty: Actor) -> None:
    for kind in ("roster", "base-scores", "rewards"):
        bring_in(session, empty, kind, DATA / f"{kind}.xlsx")
    before = counts(session)
    result = bring_in(session, empty, "redemptions", DATA / "redemptions.xlsx")
    assert result.refused == 32
    assert "还差" in result.problems[0].text
    assert counts(session) == before

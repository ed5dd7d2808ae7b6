"""The program that needs nothing of ours, run as a villager would: agrees with `verify`, refuses what was altered."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward, village_of
from tests.services.test_audit_open import Case, give
from tests.services.test_posting import record
from villagepoints.domain.audit import CONCLUDED
from villagepoints.domain.seal import fingerprint, spoken
from villagepoints.services import audit_public, household_file, posting, proof, seal
from villagepoints.services.posting import Item
from villagepoints.services.seal import Snapshot

PROGRAM = Path(__file__).parent.parent / "villagepoints" / "static" / "check_points.py"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The program in a Python without site-packages and without our folder; dictionaries are written as files."""

    def go(*arguments: Any) -> tuple[int, str]:
        words = []
        for place, one in enumerate(arguments):
            if isinstance(one, dict):
                path = tmp_path / f"{place}.json"
                path.write_text(json.dumps(one, ensure_ascii=False), "utf-8")
                one = path
            words.append(str(one))
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-X", "utf8", PROGRAM, *words], capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return go


@pytest.fixture
def sealed(session: Session, village: Made) -> Snapshot:
    """Two seals; between them an entry is reversed, so that an account holds what every field can hold."""
    record(session, village, "a")
    record(session, village, "b", Item(code="D2", occurred_on=TODAY, note="村民代表会，\u2028“会”"))
    seal.take(session, village.clerk, now=NOW)
    home = village.household.id
    posting.reverse(session, village.clerk, key="c", household_id=home, seq=2, reason="记错了户", now=NOW)
    record(session, village, "d", household_id=village.households[1].id)
    return seal.take(session, village.clerk, now=NOW + timedelta(days=1))


def test_slips_seals_and_exports_of_untouched_books_agree(
    session: Session, village: Made, sealed: Snapshot, run: Run
) -> None:
    board, public = fingerprint(sealed.root), sealed.as_json(with_numbers=False)
    proofs = proof.of_households(session, village.id, 2, [one.id for one in village.households])
    assert len(proofs) == 3
    text = proofs[village.household.id]
    assert run("slip", f"HTTPS://X.CN/V/SX/PROOF/{text}", "--fingerprint", board)[0] == 0
    assert run("slip", text.lower(), "--fingerprint", spoken(sealed.root), "--seal", public)[0] == 0
    earlier = seal.kept(session, village.id, 1).as_json()
    assert run("seal", public, earlier, "--fingerprint", board)[0] == 0
    mine = household_file.whole(session, village.id, village.household.id)
    code, said = run("export", mine, "--seal", public, "--fingerprint", board)
    assert code == 0, said
    assert "一共 3 条记录" in said


def test_whatever_was_altered_is_refused(session: Session, village: Made, sealed: Snapshot, run: Run) -> None:
    board, public = fingerprint(sealed.root), sealed.as_json()
    text = proof.of_households(session, village.id, 2, [village.household.id])[village.household.id]
    other = ("0" if text[200] != "0" else "1").join((text[:200], text[201:]))
    assert run("slip", other, "--fingerprint", board)[0] == 1
    assert run("slip", text, "--fingerprint", "0" * 32)[0] == 1
    assert run("slip", text[:-3])[0] == run("slip", text, "--fingerprint", "7F3A")[0] == 2
    fewer = {**public, "accounts": public["accounts"][1:]}
    assert run("seal", fewer)[0] == 1
    assert run("seal", {**public, "taken_at": "2026-01-01T00:00:00.000000Z"})[0] == 1
    assert run("seal", {"accounts": 3})[0] == run("seal", "nothing.json")[0] == 2
    mine = household_file.whole(session, village.id, village.household.id)

    def altered(**values: Any) -> dict[str, Any]:
        return {**mine, "entries": [{**mine["entries"][0], **values}, *mine["entries"][1:]]}

    for value in ({"points": 11}, {"occurred_on": "2026-06-14"}, {"hash": "00" * 32}, {"words": _other_words(mine)}):
        assert run("export", altered(**value))[0] == 1
    assert run("export", {**mine, "entries": mine["entries"][:-1]}, "--seal", public)[0] == 1
    renamed = {**mine, "household": {**mine["household"], "head_name": "别人"}}
    assert run("export", renamed, "--seal", public)[0] == 1
    assert run("export", renamed)[0] == 0  # without the seal nobody can know


def _other_words(mine: dict[str, Any]) -> dict[str, Any]:
    return {**(mine["entries"][0]["words"] or {"salt": "00", "recorder": "", "evidence": []}), "note": "别的"}


def test_a_month_s_sample_is_drawn_again(session: Session, village: Made, run: Run) -> None:
    case = Case(session, village)
    give(session, village, 300)
    make_reward(session, village.id)
    case.prepare()
    audit = case.open()
    audit.status = CONCLUDED
    session.commit()
    frame = json.loads(audit_public.frame_file(session, village_of(session, village), audit))
    code, said = run("sample", frame)
    assert code == 0, said
    fewer = {**frame, "sample": frame["sample"][1:]}
    assert "抽样被动过" in run("sample", fewer)[1]
    assert "种子不是" in run("sample", {**frame, "lot": "407194"})[1]
    assert run("sample", {**frame, "frame": {**frame["frame"], "goods": []}})[0] == 1
    assert run("sample", frame, "--fingerprint", "0" * 32)[0] == 1

"""`villagepoints seal` and `verify --against`: a seal written out today holds the books to it tomorrow."""

import json
import sqlite3
from pathlib import Path

from tests.commands.conftest import Run


def test_books_agree_with_their_seal_until_a_household_is_deleted(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "SEAL.json"
    taken = run("seal", "--village", "ly", "-o", str(out))
    assert taken.exit_code == 0, taken.output
    seal = json.loads(out.read_text("utf-8"))
    assert (seal["number"], len(seal["accounts"])) == (1, 3)
    assert seal["fingerprint"] in taken.output
    assert run("verify", "--against", str(out)).exit_code == 0

    books = sqlite3.connect(tmp_path / "instance" / "villagepoints.db")
    books.execute("DELETE FROM resident WHERE household_id IN (SELECT id FROM household WHERE number = 'LY01003')")
    books.execute("DELETE FROM household WHERE number = 'LY01003'")
    books.commit()
    books.close()
    assert run("verify").exit_code == 1
    against = run("verify", "--against", str(out), "--json")
    assert against.exit_code == 1
    problems = json.loads(against.output)["problems"]
    assert ("seal", "LY01003") in [(one["kind"], one["household"]) for one in problems]
    assert problems[-1]["kind"] == "checkpoint"


def test_a_file_that_is_no_seal_is_refused_with_a_sentence(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    refused = run("verify", "--against", str(other))
    assert refused.exit_code != 0
    assert "读不懂" in refused.output

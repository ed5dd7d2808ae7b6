"""A household's home page as browsers keep it: until anything changes, the program that writes it included."""

from pathlib import Path

import pytest

from villagepoints.blueprints.phone import kept


@pytest.mark.parametrize("file", ["services/a.py", "templates/phone/a.html", "templates/a.html"])
def test_a_mended_program_sends_anew_what_browsers_keep(
    file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kept, "PACKAGE", tmp_path)
    (tmp_path / file).parent.mkdir(parents=True)
    editions = set()
    for text in ("wrong", "right"):
        (tmp_path / file).write_text(text)
        editions.add(kept._words.__wrapped__())
    assert len(editions) == 2

"""A village in an instance folder of its own, and the command as somebody types it there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import factories
from villagepoints.cli import main
from villagepoints.commands import shared
from villagepoints.services import village as villages

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a `villagepoints` command; the village `ly` has the households LY01001 to LY01003 in group 1."""
    for name in [name for name in os.environ if name.startswith("VILLAGEPOINTS_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VILLAGEPOINTS_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("VILLAGEPOINTS_PUBLIC_URL", "https://jifen.example.cn")

    def type_(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    assert type_("village", "add", "LY", "绿叶村").exit_code == 0
    with shared.opened() as session:
        village_id = villages.by_code(session, "ly").id
        for number in ("LY01001", "LY01002", "LY01003"):
            factories.make_household(session, village_id, number, head="王建明", group_no=1)
    return type_

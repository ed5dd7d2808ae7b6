"""Pages are tried on SQLite: tests/safety opens every one of them on both databases, and so does the long run here."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import BACKENDS, Databases


@pytest.fixture(params=BACKENDS if os.environ.get("VILLAGEPOINTS_SOAK") else BACKENDS[:1])
def database(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    url = databases.fresh(request.param, tmp_path)
    yield url
    databases.drop(url)

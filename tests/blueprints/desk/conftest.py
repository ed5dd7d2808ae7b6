"""Browsers at which the clerk and others of the staff are signed in."""

import pytest
from flask import Flask

from tests.factories import Made
from tests.pages import Client
from villagepoints.domain.actor import CLERK


@pytest.fixture
def clerk(client: Client, village: Made) -> Client:
    client.sign_in(village.users[CLERK])
    return client


@pytest.fixture
def as_role(app: Flask, village: Made):  # type: ignore[no-untyped-def]
    """Another browser, signed in as the member of staff with that role."""

    def browser(role: str) -> Client:
        client = app.test_client()
        client.sign_in(village.users[role])  # type: ignore[attr-defined]
        return client  # type: ignore[return-value]

    return browser

"""A browser at which the clerk is signed in, and the statements a page sends."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

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


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SELECTs that the application sends; clear it before what is to be counted."""
    from villagepoints.extensions import db

    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)

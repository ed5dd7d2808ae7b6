"""The ground that the other tests stand on: fresh databases with triggers and foreign keys, on both kinds."""

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import Made
from villagepoints.models import Activity, Household


def test_a_test_begins_with_one_village_of_three_households(session: Session, village: Made) -> None:
    assert session.scalar(select(func.count()).select_from(Household)) == 3


def test_every_test_has_a_database_of_its_own(session: Session) -> None:
    assert session.scalar(select(func.count()).select_from(Household)) == 0


def test_what_is_append_only_refuses_change(session: Session, village: Made) -> None:
    for statement in ("UPDATE activity SET action = 'x'", "DELETE FROM activity"):
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()
    assert session.scalar(select(func.count()).select_from(Activity)) == 2


def test_a_reference_into_another_village_is_refused(engine: Engine, session: Session, village: Made) -> None:
    from tests.factories import make_village

    other = make_village(session, "yz")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        statement = text("UPDATE resident SET village_id = :other WHERE village_id = :ours")
        ids = {"other": other.id.hex, "ours": village.id.hex}
        connection.execute(statement, ids)

"""Reads a statement that was compiled once through the driver itself, for the page that a whole village opens."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Select, func
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

# the SQL, the order of its places, how each bound value and each column is converted, and the values it has itself
Plan = tuple[str, list[str] | None, dict[str, Any], dict[str, Any], list[tuple[int, Any]]]


class QuickRead:
    """A select without values of its own: every value is bound by name, none of them a list.

    Compiled once for each dialect, with the conversions of its types; what SQLAlchemy does beside that for every
    execution takes longer than the database does for one row.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[Any]) -> None:
        self._statement = statement
        self._plans: dict[str, Plan] = {}

    def __call__(self, bind: Session | Engine, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """The rows as tuples; on a connection of its own, outside a session's transaction."""
        engine = bind.get_bind().engine if isinstance(bind, Session) else bind
        sql, order, binds, fixed, columns = self._plans.get(engine.dialect.name) or self._plan(engine.dialect)
        given = {**fixed, **values}
        bound = {name: convert(given[name]) if convert else given[name] for name, convert in binds.items()}
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(sql, [bound[name] for name in order] if order is not None else bound)
            rows: list[Sequence[Any]] = list(cursor.fetchall())
            cursor.close()
        finally:
            connection.close()
        return [_converted(row, columns) for row in rows] if columns else rows

    def _plan(self, dialect: Dialect) -> Plan:
        compiled = self._statement.compile(dialect=dialect)
        found = compiled.binds.items()
        binds = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in found}
        fixed = {name: bind.value for name, bind in found if not bind.required}
        types = [column.type.dialect_impl(dialect) for column in self._statement.selected_columns]
        converts = [type_.result_processor(dialect, None) for type_ in types]
        columns = [(place, convert) for place, convert in enumerate(converts) if convert is not None]
        plan: Plan = (str(compiled), compiled.positiontup, dict(binds), fixed, columns)
        self._plans[dialect.name] = plan
        return plan


def _converted(row: Sequence[Any], columns: list[tuple[int, Any]]) -> Sequence[Any]:
    values = list(row)
    for place, convert in columns:
        values[place] = convert(values[place])
    return values


def unindexed(column: Any) -> Any:
    """The column as an expression no index knows: a planner without statistics else walks the whole village's rows
    of one status or day, where one household's few rows are meant."""
    return func.coalesce(column, column)

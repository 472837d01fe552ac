"""Whole tables as plain rows, and back: the one form of a backup that either database can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Date, Table, func, insert, select, text, update

from triage.store.database import Database
from triage.store.repositories.figures import WAITING
from triage.store.tables import Base, Call, CallState
from triage.store.types import UtcDateTime

_BATCH = 1000
TABLES: tuple[Table, ...] = tuple(Base.metadata.sorted_tables)
"""In an order in which no row comes before one that it refers to."""
_REFILL = {
    "sqlite": "INSERT INTO call_search (rowid, text) SELECT call_pk, text FROM ({})",
    "postgresql": "INSERT INTO call_search SELECT call_pk, to_tsvector('simple', text) FROM ({}) AS texts",
}
_LAST_TEXTS = "SELECT call_pk, text FROM transcripts WHERE id IN (SELECT max(id) FROM transcripts GROUP BY call_pk)"


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """One state of the whole database, whatever others write meanwhile."""
    options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table in the order of its key, as JSON can hold them."""
    found = connection.execution_options(yield_per=_BATCH).execute(select(table).order_by(*table.primary_key.columns))
    for row in found.mappings():
        yield {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def is_empty(connection: Connection) -> bool:
    """Whether no table has a row, but for what a first start writes."""
    return not any(
        connection.scalar(select(func.count()).select_from(table)) for table in TABLES if table.name != "notes"
    )


def clear(connection: Connection) -> None:
    """Remove every row."""
    connection.execute(text("DELETE FROM call_search"))
    for table in reversed(TABLES):
        connection.execute(table.delete())


def load(connection: Connection, table: Table, lines: Iterable[dict[str, Any]]) -> int:
    """Insert rows as `rows` gave them; returns how many."""
    count = 0
    source = iter(lines)
    while batch := list(islice(source, _BATCH)):
        connection.execute(insert(table), [_typed(table, line) for line in batch])
        count += len(batch)
    return count


def finish(connection: Connection) -> None:
    """After loading: fill the search, let keys count on, and hand calls that were being worked on out again."""
    dialect = connection.dialect.name
    connection.execute(text(_REFILL[dialect].format(_LAST_TEXTS)))
    connection.execute(update(Call).where(Call.state.in_(WAITING)).values(state=CallState.received, progress=0.0))
    if dialect == "postgresql":
        for table in TABLES:
            if "id" in table.columns and table.columns["id"].autoincrement is not False:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                        f"(SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
                    )
                )


def _typed(table: Table, line: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name], value) for name, value in line.items()}


def _value(column: Column[Any], value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value

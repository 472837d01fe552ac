"""What a store holds, as a digest a table."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from triage.store import Database
from triage.store.tables import Base

_TRACES = {"audit", "audit_head", "sessions"}
"""Tables in which a refused request may leave its trace."""
_SEEN = {"used_at"}
"""Columns that tell when somebody was last here."""


def snapshot(database: Database) -> dict[str, str]:
    """Table -> digest of its rows, without traces of who was here."""
    digests = {}
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in _TRACES:
                continue
            columns = [column for column in table.columns if column.name not in _SEEN]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns))
            digests[table.name] = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
    return digests

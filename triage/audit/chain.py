"""Writing the trail.

Each row's hash covers the row and the hash before it (a hash chain, Schneier and Kelsey 1999); the head covers both
ends, so that nothing can be cut off unseen. The hashes are keyed: who can write to the database but lacks the key
cannot mend the chain after an edit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.secret import keyed_hash
from triage.store.tables import AuditHead, AuditRow

START = "0" * 64
_HEAD = 1


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: "user:NAME", "token:NAME", "cli:NAME" or "system:PART"; source: address or host."""

    name: str
    source: str


class Audit:
    """Appends to the trail, inside the transaction of what it records: both happen or neither does."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def record(
        self, session: Session, actor: Actor, action: str, object_kind: str, object_id: str, **detail: Any
    ) -> None:
        """Append a row. Call it last in a transaction: others wait for the chain from here until the commit.

        action: "call.read", "call.listen", "decision.create", "user.role" ...; detail: never data of a call, only what
        identifies the deed (counts, formats, old and new role). At most one line of JSON.
        """
        head = self._head(session)
        row = AuditRow(
            id=head.last_id + 1,
            at=datetime.now(UTC),
            actor=actor.name,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            source=actor.source,
            detail=detail,
        )
        row.hash = row_hash(self._key, row, head.last_hash)
        session.add(row)
        head.last_id, head.last_hash = row.id, row.hash
        head.seal = seal(self._key, head)
        session.flush()

    def cut(self, session: Session, before: datetime) -> int:
        """Remove the rows older than `before` (retention policy) and seal the new beginning. Returns how many."""
        head = self._head(session)
        rows = session.execute(
            select(AuditRow.id, AuditRow.hash).where(AuditRow.at < before).order_by(AuditRow.id.desc()).limit(1)
        ).first()
        if rows is None:
            return 0
        last, last_hash = rows
        count = last - head.first_id + 1
        session.query(AuditRow).where(AuditRow.id <= last).delete()
        head.first_id, head.first_hash = last + 1, last_hash
        head.seal = seal(self._key, head)
        return count

    def _head(self, session: Session) -> AuditHead:
        """The head, locked until the end of the transaction."""
        head = session.execute(
            select(AuditHead).where(AuditHead.id == _HEAD).with_for_update(),
            execution_options={"populate_existing": True},
        ).scalar_one_or_none()
        if head is None:
            head = AuditHead(id=_HEAD, first_id=1, first_hash=START, last_id=0, last_hash=START, seal="")
            head.seal = seal(self._key, head)
            session.add(head)
            session.flush()
        return head


def row_hash(key: bytes, row: AuditRow, previous: str) -> str:
    """The hash of a row that follows the row with the hash `previous`."""
    parts = [
        row.id,
        row.at.astimezone(UTC).isoformat(),
        row.actor,
        row.action,
        row.object_kind,
        row.object_id,
        row.source,
        row.detail,
        previous,
    ]
    return keyed_hash(key, "audit", json.dumps(parts, sort_keys=True, ensure_ascii=False))


def seal(key: bytes, head: AuditHead) -> str:
    """The hash over both ends of the chain."""
    return keyed_hash(key, "audit-head", f"{head.first_id} {head.first_hash} {head.last_id} {head.last_hash}")

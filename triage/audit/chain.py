"""Writing the trail.

Each row's hash covers the row and the hash before it (a hash chain, Schneier and Kelsey 1999); the head covers both
ends, so that nothing can be cut off unseen. The hashes are keyed: who can write to the database but lacks the key
cannot mend the chain after an edit. Who can set the whole database back to an older state can (see verify.Anchor).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from triage.audit.links import BROKEN, START, row_hash, seal, verify_rows
from triage.errors import ConflictError
from triage.store.repositories import audit as repository
from triage.store.tables import AuditHead, AuditRow


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: "user:NAME", "token:NAME", "cli:NAME" or "system:PART"; source: address or host."""

    name: str
    source: str


_ITSELF = Actor("system:audit", "-")


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
        self._append(session, self._head(session), actor, action, object_kind, object_id, detail)
        session.flush()

    def count_before(self, session: Session, before: datetime) -> int:
        """How many rows `cut` would remove."""
        head = repository.read_head(session)
        end = repository.first_since(session, before)
        return max(0, (end or head.last_id + 1) - head.first_id) if head else 0

    def cut(self, session: Session, before: datetime) -> int:
        """Remove the oldest rows, up to the first that is not older than `before` (retention). Returns how many.

        The new beginning is sealed. Raises ConflictError where the rows to remove have been tampered with: evidence is
        not removed.
        """
        head = self._head(session)
        end = repository.first_since(session, before) or head.last_id + 1
        if end <= head.first_id:
            return 0
        rows = repository.all_rows(session, before=end)
        previous, _, findings = verify_rows(rows, self._key, head.first_id, end, head.first_hash)
        if findings:
            raise ConflictError(
                "audit_broken",
                "Jejak audit rusak, maka bagian lamanya tidak dibuang. Jalankan `triage audit verify`.",
                "The audit trail is broken, so its old part is not removed. Run `triage audit verify`.",
            )
        count = end - head.first_id
        repository.delete_below(session, end)
        head.first_id, head.first_hash = end, previous
        head.seal = seal(self._key, head)
        session.flush()
        return count

    def _append(
        self,
        session: Session,
        head: AuditHead,
        actor: Actor,
        action: str,
        object_kind: str,
        object_id: str,
        detail: dict[str, Any],
    ) -> None:
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

    def _head(self, session: Session) -> AuditHead:
        """The head, locked until the end of the transaction, and sound."""
        head = repository.lock_head(session)
        if head is None:
            new = AuditHead(first_id=1, first_hash=START, last_id=0, last_hash=START)
            values = {"first_id": 1, "first_hash": START, "last_id": 0, "last_hash": START}
            repository.make_head(session, **values, seal=seal(self._key, new))
            head = repository.lock_head(session)
            assert head is not None
            lost = repository.last_id(session) > head.last_id
            return self._mended(session, head, "missing") if lost else head
        if head.seal != seal(self._key, head):
            return self._mended(session, head, "forged")
        stale = repository.last_id(session) > head.last_id  # an older head, put back
        return self._mended(session, head, "stale") if stale else head

    def _mended(self, session: Session, head: AuditHead, was: str) -> AuditHead:
        """Go on from the rows that are there, after a row that says for good that the head had been tampered with.

        To seal the head that was found would wash the deed clean; to refuse would let it stop the call centre.
        """
        last = repository.last_row(session)
        if last is not None:
            head.last_id, head.last_hash = last.id, last.hash
        self._append(session, head, _ITSELF, BROKEN, "audit", "head", {"head": was})
        return head

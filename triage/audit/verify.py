"""Checking the trail: every edited, removed or inserted row is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.audit.chain import START, row_hash, seal
from triage.store.tables import AuditHead, AuditRow

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the chain is broken. row: its id; kind: what was done to it (as far as a hash can tell)."""

    row: int
    kind: Literal["edited", "removed", "inserted", "head"]


def verify(session: Session, key: bytes) -> tuple[int, list[Finding]]:
    """Number of rows read, and all findings in order; an empty list means that nothing was changed.

    After an edited row the chain goes on from the hash that the row says, so that one edit is one finding.
    """
    head = session.get(AuditHead, 1)
    rows = session.scalars(select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=_BATCH))
    if head is None:
        return 0, [Finding(row.id, "head") for row in rows]
    findings = [] if head.seal == seal(key, head) else [Finding(head.last_id, "head")]
    count = 0
    previous, expected = head.first_hash or START, head.first_id
    for row in rows:
        count += 1
        findings.extend(_gap(expected, row.id))
        inserted = row.id < expected or row.id > head.last_id
        if inserted:
            findings.append(Finding(row.id, "inserted"))
            continue
        if row.id == expected and row.hash != row_hash(key, row, previous):
            findings.append(Finding(row.id, "edited"))
        previous, expected = row.hash, row.id + 1
    findings.extend(_gap(expected, head.last_id + 1))
    if not findings and previous != head.last_hash:
        findings.append(Finding(head.last_id, "head"))
    return count, findings


def _gap(expected: int, found: int) -> Iterator[Finding]:
    return (Finding(missing, "removed") for missing in range(expected, found))

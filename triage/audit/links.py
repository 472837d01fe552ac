"""The links of the chain: hashes of rows and of the head, and the walk along them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

from triage.secret import keyed_hash
from triage.store.tables import AuditHead, AuditRow

START = "0" * 64
BROKEN = "audit.broken"
"""Action of the row that says: here the head was found missing or forged. Only so is it told from a sound one later."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the chain is broken. row, until: ids of the first and the last row; kind: what was done to them.

    As far as a hash can tell: who edits a row and its hash has the next row reported too. "head": the record of the
    chain's ends is missing or forged, or was so when this row was written. "anchor": the trail was set back.
    """

    row: int
    kind: Literal["edited", "removed", "inserted", "head", "anchor"]
    until: int

    @property
    def message_id(self) -> str:
        """In Indonesian, for people."""
        rows = f"baris {self.row}" if self.row == self.until else f"baris {self.row} sampai {self.until}"
        return {
            "edited": f"{rows} diubah, atau baris sebelumnya",
            "removed": f"{rows} dibuang",
            "inserted": f"{rows} disisipkan",
            "head": f"catatan ujung jejak hilang atau dipalsukan (dekat {rows})",
            "anchor": f"jangkar tidak cocok: jejak dikembalikan ke keadaan sebelum {rows}",
        }[self.kind]


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
        _as_stored(row.detail),
        previous,
    ]
    return keyed_hash(key, "audit", json.dumps(parts, sort_keys=True, ensure_ascii=False))


def _as_stored(value: Any) -> Any:
    """The value as either database gives JSON back: PostgreSQL keeps 1e22 as a whole number."""
    if isinstance(value, dict):
        return {name: _as_stored(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_stored(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def seal(key: bytes, head: AuditHead) -> str:
    """The hash over both ends of the chain."""
    return keyed_hash(key, "audit-head", f"{head.first_id} {head.first_hash} {head.last_id} {head.last_hash}")


def verify_rows(
    rows: Iterable[AuditRow], key: bytes, first: int, end: int, previous: str
) -> tuple[str, int, list[Finding]]:
    """The last hash, the number of rows, and what is wrong with them, where all of first..end-1 should be there.

    After an edited row the chain goes on from the hash that the row says, so that one edit is one finding.
    """
    findings: list[Finding] = []
    count, expected = 0, first
    for row in rows:
        count += 1
        if not expected <= row.id < end:
            findings.append(Finding(row.id, "inserted", row.id))
            continue
        if row.id > expected:
            findings.append(Finding(expected, "removed", row.id - 1))
        elif row.hash != row_hash(key, row, previous):
            findings.append(Finding(row.id, "edited", row.id))
        if row.action == BROKEN:
            findings.append(Finding(row.id, "head", row.id))
        previous, expected = row.hash, row.id + 1
    if expected < end:
        findings.append(Finding(expected, "removed", end - 1))
    return previous, count, findings

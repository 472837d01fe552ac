"""Checking the trail: every edited, removed or inserted row is found."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from triage.audit.links import START, Finding, seal, verify_rows
from triage.errors import InputError
from triage.store.repositories import audit as repository


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row's id and hash, noted down outside the database: shows a trail that was set back to an older whole state."""

    row: int
    hash: str

    def __str__(self) -> str:
        return f"{self.row}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Anchor:
        """The anchor as `str` gave it. Raises InputError."""
        found = re.fullmatch(r"([0-9]{1,15}):([0-9a-f]{64})", text, re.ASCII)
        if found is None:
            raise InputError(
                "anchor_invalid",
                "Jangkar tidak dikenal. Tulis seperti yang dicetak `triage audit verify`, misalnya 1234:ab12...",
                "The anchor is not known. Write it as `triage audit verify` printed it, like 1234:ab12...",
            )
        return cls(int(found[1]), found[2])


def verify(session: Session, key: bytes, anchor: Anchor | None = None) -> tuple[int, list[Finding]]:
    """Number of rows read, and all findings in order; an empty list means that nothing was changed.

    session: of `Database.read()`, which sees one state whoever writes meanwhile.
    """
    head = repository.read_head(session)
    if head is None:
        last = repository.last_row(session)
        gone = last is not None or repository.should_have_rows(session)
        return 0, [Finding(last.id if last else 0, "head", last.id if last else 0)] if gone else []
    findings = [] if head.seal == seal(key, head) else [Finding(head.last_id, "head", head.last_id)]
    rows = repository.all_rows(session)
    previous, count, found = verify_rows(rows, key, head.first_id, head.last_id + 1, head.first_hash)
    findings += found
    if not findings and previous != head.last_hash:
        findings.append(Finding(head.last_id, "head", head.last_id))
    if anchor is not None and not _holds(session, anchor, head.first_id):
        findings.append(Finding(anchor.row, "anchor", anchor.row))
    return count, findings


def current_anchor(session: Session) -> Anchor:
    """The end of the trail, to be noted down elsewhere."""
    head = repository.read_head(session)
    return Anchor(head.last_id, head.last_hash) if head else Anchor(0, START)


def _holds(session: Session, anchor: Anchor, first: int) -> bool:
    """Whether the anchor's row is there as it was; one that retention has removed says nothing."""
    if anchor.row < first:
        return True
    row = repository.row_at(session, anchor.row)
    return row is not None and row.hash == anchor.hash

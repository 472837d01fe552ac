"""The operator's queue, and what the lists of calls show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from triage.store.tables import Call, CallState

LISTED: tuple[InstrumentedAttribute[Any], ...] = (
    Call.id,
    Call.call_id,
    Call.state,
    Call.revision,
    Call.rank,
    Call.received_at,
    Call.started_at,
    Call.duration,
    Call.caller_last3,
    Call.listen,
    Call.disposition,
    Call.complaint_type,
    Call.target_opd,
    Call.priority,
    Call.ghost_kind,
    Call.verdict,
    Call.agreed,
    Call.error_code,
)
"""Columns of a line in a list: nothing of what was said."""

Line = Row[*tuple[Any, ...]]
"""A line of a list; its columns are those of LISTED."""

QueueKey = tuple[int, datetime, int]
"""rank, received_at and id of a call: its place in the queue."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which calls of the queue; None: all."""

    complaint_type: str | None = None
    target_opd: str | None = None
    listen: bool | None = None


def queue_page(session: Session, wanted: QueueFilter, after: QueueKey | None, limit: int) -> Sequence[Line]:
    """Calls that wait for a decision, the most urgent first, then the one that came first; lines as LISTED.

    after: the place of the last call of the page before.
    """
    lines = (
        select(*LISTED).where(Call.state == CallState.ready).order_by(Call.rank, Call.received_at, Call.id).limit(limit)
    )
    if after is not None:
        lines = lines.where(tuple_(Call.rank, Call.received_at, Call.id) > tuple_(*after))
    for column, value in (
        (Call.complaint_type, wanted.complaint_type),
        (Call.target_opd, wanted.target_opd),
        (Call.listen, wanted.listen),
    ):
        if value is not None:
            lines = lines.where(column == value)
    return session.execute(lines).all()

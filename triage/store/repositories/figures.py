"""Figures about the service itself: cheap enough to be asked for every few seconds beside a million calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from triage.store.tables import Call, CallState, Decision, OutboxMessage, WatchedFile

WAITING = (CallState.received, CallState.queued, CallState.working)
"""States in which a call waits for the machine."""


def calls_by_state(session: Session) -> dict[str, int]:
    """Calls that wait for somebody: the machine, an operator, an administrator. Done ones are not counted."""
    states = (*WAITING, CallState.ready, CallState.dead)
    rows = session.execute(
        select(Call.state, func.count().label("count_")).where(Call.state.in_(states)).group_by(Call.state)
    )
    return {state.value: 0 for state in states} | {row.state: row.count_ for row in rows}


def oldest_waiting(session: Session) -> datetime | None:
    """When the call that has waited longest for the machine came in."""
    return session.scalar(select(func.min(Call.received_at)).where(Call.state.in_(WAITING)))


def work_since(session: Session, since: datetime) -> tuple[float, float]:
    """Seconds of audio, and of work on it, of the calls that changed since then and were worked on."""
    row = session.execute(
        select(func.sum(Call.duration), func.sum(Call.work_seconds)).where(
            Call.updated_at >= since, Call.work_seconds.is_not(None)
        )
    ).one()
    return float(row[0] or 0), float(row[1] or 0)


def agreement_since(session: Session, since: datetime) -> Sequence[tuple[str, bool, int]]:
    """(disposition, agreed, count) of the decisions since then; those who could not tell are left out."""
    rows = session.execute(
        select(Decision.disposition, Decision.agreed, func.count())
        .where(Decision.created_at >= since, Decision.agreed.is_not(None), Decision.disposition.is_not(None))
        .group_by(Decision.disposition, Decision.agreed)
    )
    return [(str(disposition), bool(agreed), count) for disposition, agreed, count in rows]


def outbox_by_state(session: Session) -> dict[str, int]:
    """Messages that are still to go out, that were given up, and to which no channel leads."""
    rows = session.execute(
        select(OutboxMessage.state, func.count().label("count_"))
        .where(OutboxMessage.state.in_(("pending", "dead", "kept")))
        .group_by(OutboxMessage.state)
    )
    return {"pending": 0, "dead": 0, "kept": 0} | {row.state: row.count_ for row in rows}


def oldest_message(session: Session) -> datetime | None:
    """When the message that has waited longest was written."""
    return session.scalar(select(func.min(OutboxMessage.created_at)).where(OutboxMessage.state == "pending"))


def refused_files(session: Session) -> int:
    """Files in a watched folder that could not be taken."""
    return session.scalar(select(func.count()).where(WatchedFile.error_code.is_not(None))) or 0

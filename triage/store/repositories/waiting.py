"""Calls that wait for a worker, and those that are in the hands of one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Row, case, exists, func, select, update
from sqlalchemy.orm import Session

from triage.safety.history import DAY, DROPS_OF_A_DAY, DROPS_OF_HALF_HOUR, HALF_HOUR
from triage.store.tables import Call, CallState, TicketCall
from triage.store.tables.calls import AHEAD, DROPPED, URGENT

Job = Row[int, str, int, int]
"""id, call_id, attempt, urgency."""

_JOB = (Call.id, Call.call_id, Call.attempt, Call.urgency)


def next_received(session: Session, limit: int) -> Sequence[Job]:
    """The calls to be queued next: urgent ones, then in the order of arrival."""
    urgent = session.execute(select(*_JOB).where(URGENT).order_by(Call.received_at).limit(limit)).all()
    usual = session.execute(
        select(*_JOB)
        .where(Call.state == CallState.received)
        .order_by(Call.rank, Call.received_at, Call.id)
        .limit(limit)
    ).all()
    taken = {job.id for job in urgent}
    return [*urgent, *(job for job in usual if job.id not in taken)][:limit]


def mark_queued(session: Session, pks: Collection[int], now: datetime) -> None:
    """Note that these calls have a workflow; one that a worker has begun already stays as it is."""
    session.execute(
        update(Call)
        .where(Call.id.in_(pks), Call.state == CallState.received)
        .values(state=CallState.queued, updated_at=now)
    )


def count_queued(session: Session) -> int:
    """Calls that wait in the jobs database."""
    return session.scalar(select(func.count()).where(Call.state == CallState.queued)) or 0


def in_hand(session: Session, limit: int) -> Sequence[Job]:
    """Calls that should have a workflow."""
    states = (CallState.queued, CallState.working)
    return session.execute(select(*_JOB).where(Call.state.in_(states)).limit(limit)).all()


def raise_urgent(session: Session, now: datetime) -> int:
    """Let waiting calls go ahead whose number is near to S5 (triage.safety.history); returns how many."""
    recent = func.sum(case((Call.started_at > now - HALF_HOUR, 1), else_=0))
    callers = session.execute(
        select(Call.caller_hash, recent.label("recent"), func.count().label("drops"))
        .where(DROPPED, Call.started_at > now - DAY)
        .group_by(Call.caller_hash)
        .having((recent >= DROPS_OF_HALF_HOUR) | (func.count() >= DROPS_OF_A_DAY))
    ).all()
    urgent = [caller.caller_hash for caller in callers if caller.recent >= DROPS_OF_HALF_HOUR]
    urgent += _with_tickets(session, [caller.caller_hash for caller in callers if caller.drops >= DROPS_OF_A_DAY])
    if not urgent:
        return 0
    raised = session.execute(
        update(Call)
        .where(Call.caller_hash.in_(urgent), Call.state == CallState.received, Call.urgency != AHEAD)
        .values(urgency=AHEAD)
        .execution_options(synchronize_session=False)
    )
    return int(raised.rowcount)  # type: ignore[attr-defined]


def _with_tickets(session: Session, hashes: Sequence[str]) -> Sequence[str]:
    if not hashes:
        return []
    return session.scalars(
        select(Call.caller_hash)
        .where(Call.caller_hash.in_(hashes), exists().where(TicketCall.call_pk == Call.id))
        .distinct()
    ).all()  # type: ignore[return-value]

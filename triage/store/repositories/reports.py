"""Rows for exports, and the counts that monthly figures are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from triage.store.tables import Call, Decision, Ticket, TicketCall

_BATCH = 2000
_LONG = 10
"""Seconds from which Kendari's published figures count a call as valid (docs/reports.md)."""


def call_rows(since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Calls that began in [since, until): nothing that was said, nothing of the caller, nobody's name."""
    decided = aliased(Decision)
    decided_at = select(func.max(decided.created_at)).where(decided.call_pk == Call.id).scalar_subquery()
    return (
        select(
            Call.call_id,
            Call.started_at,
            Call.received_at,
            Call.state,
            Call.source,
            Call.direction,
            Call.queue,
            Call.duration,
            Call.dropped,
            Call.listen,
            Call.disposition,
            Call.complaint_type,
            Call.target_opd,
            Call.priority,
            Call.ghost_kind,
            Call.verdict,
            Call.agreed,
            decided_at.label("decided_at"),
            Ticket.number.label("ticket"),
        )
        .outerjoin(TicketCall, TicketCall.call_pk == Call.id)
        .outerjoin(Ticket, Ticket.id == TicketCall.ticket_pk)
        .where(Call.started_at >= since, Call.started_at < until)
        .order_by(Call.started_at, Call.id)
    )


def ticket_rows(since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Tickets made in [since, until): no free text, no exact position."""
    calls = select(func.count()).where(TicketCall.ticket_pk == Ticket.id).scalar_subquery()
    return (
        select(
            Ticket.number,
            Ticket.created_at,
            Ticket.status,
            Ticket.source,
            Ticket.complaint_type,
            Ticket.target_opd,
            Ticket.priority,
            Ticket.place_id,
            calls.label("calls"),
            Ticket.updated_at,
            Ticket.closed_at,
        )
        .where(Ticket.created_at >= since, Ticket.created_at < until)
        .order_by(Ticket.created_at, Ticket.id)
    )


def decision_rows(since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Decisions made in [since, until): no notes, no free text, not whose they are."""
    return (
        select(
            Call.call_id,
            Decision.created_at,
            Decision.verdict,
            Decision.disposition,
            Decision.complaint_type,
            Decision.target_opd,
            Decision.priority,
            Decision.ghost_kind,
            Decision.place_id,
            Decision.agreed,
            Decision.seconds,
        )
        .join(Call, Call.id == Decision.call_pk)
        .where(Decision.created_at >= since, Decision.created_at < until)
        .order_by(Decision.created_at, Decision.id)
    )


def stream(session: Session, rows: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows one after the other; never many in memory."""
    yield from session.execute(rows, execution_options={"yield_per": _BATCH})


class CallCount(NamedTuple):
    """So many calls with one answer. disposition: null where nobody has given one, or could; long: over 10 seconds."""

    disposition: str | None
    complaint_type: str | None
    target_opd: str | None
    ghost_kind: str | None
    calls: int
    long: int


class TicketCount(NamedTuple):
    """So many tickets of one kind."""

    complaint_type: str
    target_opd: str
    status: str
    source: str
    tickets: int


def call_counts(session: Session, since: datetime, until: datetime) -> list[CallCount]:
    """Incoming calls that began in [since, until) by what people decided last; what machines suggested never counts."""
    one = aliased(Decision)
    last = select(func.max(one.id)).where(one.call_pk == Call.id).correlate(Call).scalar_subquery()
    answers = (Decision.disposition, Decision.complaint_type, Decision.target_opd, Decision.ghost_kind)
    rows = session.execute(
        select(*answers, func.count(), func.sum(case((Call.duration > _LONG, 1), else_=0)))
        .select_from(Call)
        .outerjoin(Decision, Decision.id == last)
        .where(Call.started_at >= since, Call.started_at < until)
        .where(or_(Call.direction.is_(None), Call.direction == "in"))
        .group_by(*answers)
    )
    return [CallCount._make(row) for row in rows]


def ticket_counts(session: Session, since: datetime, until: datetime) -> list[TicketCount]:
    """Tickets made in [since, until)."""
    groups = (Ticket.complaint_type, Ticket.target_opd, Ticket.status, Ticket.source)
    rows = session.execute(
        select(*groups, func.count()).where(Ticket.created_at >= since, Ticket.created_at < until).group_by(*groups)
    )
    return [TicketCount._make(row) for row in rows]

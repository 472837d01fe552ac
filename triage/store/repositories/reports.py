"""Rows for exports, and the counts that monthly figures are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from triage.store.tables import Call, Decision, Ticket, TicketCall, Verdict

_BATCH = 2000


def call_rows(since: datetime, until: datetime) -> Select[Any]:
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


def ticket_rows(since: datetime, until: datetime) -> Select[Any]:
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


def decision_rows(since: datetime, until: datetime) -> Select[Any]:
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


def stream(session: Session, rows: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows one after the other; never many in memory."""
    yield from session.execute(rows, execution_options={"yield_per": _BATCH})


def call_counts(session: Session, since: datetime, until: datetime) -> Sequence[tuple[Any, ...]]:
    """(disposition, type, OPD, ghost kind, calls, calls longer than 10 s) of incoming calls that began in [since, until).

    disposition: as a person decided; null where nobody has, or could tell.
    """
    answered = and_(Call.verdict.is_not(None), Call.verdict != Verdict.cannot_tell, Call.disposition.is_not(None))
    columns = [
        func.coalesce(func.nullif(answered, False), False).label("answered"),
        Call.disposition,
        Call.complaint_type,
        Call.target_opd,
        Call.ghost_kind,
    ]
    rows = session.execute(
        select(*columns, func.count(), func.sum(_one_if(Call.duration > 10)))
        .where(Call.started_at >= since, Call.started_at < until)
        .where(or_(Call.direction.is_(None), Call.direction == "in"))
        .group_by(*columns)
    )
    return [
        (row[1], row[2], row[3], row[4], row[5], row[6]) if row[0] else (None, None, None, None, row[5], row[6])
        for row in rows
    ]

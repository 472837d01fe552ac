"""Tickets, the calls about them, and their numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from triage.store.tables import Call, Ticket, TicketCall, TicketCounter, TicketStatus

OPEN = (TicketStatus.new, TicketStatus.accepted)
_MOST_OPEN = 500
"""Open tickets of a few types in a few hours that are looked at: many more than any city has."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets; None: all. since, until: bounds of `created_at`, the second exclusive."""

    status: str | None = None
    complaint_type: str | None = None
    target_opd: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def next_count(session: Session, day: date) -> int:
    """The next number of a day, from 1. Others who want one wait for this transaction's end, so none is left out."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    count: int | None = session.scalar(
        dialect.insert(TicketCounter)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=[TicketCounter.day], set_={"last": TicketCounter.last + 1})
        .returning(TicketCounter.last)
    )
    assert count is not None
    return count


def find_ticket(session: Session, number: str) -> Ticket | None:
    """The ticket with this number."""
    return session.scalar(select(Ticket).where(Ticket.number == number))


def find_by_idempotency_key(session: Session, idempotency_key: str) -> Ticket | None:
    """The ticket of the report that was sent with this key (as stored)."""
    return session.scalar(select(Ticket).where(Ticket.idempotency_key == idempotency_key))


def ticket_of(session: Session, call_pk: int) -> Ticket | None:
    """The ticket that a call is about."""
    return session.scalar(
        select(Ticket).join(TicketCall, TicketCall.ticket_pk == Ticket.id).where(TicketCall.call_pk == call_pk)
    )


def lock_tickets(session: Session, keys: Collection[int]) -> dict[int, Ticket]:
    """These tickets as they are now, locked until the end of the transaction.

    Always in the order of their keys, so that two transactions cannot wait for each other.
    """
    rows = session.scalars(
        select(Ticket).where(Ticket.id.in_(keys)).order_by(Ticket.id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    return {row.id: row for row in rows}


def attach(session: Session, call_pk: int, ticket_pk: int, now: datetime) -> None:
    """Let a call be about this ticket, and no other."""
    detach(session, call_pk)
    session.add(TicketCall(call_pk=call_pk, ticket_pk=ticket_pk, created_at=now))
    session.flush()


def detach(session: Session, call_pk: int) -> None:
    """Let a call be about no ticket."""
    session.execute(delete(TicketCall).where(TicketCall.call_pk == call_pk))


def callers(session: Session, ticket_pk: int) -> int:
    """How many calls are about a ticket."""
    return session.scalar(_callers().where(TicketCall.ticket_pk == ticket_pk)) or 0


def calls_of(session: Session, ticket_pk: int) -> Sequence[str]:
    """Public names of the calls about a ticket, the one it was opened for first."""
    return session.scalars(
        select(Call.call_id)
        .join(TicketCall, TicketCall.call_pk == Call.id)
        .where(TicketCall.ticket_pk == ticket_pk)
        .order_by(TicketCall.created_at, TicketCall.call_pk)
    ).all()


def ticket_page(session: Session, wanted: TicketFilter, before: int | None, limit: int) -> Sequence[tuple[Ticket, int]]:
    """Tickets below an id, newest first, each with its number of callers."""
    count = _callers().where(TicketCall.ticket_pk == Ticket.id).scalar_subquery()
    tickets = select(Ticket, count).order_by(Ticket.id.desc()).limit(limit)
    if before is not None:
        tickets = tickets.where(Ticket.id < before)
    for column, value in (
        (Ticket.status, wanted.status),
        (Ticket.complaint_type, wanted.complaint_type),
        (Ticket.target_opd, wanted.target_opd),
    ):
        if value is not None:
            tickets = tickets.where(column == value)
    if wanted.since is not None:
        tickets = tickets.where(Ticket.created_at >= wanted.since)
    if wanted.until is not None:
        tickets = tickets.where(Ticket.created_at < wanted.until)
    return [(row[0], row[1]) for row in session.execute(tickets)]


def open_tickets(
    session: Session, complaint_types: Collection[str], since: datetime, until: datetime
) -> Sequence[tuple[Ticket, int]]:
    """Open tickets of these types made between these times, the newest first, each with its number of callers."""
    count = _callers().where(TicketCall.ticket_pk == Ticket.id).scalar_subquery()
    rows = session.execute(
        select(Ticket, count)
        .where(
            Ticket.complaint_type.in_(complaint_types),
            Ticket.status.in_(OPEN),
            Ticket.created_at.between(since, until),
        )
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(_MOST_OPEN)
    )
    return [(row[0], row[1]) for row in rows]


def _callers() -> Select[int]:
    return select(func.count()).select_from(TicketCall)

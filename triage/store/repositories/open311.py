"""Tickets as GeoReport v2 asks for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.store.repositories.tickets import OPEN
from triage.store.tables import Ticket


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which service requests; None: all. since and until: bounds of the time of opening, both inclusive."""

    numbers: Collection[str] | None = None
    complaint_types: Collection[str] | None = None
    open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


def requests(session: Session, wanted: RequestFilter, offset: int, limit: int) -> Sequence[Ticket]:
    """Tickets, newest first."""
    query = select(Ticket)
    if wanted.numbers is not None:
        query = query.where(Ticket.number.in_(wanted.numbers))
    if wanted.complaint_types is not None:
        query = query.where(Ticket.complaint_type.in_(wanted.complaint_types))
    if wanted.open is not None:
        query = query.where(Ticket.status.in_(OPEN) if wanted.open else Ticket.status.not_in(OPEN))
    if wanted.since is not None:
        query = query.where(Ticket.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Ticket.created_at <= wanted.until)
    return session.scalars(query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).offset(offset).limit(limit)).all()

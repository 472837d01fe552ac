"""Tickets on their way to the OPDs: an outbox, and the channels that empty it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from triage.store.tables import Ticket

Kind = Literal["ticket.created", "ticket.updated", "ticket.withdrawn"]


def enqueue(session: Session, ticket: Ticket, kind: Kind, now: datetime) -> None:
    """Put a message to the ticket's OPD (`ticket.target_opd`, as it stands now) into the outbox, in this transaction.

    The ticket and its callers (`ticket_calls`) are flushed. Nothing is sent here.
    """

"""Putting messages to OPDs into the outbox, and what an administrator may do with those that are stuck."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from triage.errors import ConflictError, MissingError
from triage.store.repositories import outbox as repository
from triage.store.repositories.tickets import callers
from triage.store.tables import OutboxMessage, OutboxState, Ticket

Kind = Literal["ticket.created", "ticket.updated", "ticket.withdrawn"]


def enqueue(session: Session, ticket: Ticket, kind: Kind, now: datetime) -> None:
    """Put a message to the ticket's OPD (`ticket.target_opd`, as it stands now) into the outbox, in this transaction.

    The ticket and its callers (`ticket_calls`) are flushed. Nothing is sent here: which channel leads to the OPD is
    looked up when the message is due.
    """
    session.add(
        OutboxMessage(
            message_id=f"msg_{secrets.token_hex(12)}",
            ticket_pk=ticket.id,
            opd=ticket.target_opd,
            channel="",
            kind=kind,
            payload=_payload(ticket, kind, callers(session, ticket.id), now),
            state=OutboxState.pending,
            next_at=now,
            created_at=now,
        )
    )
    session.flush()


def retry(session: Session, message_id: str, now: datetime) -> OutboxMessage:
    """Send a message again that was given up or kept. Raises MissingError or ConflictError."""
    message = _stuck(session, message_id)
    message.state, message.attempts, message.next_at = OutboxState.pending, 0, now
    return message


def drop(session: Session, message_id: str) -> OutboxMessage:
    """Never send a message that was given up or kept, so that later ones of its ticket can go out.

    Raises MissingError or ConflictError.
    """
    message = _stuck(session, message_id)
    message.state = OutboxState.dropped
    return message


def _stuck(session: Session, message_id: str) -> OutboxMessage:
    message = repository.lock_message(session, message_id)
    if message is None:
        raise MissingError(
            "message_missing",
            f"Tidak ada pesan {message_id}. Lihat GET /v1/outbox.",
            f"There is no message {message_id}. See GET /v1/outbox.",
        )
    if message.state not in (OutboxState.dead, OutboxState.kept):
        raise ConflictError(
            "message_not_stuck",
            f"Pesan {message_id} berstatus {message.state}; hanya pesan dead atau kept dapat diulang atau dilewati.",
            f"Message {message_id} is {message.state}; only dead or kept ones can be retried or dropped.",
        )
    return message


def _payload(ticket: Ticket, kind: Kind, callers: int, now: datetime) -> dict[str, Any]:
    """What the OPD is told (docs/dispatch.md): of the callers only how many they are."""
    return {
        "type": kind,
        "timestamp": now.astimezone(UTC).isoformat(),
        "data": {
            "number": ticket.number,
            "revision": ticket.revision,
            "status": ticket.status,
            "complaint_type": ticket.complaint_type,
            "target_opd": ticket.target_opd,
            "priority": ticket.priority,
            "place_id": ticket.place_id,
            "place": ticket.place_text,
            "latitude": ticket.latitude,
            "longitude": ticket.longitude,
            "description": ticket.description,
            "callers": callers,
            "created_at": ticket.created_at.astimezone(UTC).isoformat(),
        },
    }

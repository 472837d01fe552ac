"""Putting messages to OPDs into the outbox, and what an administrator may do with those that are stuck."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from triage.dispatch.channels import Channels
from triage.errors import ConflictError, MissingError
from triage.store.repositories import outbox as repository
from triage.store.repositories.tickets import callers
from triage.store.tables import OutboxMessage, OutboxState, Ticket

Kind = Literal["ticket.created", "ticket.updated", "ticket.withdrawn"]
NO_CHANNEL = "OPD ini tidak punya kanal di berkas kanal; kabari dengan cara lain."


def enqueue(session: Session, ticket: Ticket, kind: Kind, now: datetime) -> None:
    """Put a message to the ticket's OPD (`ticket.target_opd`, as it stands now) into the outbox, in this transaction.

    The ticket and its callers (`ticket_calls`) are flushed. Nothing is sent here: which channels lead to the OPD, the
    sender looks up.
    """
    session.add(
        OutboxMessage(
            message_id=_new_id(),
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


def route(session: Session, channels: Channels, limit: int) -> int:
    """Give messages that have no channel yet those that lead to their OPD: a message each, as each has its own order.

    Returns how many had none: they are kept here for people.
    """
    kept = 0
    for message in repository.unrouted(session, limit):
        first, *others = channels.of(message.opd) or [""]
        message.channel = first
        if not first:
            message.state, message.last_error = OutboxState.kept, NO_CHANNEL
            kept += 1
        for channel in others:
            session.add(_copy(message, channel))
        session.flush()  # one by one: the order of the ids is the order of sending
    return kept


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


def _copy(message: OutboxMessage, channel: str) -> OutboxMessage:
    """The same message for another channel."""
    return OutboxMessage(
        message_id=_new_id(),
        ticket_pk=message.ticket_pk,
        opd=message.opd,
        channel=channel,
        kind=message.kind,
        payload=message.payload,
        state=OutboxState.pending,
        next_at=message.next_at,
        created_at=message.created_at,
    )


def _new_id() -> str:
    return f"msg_{secrets.token_hex(12)}"


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

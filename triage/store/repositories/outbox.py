"""Messages to OPDs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Row, exists, select, update
from sqlalchemy.orm import Session, aliased

from triage.store.tables import OutboxMessage, OutboxState, Ticket


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send until its lease ends. attempt: counts from 1."""

    id: int
    message_id: str
    opd: str
    kind: str
    payload: dict[str, Any]
    attempt: int


def claim(session: Session, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
    """Take messages that are due, for so long; a process that dies leaves them to others after that.

    Only the first open message of a ticket to an OPD can be taken, so its messages arrive in order however many
    processes send. Whoever changes `attempts` first has the message: no lock is held while it is sent.
    """
    earlier = aliased(OutboxMessage)
    blocked = exists().where(
        earlier.ticket_pk == OutboxMessage.ticket_pk,
        earlier.opd == OutboxMessage.opd,
        earlier.id < OutboxMessage.id,
        earlier.state.in_((OutboxState.pending, OutboxState.dead)),
    )
    due = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == OutboxState.pending, OutboxMessage.next_at <= now, ~blocked)
        .order_by(OutboxMessage.next_at, OutboxMessage.id)
        .limit(limit)
    ).all()
    claimed = []
    for message in due:
        attempt = message.attempts + 1
        if _update(session, message.id, message.attempts, attempts=attempt, next_at=now + lease):
            claimed.append(Claimed(message.id, message.message_id, message.opd, message.kind, message.payload, attempt))
    return claimed


def settle(session: Session, claimed: Claimed, **values: Any) -> bool:
    """Write down what became of a message; False where the lease had ended and somebody else has taken it."""
    return _update(session, claimed.id, claimed.attempt, **values)


def lock_message(session: Session, message_id: str) -> OutboxMessage | None:
    """A message, locked until the end of the transaction."""
    return session.scalar(select(OutboxMessage).where(OutboxMessage.message_id == message_id).with_for_update())


def messages(
    session: Session, *, state: str | None = None, ticket: str | None = None, before: int | None = None, limit: int
) -> Sequence[Row[OutboxMessage, str]]:
    """Messages with the numbers of their tickets, newest first; before: only those with a smaller key."""
    query = select(OutboxMessage, Ticket.number).join(Ticket, Ticket.id == OutboxMessage.ticket_pk)
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    if ticket is not None:
        query = query.where(Ticket.number == ticket)
    if before is not None:
        query = query.where(OutboxMessage.id < before)
    return session.execute(query.order_by(OutboxMessage.id.desc()).limit(limit)).all()


def _update(session: Session, key: int, seen_attempts: int, **values: Any) -> bool:
    result = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == key, OutboxMessage.attempts == seen_attempts, OutboxMessage.state == OutboxState.pending
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1

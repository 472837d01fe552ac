"""Messages to OPDs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Row, Select, case, exists, select, update
from sqlalchemy.orm import Session, aliased

from triage.store.tables import OutboxMessage, OutboxState, Ticket

_DESTINATION = case((OutboxMessage.channel == "email", "email"), else_=OutboxMessage.opd)
"""Whose server is waited for while a message is sent: all e-mail goes through one."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send until its lease ends. attempt: counts from 1."""

    id: int
    message_id: str
    opd: str
    channel: str
    kind: str
    payload: dict[str, Any]
    attempt: int
    destination: str
    until: datetime


def has_due(session: Session, now: datetime, full: Collection[str]) -> bool:
    """Whether a message can be taken now that goes to none of the destinations in `full`."""
    return session.scalar(_due(select(OutboxMessage.id), now, full).limit(1)) is not None


def unrouted(session: Session, limit: int) -> Sequence[OutboxMessage]:
    """Messages without a channel yet, locked, in the order in which they were written."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == OutboxState.pending, OutboxMessage.channel == "")
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update()
    ).all()


def claim(session: Session, now: datetime, lease: timedelta, full: Collection[str]) -> Claimed | None:
    """Take the message that has been due longest, for so long; a sender that dies leaves it to others after that.

    Only the first open message of a ticket to an OPD by a channel can be taken, so they arrive in order however many
    processes send. Whoever changes `attempts` first has the message: no lock is held while it is sent.
    full: destinations to which nothing more is to be sent now.
    """
    row = session.execute(
        _due(select(OutboxMessage, _DESTINATION), now, full)
        .where(OutboxMessage.channel != "")
        .order_by(OutboxMessage.next_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxMessage)  # PostgreSQL: senders do not wait for each other
    ).first()
    if row is None:
        return None
    message, destination = row
    attempt, until = message.attempts + 1, now + lease
    if not _update(session, message.id, message.attempts, attempts=attempt, next_at=until):
        return None
    return Claimed(
        id=message.id,
        message_id=message.message_id,
        opd=message.opd,
        channel=message.channel,
        kind=message.kind,
        payload=message.payload,
        attempt=attempt,
        destination=destination,
        until=until,
    )


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


def _due(query: Select[Any], now: datetime, full: Collection[str]) -> Select[Any]:
    """Messages that are due and have none before them; one that has no channel yet may be for any."""
    earlier = aliased(OutboxMessage)
    blocked = exists().where(
        earlier.ticket_pk == OutboxMessage.ticket_pk,
        earlier.opd == OutboxMessage.opd,
        earlier.channel.in_((OutboxMessage.channel, "")),
        earlier.id < OutboxMessage.id,
        earlier.state.in_((OutboxState.pending, OutboxState.dead)),
    )
    return query.where(
        OutboxMessage.state == OutboxState.pending,
        OutboxMessage.next_at <= now,
        _DESTINATION.not_in(full),
        ~blocked,
    )


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

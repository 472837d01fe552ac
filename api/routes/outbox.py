"""Messages to OPDs: what went out, what is stuck, and what an administrator does about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import require
from api.context import InContext
from api.parameters import Cursor
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.casework.tickets import get_ticket
from triage.dispatch.outbox import drop, retry
from triage.store.paging import read_cursor, write_cursor
from triage.store.repositories import outbox as repository
from triage.store.tables import OutboxMessage, OutboxState

router = APIRouter(tags=["outbox"])
Manager = Annotated[Principal, Depends(require(Right.jobs_manage))]
PAGE = 50


class MessageView(BaseModel):
    """A message to an OPD, without its content."""

    message_id: str
    ticket: str
    opd: str
    kind: str
    channel: str = Field(description="Kind it goes by; empty before a sender has looked it up, or where there is none.")
    state: OutboxState
    attempts: int
    next_at: datetime | None = Field(description="When it is due; null when nothing more will be sent.")
    last_error: str | None = Field(description="In Indonesian.")
    receipt: str | None = Field(description="What the receiver answered: an Open311 request id, a Message-ID.")
    created_at: datetime
    sent_at: datetime | None


class MessagePage(BaseModel):
    """A page of messages, newest first."""

    items: list[MessageView]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


@router.get("/v1/outbox", summary="Pesan ke OPD / messages to OPDs", responses=problems(401, 403, 422))
def get_outbox(
    context: InContext,
    principal: Manager,
    state: OutboxState | None = None,
    cursor: Cursor = None,
) -> MessagePage:
    """All of them or those of one state."""
    before = read_cursor(cursor, 1)[0] if cursor else None
    with context.database.read() as session:
        rows = repository.messages(session, state=state, before=before, limit=PAGE)
        following = write_cursor(rows[-1][0].id) if len(rows) == PAGE else None
        return MessagePage(items=[_view(message, number) for message, number in rows], next=following)


@router.get(
    "/v1/tickets/{number}/messages",
    summary="Pesan satu tiket / a ticket's messages",
    responses=problems(401, 403, 404),
)
def get_ticket_messages(
    number: str, context: InContext, principal: Annotated[Principal, Depends(require(Right.tickets_read))]
) -> list[MessageView]:
    """Whether the OPD has been told; newest first."""
    with context.database.read() as session:
        get_ticket(session, number)
        rows = repository.messages(session, ticket=number, limit=PAGE)
        return [_view(message, ticket) for message, ticket in rows]


@router.post(
    "/v1/outbox/{message_id}/retry",
    status_code=204,
    summary="Kirim lagi / send again",
    responses=problems(401, 403, 404, 409),
)
def retry_message(message_id: str, context: InContext, principal: Manager) -> None:
    """For a message that was given up (dead) or that no channel led to (kept)."""
    with context.database.write() as session:
        retry(session, message_id, datetime.now(UTC))
        context.audit.record(session, principal.actor, "outbox.retry", "message", message_id)


@router.post(
    "/v1/outbox/{message_id}/drop",
    status_code=204,
    summary="Jangan dikirim / never send",
    responses=problems(401, 403, 404, 409),
)
def drop_message(message_id: str, context: InContext, principal: Manager) -> None:
    """For one that the OPD was told of in another way; later messages of its ticket can go out then."""
    with context.database.write() as session:
        drop(session, message_id)
        context.audit.record(session, principal.actor, "outbox.drop", "message", message_id)


def _view(message: OutboxMessage, ticket: str) -> MessageView:
    return MessageView(
        message_id=message.message_id,
        ticket=ticket,
        opd=message.opd,
        kind=message.kind,
        channel=message.channel,
        state=OutboxState(message.state),
        attempts=message.attempts,
        next_at=message.next_at if message.state == OutboxState.pending else None,
        last_error=message.last_error,
        receipt=message.receipt,
        created_at=message.created_at,
        sent_at=message.sent_at,
    )

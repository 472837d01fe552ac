"""Server-sent events: the queue as it changes, and one call on its way through the machine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.access import InPrincipal, check_right, require
from api.changes import BATCH, Changes
from api.context import InContext
from api.parameters import CallId
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.store.calls import call_missing
from triage.store.paging import from_microseconds, read_cursor, to_microseconds
from triage.store.repositories.changes import Change
from triage.store.tables import CallState

router = APIRouter(tags=["events"])

_UNDER_WAY = frozenset({CallState.received, CallState.queued, CallState.working})
_STREAM = {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Server-sent events"}


@router.get(
    "/v1/events",
    summary="Perubahan antrean / changes of the queue",
    response_class=EventSourceResponse,
    responses={200: _STREAM, **problems(401, 403, 422, 503)},
)
async def get_events(
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.calls_read))],
    last_event_id: Annotated[str | None, Header(description="The id of the last event seen; sent by browsers.")] = None,
) -> EventSourceResponse:
    """`call` for each call that changed: its id, state, rank and revision, no data; at least once. `reload`: load anew.

    `listening` comes first: what changes from then on is told, so lists are to be loaded after it. `reload` comes where
    more was missed than is worth telling one by one. Heartbeats are comments.
    """
    since = from_microseconds(read_cursor(last_event_id, 1)[0]) if last_event_id else None
    return EventSourceResponse(_queue_events(context.changes, since))


@router.get(
    "/v1/calls/{call_id}/events",
    summary="Kemajuan satu panggilan / progress of a call",
    response_class=EventSourceResponse,
    responses={200: _STREAM, **problems(401, 403, 404, 422, 503)},
)
async def get_call_events(call_id: CallId, context: InContext, principal: InPrincipal) -> EventSourceResponse:
    """`call` with state and progress, first as it is now; ends when the call is ready or given up.

    For whoever may send calls or read them. It needs no Last-Event-ID: it always begins with how things stand.
    """
    if Right.calls_ingest not in principal.rights:
        check_right(principal, Right.calls_read)
    if await context.changes.now(call_id) is None:
        raise call_missing()
    return EventSourceResponse(_call_events(context.changes, call_id))


async def _queue_events(changes: Changes, since: datetime | None) -> AsyncIterator[ServerSentEvent]:
    async with changes.listen() as listener:
        yield ServerSentEvent(event="listening", data="{}")  # the answer's head is sent before anybody listens
        if since is not None:
            missed = await changes.since(since)
            if len(missed) == BATCH:
                yield ServerSentEvent(event="reload", id=str(to_microseconds(missed[-1].updated_at)), data="{}")
            else:
                for change in missed:
                    yield _event(change, {"rank": change.rank})
        async for change in listener:
            if not (change.state == CallState.working and change.progress > 0):  # progress alone moves no queue
                yield _event(change, {"rank": change.rank})


async def _call_events(changes: Changes, call_id: str) -> AsyncIterator[ServerSentEvent]:
    async with changes.listen() as listener:
        change = await changes.now(call_id)
        if change is None:
            return
        yield _progress(change)
        if change.state not in _UNDER_WAY:
            return
        async for change in listener:
            if change.call_id != call_id:
                continue
            yield _progress(change)
            if change.state not in _UNDER_WAY:
                return


def _progress(change: Change) -> ServerSentEvent:
    return _event(change, {"progress": round(change.progress, 3), "error_code": change.error_code})


def _event(change: Change, more: dict[str, object]) -> ServerSentEvent:
    data = {"call_id": change.call_id, "state": change.state, "revision": change.revision, **more}
    return ServerSentEvent(event="call", id=str(to_microseconds(change.updated_at)), data=json.dumps(data))

"""Calls come in; whoever sent one sees how far it is; administrators see what could not be taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field

from api.access import InPrincipal, check_right, require
from api.context import InContext
from api.parameters import CallId, Cursor, Limit
from api.responses import problems
from api.sent_call import BODY, read_sent_call
from triage.accounts.rights import Principal, Right
from triage.store.calls import get_call
from triage.store.paging import read_cursor, write_cursor
from triage.store.repositories import intake as repository
from triage.store.tables import CallState

router = APIRouter(tags=["intake"])


class Received(BaseModel):
    """A call that was taken in."""

    call_id: str
    status_url: str
    created: bool = Field(description="false: this recording, or this Idempotency-Key, was here before.")


class CallError(BaseModel):
    """Why a call could not be worked on."""

    code: str
    message: str


class CallStatus(BaseModel):
    """How far a call is; nothing of what was said in it."""

    call_id: str
    state: CallState
    progress: float = Field(description="Share of the recording that is transcribed, 0 to 1.")
    error: CallError | None


class RefusedFile(BaseModel):
    """A file in a watched folder that could not be taken; it is tried again as soon as it changes."""

    path: str = Field(description="Below the watched folder; telephone numbers are masked.")
    size: int
    modified_at: datetime
    seen_at: datetime
    code: str
    message: str


class RefusedFiles(BaseModel):
    """A page."""

    items: list[RefusedFile]
    next: str | None


@router.post(
    "/v1/calls",
    status_code=202,
    summary="Kirim panggilan / send a call",
    responses=problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
    openapi_extra=BODY,
)
async def create_call(
    request: Request,
    response: Response,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.calls_ingest))],
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="Your own key of this call: sent twice, it is one call."),
    ] = None,
) -> Received:
    """A recording as multipart/form-data, or its URL as JSON; checked and kept before the answer, worked on later."""
    async with read_sent_call(request) as sent:
        accepted = await context.gate.take(sent, principal.actor.name, idempotency_key, datetime.now(UTC))
    status_url = f"/v1/calls/{accepted.call_id}/status"
    response.headers["Location"] = status_url
    return Received(call_id=accepted.call_id, status_url=status_url, created=accepted.created)


@router.get(
    "/v1/calls/{call_id}/status",
    summary="Sampai mana panggilan ini / how far a call is",
    responses=problems(401, 403, 404, 422, 503),
)
def get_status(call_id: CallId, context: InContext, principal: InPrincipal) -> CallStatus:
    """For whoever may send calls or read them."""
    if Right.calls_ingest not in principal.rights:
        check_right(principal, Right.calls_read)
    with context.database.read() as session:
        call = get_call(session, call_id)
    error = CallError(code=call.error_code, message=call.error_message or "") if call.error_code else None
    return CallStatus(call_id=call.call_id, state=CallState(call.state), progress=call.progress, error=error)


@router.get(
    "/v1/refused-files",
    summary="Berkas yang ditolak / files that were refused",
    responses=problems(401, 403, 422, 503),
)
def get_refused_files(
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.jobs_manage))],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RefusedFiles:
    """Of the watched folders, the last one to appear first."""
    before = read_cursor(cursor, 1)[0] if cursor else None
    with context.database.read() as session:
        rows = repository.refused_files(session, before, limit + 1)
    items = [
        RefusedFile(
            path=row.path,
            size=row.size,
            modified_at=datetime.fromtimestamp(row.modified_ns / 1e9, UTC),
            seen_at=row.seen_at,
            code=row.error_code or "",
            message=row.error_message or "",
        )
        for row in rows[:limit]
    ]
    return RefusedFiles(items=items, next=write_cursor(rows[limit - 1].id) if len(rows) > limit else None)

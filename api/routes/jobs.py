"""Dead letters: calls whose work was given up, for administrators. Nothing of what was said is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import require
from api.context import InContext
from api.parameters import CallId, Cursor, Limit
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.jobs.dead import retry_call
from triage.store.paging import read_cursor, write_cursor
from triage.store.repositories import dead as repository
from triage.store.tables import CallState

router = APIRouter(tags=["jobs"])


class DeadCall(BaseModel):
    """A dead letter."""

    call_id: str
    received_at: datetime
    given_up_at: datetime
    source: str
    duration: float | None = Field(description="Seconds; null when unknown.")
    attempt: int = Field(description="1, and one more for each retry.")
    code: str
    message: str = Field(description="What went wrong and what to do, in Indonesian.")


class DeadCalls(BaseModel):
    """A page."""

    items: list[DeadCall]
    next: str | None


class Retried(BaseModel):
    """A call that waits for a worker again."""

    call_id: str
    state: CallState
    attempt: int
    revision: int


@router.get(
    "/v1/jobs/dead",
    summary="Panggilan yang gagal diolah / calls whose work was given up",
    responses=problems(401, 403, 422, 503),
)
def get_dead_calls(
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.jobs_manage))],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DeadCalls:
    """The call that came last first."""
    before = read_cursor(cursor, 1)[0] if cursor else None
    with context.database.read() as session:
        calls = repository.dead_calls(session, before, limit + 1)
    items = [
        DeadCall(
            call_id=call.call_id,
            received_at=call.received_at,
            given_up_at=call.updated_at,
            source=call.source,
            duration=call.duration,
            attempt=call.attempt,
            code=call.error_code or "",
            message=call.error_message or "",
        )
        for call in calls[:limit]
    ]
    return DeadCalls(items=items, next=write_cursor(calls[limit - 1].id) if len(calls) > limit else None)


@router.post(
    "/v1/calls/{call_id}/retry",
    status_code=202,
    summary="Olah ulang panggilan yang gagal / retry a dead letter",
    responses=problems(401, 403, 404, 409, 422, 503),
)
def retry(
    call_id: CallId,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.jobs_manage))],
) -> Retried:
    """From the first step on; what a step had stored already is kept."""
    with context.database.write() as session:
        call = retry_call(session, context.audit, principal.actor, call_id, datetime.now(UTC))
    return Retried(call_id=call.call_id, state=CallState(call.state), attempt=call.attempt, revision=call.revision)

"""Legal hold, and the erasure of one call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from api.access import require
from api.context import InContext
from api.parameters import CallId
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.privacy.erase import erase_call
from triage.privacy.hold import release_hold, set_hold

router = APIRouter(tags=["privacy"])
Manager = Annotated[Principal, Depends(require(Right.privacy_manage))]


class Reason(BaseModel):
    """Why."""

    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200, pattern=r"^[^\x00]*$")
    ] = Field(description="A file number or the like, no names: it stays in the audit trail.")


class HoldView(BaseModel):
    """Whether a call is held."""

    call_id: str
    held: bool
    reason: str | None
    released_at: datetime | None = Field(description="Since when the retention policy's terms run again.")


class ErasedView(BaseModel):
    """What the erasure of a call reached, and what is left to do by people."""

    call_id: str
    datasets: list[str] = Field(description="Data sets that had a row of it; files made of them still do.")
    models: list[str] = Field(description="Models trained on these: train them anew.")
    shared_ticket: bool = Field(description="Its ticket is about other calls too and was left as it is.")
    todo: list[str] = Field(description="What is left to do, in Indonesian.")


@router.post(
    "/v1/calls/{call_id}/hold", summary="Tahan / put under legal hold", responses=problems(401, 403, 404, 409, 422)
)
def hold_call(call_id: CallId, body: Reason, context: InContext, principal: Manager) -> HoldView:
    """Nothing of the call is removed, whatever the retention policy says, until it is released."""
    with context.database.write() as session:
        call = set_hold(session, context.audit, principal.actor, call_id, body.reason)
        return HoldView(call_id=call_id, held=True, reason=call.legal_hold, released_at=None)


@router.delete("/v1/calls/{call_id}/hold", summary="Lepaskan / release", responses=problems(401, 403, 404, 409, 422))
def release_call(call_id: CallId, body: Reason, context: InContext, principal: Manager) -> HoldView:
    """Releases a call from its hold, and one of a kept type from being kept. The terms begin anew."""
    now = datetime.now(UTC)
    with context.database.write() as session:
        release_hold(session, context.audit, principal.actor, call_id, body.reason, now)
    return HoldView(call_id=call_id, held=False, reason=None, released_at=now)


@router.delete(
    "/v1/calls/{call_id}", summary="Hapus satu panggilan / erase one call", responses=problems(401, 403, 404, 409, 422)
)
def erase(call_id: CallId, body: Reason, context: InContext, principal: Manager) -> ErasedView:
    """Removes sound, words and training rows for good, and names the models trained on them. It cannot be undone."""
    with context.database.write() as session:
        erased = erase_call(
            session, context.storage, context.audit, principal.actor, call_id, body.reason, datetime.now(UTC)
        )
    return ErasedView(
        call_id=call_id,
        datasets=list(erased.datasets),
        models=list(erased.models),
        shared_ticket=erased.shared_ticket,
        todo=erased.todo,
    )

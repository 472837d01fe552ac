"""The audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.access import require
from api.context import InContext
from api.parameters import Cursor, Moment
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.audit import Anchor, current_anchor, verify
from triage.store.paging import read_cursor, write_cursor
from triage.store.repositories.audit import AuditFilter, audit_page

router = APIRouter(tags=["audit"])
Reader = Annotated[Principal, Depends(require(Right.audit_read))]
Text = Annotated[str | None, Query(min_length=1, max_length=128, pattern=r"^[^\x00]*$")]


class AuditView(BaseModel):
    """A row of the trail: who did what to which thing, when, from where."""

    id: int
    at: datetime
    actor: str = Field(description="user:NAME, token:NAME, cli:NAME or system:PART.")
    action: str
    object_kind: str
    object_id: str
    source: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """A page of the trail, newest first."""

    items: list[AuditView]
    next: str | None


class FindingView(BaseModel):
    """Where the trail is broken."""

    kind: Literal["edited", "removed", "inserted", "head", "anchor"]
    row: int
    until: int
    message: str = Field(description="In Indonesian.")


class VerifiedView(BaseModel):
    """What the check of the whole trail found; nothing: it is sound."""

    rows: int
    findings: list[FindingView]
    anchor: str = Field(description="The end of the trail: note it down elsewhere, and give it to a later check.")


@router.get("/v1/audit", summary="Jejak audit / the audit trail", responses=problems(401, 403, 422))
def get_audit(
    context: InContext,
    principal: Reader,
    actor: Text = None,
    action: Text = None,
    object_kind: Text = None,
    object_id: Text = None,
    since: Annotated[Moment | None, Query(alias="from", description="At or after.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Before.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """Newest first. An actor without its kind is a user, a token or any other of that name."""
    wanted = AuditFilter(actor, action, object_kind, object_id, since, until)
    before = read_cursor(cursor, 1)[0] if cursor else None
    with context.database.read() as session:
        rows = audit_page(session, wanted, before, limit + 1)
    return AuditPage(
        items=[AuditView.model_validate(row, from_attributes=True) for row in rows[:limit]],
        next=write_cursor(rows[limit - 1].id) if len(rows) > limit else None,
    )


@router.get("/v1/audit/verify", summary="Periksa jejak audit / check the trail", responses=problems(401, 403, 422))
def verify_audit(
    context: InContext,
    principal: Reader,
    anchor: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,15}:[0-9a-f]{64}$", description="Of an earlier check.")
    ] = None,
) -> VerifiedView:
    """Reads the whole trail, which takes a while for a long one."""
    with context.database.read() as session:
        count, findings = verify(session, context.key, Anchor.read(anchor) if anchor else None)
        end = current_anchor(session)
    return VerifiedView(
        rows=count,
        findings=[FindingView(kind=one.kind, row=one.row, until=one.until, message=one.message_id) for one in findings],
        anchor=str(end),
    )

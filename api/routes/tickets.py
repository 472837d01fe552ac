"""Tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.access import require
from api.case_views import TicketDetail, TicketPage, ticket_detail, ticket_view
from api.context import Context, InContext
from api.parameters import Cursor, Limit, Moment
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.casework.forms import Code, TicketNumber, TicketStatusForm
from triage.casework.tickets import get_ticket
from triage.store.paging import read_cursor, write_cursor
from triage.store.repositories import tickets as repository
from triage.store.tables import TicketStatus

router = APIRouter(tags=["tickets"])

Number = Annotated[TicketNumber, Path()]
Reader = Annotated[Principal, Depends(require(Right.tickets_read))]


@router.get("/v1/tickets", summary="Daftar tiket / tickets", responses=problems(401, 403, 422, 429, 503))
def get_tickets(
    context: InContext,
    principal: Reader,
    status: TicketStatus | None = None,
    complaint_type: Annotated[Code | None, Query()] = None,
    target_opd: Annotated[Code | None, Query()] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Opened at or after.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Opened before.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TicketPage:
    """Newest first."""
    wanted = repository.TicketFilter(status, complaint_type, target_opd, since, until)
    before = read_cursor(cursor, 1)[0] if cursor else None
    with context.database.read() as session:
        rows = repository.ticket_page(session, wanted, before, limit + 1)
    return TicketPage(
        items=[ticket_view(ticket, callers) for ticket, callers in rows[:limit]],
        next=write_cursor(rows[limit - 1][0].id) if len(rows) > limit else None,
    )


@router.get("/v1/tickets/{number}", summary="Satu tiket / one ticket", responses=problems(401, 403, 404, 422, 429, 503))
def read_ticket(number: Number, context: InContext, principal: Reader) -> TicketDetail:
    """A ticket and the calls about it."""
    return _detail(context, number)


@router.patch(
    "/v1/tickets/{number}",
    summary="Status tiket / status of a ticket",
    responses=problems(400, 401, 403, 404, 409, 422, 429, 503),
)
def change_ticket(
    number: Number,
    form: TicketStatusForm,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.tickets_write))],
) -> TicketDetail:
    """baru -> diterima -> selesai, or batal; selesai and batal are final. The OPD is told."""
    context.desk.change_ticket(principal, number, form, datetime.now(UTC))
    return _detail(context, number)


def _detail(context: Context, number: str) -> TicketDetail:
    with context.database.read() as session:
        ticket = get_ticket(session, number)
        return ticket_detail(ticket, repository.calls_of(session, ticket.id))

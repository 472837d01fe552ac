"""The queue, lists of calls, and the page of one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.access import require
from api.case_views import CallLine, CallLines, CallPage, SimilarTickets, call_page, similar_view
from api.context import InContext
from api.parameters import NO_STORE, CallId, Cursor, Limit, Moment
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.casework.forms import Code, Disposition
from triage.casework.similar import similar_tickets
from triage.store.calls import get_call
from triage.store.paging import from_microseconds, read_cursor, to_microseconds, write_cursor
from triage.store.repositories import decisions, queue, search, tickets
from triage.store.tables import CallState, Verdict

router = APIRouter(tags=["calls"])

Reader = Annotated[Principal, Depends(require(Right.calls_read))]


@router.get("/v1/queue", summary="Antrean petugas / the operators' queue", responses=problems(401, 403, 422, 429, 503))
def get_queue(
    context: InContext,
    principal: Reader,
    complaint_type: Annotated[Code | None, Query()] = None,
    target_opd: Annotated[Code | None, Query()] = None,
    listen: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CallLines:
    """Calls that wait for a decision: the most urgent first, of these the one that came first."""
    wanted = queue.QueueFilter(complaint_type, target_opd, listen)
    after = _queue_key(cursor) if cursor else None
    with context.database.read() as session:
        lines = queue.queue_page(session, wanted, after, limit + 1)
    more = len(lines) > limit
    last = lines[limit - 1] if more else None
    return CallLines(
        items=_lines(lines[:limit]),
        next=write_cursor(last.rank, to_microseconds(last.received_at), last.id) if last else None,
    )


@router.get("/v1/calls", summary="Cari panggilan / search calls", responses=problems(401, 403, 422, 429, 503))
def get_calls(
    context: InContext,
    principal: Reader,
    q: Annotated[str, Query(max_length=200, description="Words that were said, all of them.")] = "",
    state: CallState | None = None,
    disposition: Disposition | None = None,
    complaint_type: Annotated[Code | None, Query()] = None,
    target_opd: Annotated[Code | None, Query()] = None,
    caller_last3: Annotated[str | None, Query(pattern=r"^[0-9]{3}$")] = None,
    verdict: Annotated[Verdict | None, Query(description="cannot_tell and bad_transcript wait for QA.")] = None,
    agreed: Annotated[bool | None, Query(description="false: decided against the suggestion.")] = None,
    reviewed: Annotated[bool | None, Query(description="Whether QA has reviewed it.")] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Received at or after.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Received before.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CallLines:
    """Newest first. With several conditions a page may be short, even empty, although `next` says that it goes on."""
    words = search.words_of(q)
    if q.strip() and not words:
        return CallLines(items=[], next=None)
    wanted = search.CallFilter(
        words, state, disposition, complaint_type, target_opd, caller_last3, verdict, agreed, reviewed, since, until
    )
    before = read_cursor(cursor, 1)[0] if cursor else None
    with context.database.read() as session:
        page = search.find_calls(session, wanted, before, limit)
    return CallLines(items=_lines(page.lines), next=write_cursor(page.before) if page.before is not None else None)


@router.get(
    "/v1/calls/{call_id}", summary="Satu panggilan / one call", responses=problems(401, 403, 404, 422, 429, 503)
)
def get_call_page(call_id: CallId, context: InContext, principal: Reader, response: Response) -> CallPage:
    """Metadata, the last suggestion with its transcript, decisions, ticket. Reading it is noted in the audit trail."""
    with context.database.read() as session:
        call = get_call(session, call_id)
        found = decisions.suggestion_with_transcript(session, call.id)
        ticket = tickets.ticket_of(session, call.id)
        page = call_page(
            call,
            found,
            decisions.suggestion_versions(session, call.id),
            decisions.decisions_of(session, call.id),
            (ticket, tickets.callers(session, ticket.id)) if ticket else None,
        )
    with context.database.write() as session:
        context.audit.record(session, principal.actor, "call.read", "call", call_id)
    response.headers.update(NO_STORE)
    return page


@router.get(
    "/v1/calls/{call_id}/similar-tickets",
    summary="Mungkin kejadian yang sama / maybe the same incident",
    responses=problems(401, 403, 404, 422, 429, 503),
)
def get_similar_tickets(
    call_id: CallId,
    context: InContext,
    principal: Reader,
    complaint_type: Annotated[Code | None, Query(description="By default the call's.")] = None,
    place_id: Annotated[Code | None, Query(description="By default that of the decision, or those heard.")] = None,
) -> SimilarTickets:
    """Open tickets of the same or a similar type, near in place and time. Send one's number as `same_incident_as`."""
    with context.database.read() as session:
        found = similar_tickets(session, context.taxonomy, get_call(session, call_id), complaint_type, place_id)
    return SimilarTickets(items=[similar_view(one) for one in found])


def _queue_key(cursor: str) -> queue.QueueKey:
    rank, received, key = read_cursor(cursor, 3)
    return rank, from_microseconds(received), key


def _lines(rows: Sequence[queue.Line]) -> list[CallLine]:
    return [CallLine.model_validate(row) for row in rows]

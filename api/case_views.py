"""What lists of calls, a call's page, tickets and reviews answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from triage.casework.forms import Disposition, Fault
from triage.casework.similar import Similar
from triage.store.tables import (
    Call,
    CallState,
    Decision,
    Review,
    SuggestionRow,
    Ticket,
    TicketStatus,
    TranscriptRow,
    Verdict,
)


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CallLine(_View):
    """A call in a list: nothing of what was said. Its answer is the suggestion's, after a decision the decision's."""

    call_id: str
    state: CallState
    revision: int
    rank: int = Field(description="Order of the queue, lower first.")
    received_at: datetime
    started_at: datetime
    duration: float | None = Field(description="Seconds.")
    caller_last3: str | None
    listen: bool | None = Field(description="A person must hear it before anything else; null before the suggestion.")
    disposition: Disposition | None
    complaint_type: str | None
    target_opd: str | None
    priority: str | None
    ghost_kind: str | None
    verdict: Verdict | None = Field(description="Of the last decision.")
    agreed: bool | None = Field(description="Whether that decision is the suggestion's answer.")
    error_code: str | None


class CallLines(BaseModel):
    """A page of a list."""

    items: list[CallLine]
    next: str | None = Field(
        description="Cursor of the next page; null at the end. A page may be short, even empty, before the end."
    )


class SuggestionVersion(_View):
    """Which models made a suggestion, and when."""

    recogniser: str
    classifier: str
    taxonomy: str
    created_at: datetime


class DecisionView(_View):
    """A decision."""

    user: str
    verdict: Verdict
    disposition: Disposition | None
    complaint_type: str | None
    target_opd: str | None
    priority: str | None
    ghost_kind: str | None
    place_id: str | None
    place_text: str | None
    agreed: bool | None
    seconds: float
    note: str | None
    created_at: datetime


class TicketView(_View):
    """A ticket. number can be read out on the phone."""

    number: str
    revision: int
    status: TicketStatus
    complaint_type: str
    target_opd: str
    priority: str
    place_id: str | None
    place_text: str | None
    latitude: float | None = Field(description="WGS 84; of the place, or of its kelurahan.")
    longitude: float | None
    description: str
    source: str = Field(description="call or open311.")
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    callers: int = Field(description="Calls about this incident.")


class TicketPage(BaseModel):
    """A page of tickets."""

    items: list[TicketView]
    next: str | None


class TicketDetail(TicketView):
    """A ticket and the calls about it, the one it was opened for first."""

    call_ids: list[str]


class CallPage(CallLine):
    """A call with all that is known of it."""

    source: str
    direction: str | None
    queue: str | None
    agent: str | None
    file_name: str
    audio_bytes: int
    has_audio: bool = Field(description="false once the recording is removed.")
    legal_hold: str | None
    updated_at: datetime
    suggestion: dict[str, Any] | None = Field(
        description="The last one, field by field as POST /v1/suggestions answers it; null where there is none."
    )
    suggestions: list[SuggestionVersion] = Field(description="All there were, the last one first.")
    decisions: list[DecisionView] = Field(description="The last one, which counts, first.")
    ticket: TicketView | None


class DecisionAnswer(BaseModel):
    """A decision was kept."""

    call_id: str
    revision: int = Field(description="Of the call, now.")
    decision: DecisionView
    ticket: TicketView | None = Field(description="The ticket that the call is about.")


class SimilarTicket(BaseModel):
    """An open ticket that may be about the same incident."""

    ticket: TicketView
    kilometres: float | None
    minutes: int = Field(description="From the ticket to the call; negative: the ticket came later.")
    reason: str = Field(description="Why it is offered, in Indonesian.")


class SimilarTickets(BaseModel):
    """The best first, at most ten."""

    items: list[SimilarTicket]


class ReviewView(_View):
    """A reviewer's finding."""

    user: str
    faults: list[Fault]
    disposition: Disposition | None
    complaint_type: str | None
    target_opd: str | None
    note: str | None
    created_at: datetime


class Reviews(BaseModel):
    """All reviews of a call, the last one first."""

    items: list[ReviewView]


def call_page(
    call: Call,
    suggestion: tuple[SuggestionRow, TranscriptRow | None] | None,
    versions: Sequence[Row[str, str, str, datetime]],
    decisions: Sequence[tuple[Decision, str]],
    ticket: tuple[Ticket, int] | None,
) -> CallPage:
    """All that is known of a call; decisions with the names of who made them, the ticket with its callers."""
    return CallPage.model_validate(
        _joined(
            call,
            CallPage,
            has_audio=call.audio_uri is not None,
            suggestion=_contract(*suggestion) if suggestion else None,
            suggestions=[SuggestionVersion.model_validate(row) for row in versions],
            decisions=[decision_view(row, user) for row, user in decisions],
            ticket=ticket_view(*ticket) if ticket else None,
        )
    )


def _contract(suggestion: SuggestionRow, transcript: TranscriptRow | None) -> dict[str, Any]:
    """The suggestion in the form of docs/suggestion.md: the transcript is kept apart from it."""
    return {**suggestion.body, "transcript": transcript.body if transcript else None}


def decision_view(row: Decision, user: str) -> DecisionView:
    """A decision and the name of who made it."""
    return DecisionView.model_validate(_joined(row, DecisionView, user=user))


def review_view(row: Review, user: str) -> ReviewView:
    """A review and the name of the reviewer."""
    return ReviewView.model_validate(_joined(row, ReviewView, user=user))


def ticket_view(row: Ticket, callers: int) -> TicketView:
    """A ticket and its number of callers."""
    return TicketView.model_validate(_joined(row, TicketView, callers=callers))


def ticket_detail(row: Ticket, call_ids: Sequence[str]) -> TicketDetail:
    """A ticket and the calls about it."""
    return TicketDetail.model_validate(_joined(row, TicketDetail, callers=len(call_ids), call_ids=list(call_ids)))


def similar_view(one: Similar) -> SimilarTicket:
    """A ticket that is offered."""
    return SimilarTicket(
        ticket=ticket_view(one.ticket, one.callers), kilometres=one.kilometres, minutes=one.minutes, reason=one.reason
    )


def _joined(row: object, view: type[BaseModel], **more: Any) -> dict[str, Any]:
    """The view's fields of a row, and those that are not in it."""
    return {name: getattr(row, name) for name in view.model_fields if name not in more} | more

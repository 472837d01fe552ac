"""Decisions and reviews."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import require
from api.case_views import DecisionAnswer, Reviews, ReviewView, decision_view, review_view, ticket_view
from api.context import InContext
from api.parameters import NO_STORE, CallId
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.casework.forms import DecisionForm, ReviewForm
from triage.store.calls import get_call
from triage.store.repositories.reviews import reviews_of

router = APIRouter(tags=["decisions"])


@router.post(
    "/v1/calls/{call_id}/decision",
    status_code=201,
    summary="Putuskan / decide",
    responses=problems(400, 401, 403, 404, 409, 422, 429, 503),
)
def create_decision(
    call_id: CallId,
    form: DecisionForm,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.calls_decide))],
) -> DecisionAnswer:
    """Decision, ticket, messages to OPDs and audit row together, or nothing. 409: somebody else was faster."""
    decided = context.desk.decide(principal, call_id, form, datetime.now(UTC))
    return DecisionAnswer(
        call_id=call_id,
        revision=decided.revision,
        decision=decision_view(decided.decision, principal.name),
        ticket=ticket_view(decided.ticket, decided.callers) if decided.ticket else None,
    )


@router.post(
    "/v1/calls/{call_id}/reviews",
    status_code=201,
    summary="Nilai / review",
    responses=problems(400, 401, 403, 404, 422, 429, 503),
)
def create_review(
    call_id: CallId,
    form: ReviewForm,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.reviews_write))],
) -> ReviewView:
    """What was wrong with suggestion, decision or transcript, and what would have been right."""
    return review_view(context.desk.review(principal, call_id, form, datetime.now(UTC)), principal.name)


@router.get(
    "/v1/calls/{call_id}/reviews",
    summary="Penilaian panggilan / reviews of a call",
    responses=problems(401, 403, 404, 422, 429, 503),
)
def get_reviews(
    call_id: CallId,
    context: InContext,
    response: Response,
    principal: Annotated[Principal, Depends(require(Right.reviews_write))],
) -> Reviews:
    """For QA: reviews say who was wrong."""
    response.headers.update(NO_STORE)
    with context.database.read() as session:
        call = get_call(session, call_id)
        return Reviews(items=[review_view(row, user) for row, user in reviews_of(session, call.id)])

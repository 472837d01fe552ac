"""A recording in, a suggestion out, nothing stored; the taxonomy; health."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from api.access import check_right, current_principal
from api.context import InContext
from api.examples import SUGGESTION
from api.health import Health
from api.responses import problems
from api.taxonomy_view import TaxonomyView, taxonomy_view
from triage.accounts.rights import Right
from triage.suggestion.model import Suggestion

router = APIRouter()


@router.post(
    "/v1/suggestions",
    summary="Rekaman menjadi saran / a recording becomes a suggestion",
    response_class=Response,
    responses={
        200: {
            "model": Suggestion,
            "description": "The suggestion, as `triage call FILE --json` prints it.",
            "content": {"application/json": {"example": SUGGESTION}},
        },
        **problems(401, 403, 413, 422, 502),
    },
)
async def create_suggestion(
    request: Request,
    context: InContext,
    file: UploadFile,
    call_id: Annotated[
        str | None,
        Form(pattern=r"^[A-Za-z0-9._:-]{1,128}$", description="Your id; by default from the file's SHA-256."),
    ] = None,
    caller_channel: Annotated[
        Literal["left", "right"] | None, Form(description="Stereo channel of the caller; by default as set.")
    ] = None,
) -> Response:
    """Send a recording as multipart/form-data. Nothing is stored."""
    if not context.settings.suggestions_public:
        principal = await run_in_threadpool(current_principal, request, context)
        check_right(principal, Right.calls_ingest, Right.calls_read)
    body = await context.service.suggest(file.file, file.filename or "recording", call_id, caller_channel)
    return Response(body, media_type="application/json")


@router.get("/v1/taxonomy", summary="Jenis aduan, OPD, jenis ghost, pengecualian keselamatan / the taxonomy in use")
def get_taxonomy(context: InContext) -> TaxonomyView:
    """Codes and names that suggestions use."""
    return taxonomy_view(context.taxonomy)


@router.get("/health", summary="Model, versi, kelayakan / models, versions, fitness")
def get_health(context: InContext) -> Health:
    """What is loaded, whether its files are whole, and what it must not be used for."""
    return context.service.health

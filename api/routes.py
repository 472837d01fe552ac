"""The routes of the first version."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response, UploadFile

from api.examples import SUGGESTION
from api.health import Health
from api.problems import MEDIA_TYPE, Problem
from api.service import Service
from api.views import TaxonomyView, taxonomy_view
from triage.suggestion.model import Suggestion

router = APIRouter()


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": "Problem document (RFC 9457)", "content": content} for status in statuses}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


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
        **_problems(400, 413, 422, 502, 503),
    },
)
async def create_suggestion(
    request: Request,
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
    body = await _service(request).suggest(file.file, file.filename or "recording", call_id, caller_channel)
    return Response(body, media_type="application/json")


@router.get("/v1/taxonomy", summary="Jenis aduan, OPD, jenis ghost, pengecualian keselamatan / the taxonomy in use")
def get_taxonomy(request: Request) -> TaxonomyView:
    """Codes and names that suggestions use."""
    return taxonomy_view(_service(request).pipeline.taxonomy)


@router.get("/health", summary="Model, versi, kelayakan / models, versions, fitness")
def get_health(request: Request) -> Health:
    """What is loaded, whether its files are whole, and what it must not be used for."""
    return _service(request).health

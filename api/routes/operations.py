"""For those who keep the service running: is it ready, and its figures."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from api.access import check_right, current_principal
from api.context import InContext
from api.responses import problems
from triage.accounts.rights import Right
from triage.operations.metrics import render
from triage.operations.ready import check_ready

router = APIRouter(tags=["operations"])


class Ready(BaseModel):
    """The service can take calls."""

    status: Literal["ready"] = "ready"


@router.get("/ready", summary="Siap menerima panggilan? / ready for calls?", responses=problems(503))
def get_ready(context: InContext) -> Ready:
    """503 with what is missing where database or storage cannot be used."""
    check_ready(context.database, context.storage)
    return Ready()


@router.get(
    "/metrics",
    summary="Angka untuk Prometheus / figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **problems(401, 403, 503)},
)
def get_metrics(request: Request, context: InContext) -> Response:
    """Needs the right metrics:read, unless TRIAGE_METRICS_PUBLIC is set."""
    if not context.settings.metrics_public:
        check_right(current_principal(request, context), Right.metrics_read)
    return Response(render(context.figures), media_type=CONTENT_TYPE_LATEST)

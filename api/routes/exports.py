"""Exports: calls, tickets, decisions as files."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.access import require
from api.context import InContext
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.reports.export import ExportKind, export
from triage.reports.files import MEDIA_TYPES, FileFormat

router = APIRouter(tags=["reports"])


@router.get(
    "/v1/exports/{kind}.{file_format}",
    summary="Ekspor / export",
    response_class=FileResponse,
    responses={
        200: {"description": "The file.", "content": {media: {} for media in MEDIA_TYPES.values()}},
        **problems(401, 403, 422, 503),
    },
)
def get_export(
    kind: ExportKind,
    file_format: FileFormat,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.reports_read))],
    first: Annotated[date, Query(alias="from", description="First day, in the call centre's time zone.")],
    last: Annotated[date, Query(alias="to", description="Last day, included.")],
) -> FileResponse:
    """A row a call, ticket or decision: no transcript, no caller, no free text. Noted before it is sent."""
    descriptor, name = tempfile.mkstemp(suffix=f".{file_format}")
    os.close(descriptor)
    path = Path(name)
    try:
        with context.database.read() as session:
            count = export(session, kind, file_format, first, last, path, context.taxonomy, context.settings.time_zone)
        with context.database.write() as session:
            context.audit.record(
                session,
                principal.actor,
                "export",
                "export",
                kind,
                format=file_format.value,
                first=first.isoformat(),
                last=last.isoformat(),
                rows=count,
            )
    except BaseException:
        path.unlink()
        raise
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[file_format],
        filename=f"{kind}-{first}-{last}.{file_format}",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(path.unlink),
    )

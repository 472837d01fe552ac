"""The recording of a call, to be heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Annotated

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse

from api.access import require
from api.context import InContext
from api.parameters import NO_STORE, CallId
from api.problems import problem
from api.ranges import UnsatisfiableRangeError, read_range
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.casework.listening import listen

router = APIRouter(tags=["calls"])

_CHUNK = 64 * 1024
_SOUND = {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/v1/calls/{call_id}/audio",
    summary="Dengarkan rekaman / hear the recording",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The whole recording, as it came in.", **_SOUND},
        206: {"description": "The range asked for.", **_SOUND},
        **problems(401, 403, 404, 410, 416, 422, 429, 503),
    },
)
def get_audio(
    call_id: CallId,
    context: InContext,
    principal: Annotated[Principal, Depends(require(Right.calls_listen))],
    range_: Annotated[str | None, Header(alias="Range", description="A single range of bytes.")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """Noted in the audit trail once a play: one row covers what one person asks of one recording within ten minutes."""
    heard = listen(context.database, context.audit, principal, call_id, datetime.now(UTC))
    size = context.storage.size(heard.uri)
    tag = f'"{heard.sha256}"'
    headers = {**NO_STORE, "Accept-Ranges": "bytes", "ETag": tag, "X-Content-Type-Options": "nosniff"}
    try:
        wanted = read_range(range_, size) if if_range in (None, tag) else None
    except UnsatisfiableRangeError:
        return problem(
            416,
            "range_unsatisfiable",
            f"Bagian rekaman yang diminta di luar {size} byte. Minta bagian lain, atau seluruhnya.",
            f"The range asked for lies outside of {size} bytes. Ask for another one, or for the whole.",
            {**NO_STORE, "Content-Range": f"bytes */{size}"},
        )
    begin, end = wanted or (0, size)
    headers["Content-Length"] = str(end - begin)
    if wanted:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    file = context.storage.open(heard.uri)
    return StreamingResponse(
        _read(file, begin, end), status_code=206 if wanted else 200, media_type=heard.media_type, headers=headers
    )


def _read(file: IO[bytes], begin: int, end: int) -> Iterator[bytes]:
    """The bytes from begin up to end, in chunks; closes the file."""
    with file:
        file.seek(begin)
        left = end - begin
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk

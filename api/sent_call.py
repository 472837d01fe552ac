"""What POST /v1/calls was sent: a form with a recording, or JSON with its URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, BinaryIO, Literal, TypeVar
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from triage.errors import InputError
from triage.intake.details import Details, Direction

_JSON_BYTES = 64 * 1024
_FIELDS = 20
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(days=1)
_Model = TypeVar("_Model", bound=BaseModel)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("unprintable characters")
    return text


def _nothing_for_empty(value: Any) -> Any:
    return None if value == "" else value


_Text64 = Annotated[
    Annotated[str, Field(max_length=64), AfterValidator(_printable)] | None, BeforeValidator(_nothing_for_empty)
]
_Text128 = Annotated[
    Annotated[str, Field(max_length=128), AfterValidator(_printable)] | None, BeforeValidator(_nothing_for_empty)
]


class CallFields(BaseModel):
    """What is known of a call. What is left out is read from the recording's name, where a PBX has written it there."""

    model_config = ConfigDict(extra="forbid")

    caller_number: _Text64 = Field(default=None, description="As the PBX has it; kept as a keyed hash and 3 digits.")
    started_at: Annotated[
        datetime | None,
        BeforeValidator(_nothing_for_empty),
        Field(description="ISO 8601; without an offset it is the call centre's local time."),
    ] = None
    direction: Annotated[Direction | None, BeforeValidator(_nothing_for_empty)] = None
    queue: _Text64 = None
    agent: _Text64 = None
    pbx_id: _Text128 = Field(default=None, description="The PBX's own id of the call.")
    caller_channel: Annotated[
        Literal["left", "right"] | None,
        BeforeValidator(_nothing_for_empty),
        Field(description="Stereo channel of the caller; by default as set."),
    ] = None

    def details(self, zone: ZoneInfo, now: datetime) -> Details:
        """As the intake takes them. Raises InputError for a start that cannot be."""
        values = self.model_dump(include=set(CallFields.model_fields))
        return Details(**{**values, "started_at": _start(self.started_at, zone, now)})


class CallReference(CallFields):
    """A recording that lies in the storage, or where the installation allows it to be read."""

    url: Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_printable)]


class CallUpload(CallFields):
    """A recording with what is known of it."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"}, description="The recording.")]


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": CallUpload.model_json_schema()},
            "application/json": {"schema": CallReference.model_json_schema()},
        },
    }
}
"""For the OpenAPI document: FastAPI knows no route that takes either."""


@dataclass(frozen=True, slots=True)
class SentCall:
    """upload: an open file, or None where `url` says where the recording is; name: of the recording."""

    fields: CallFields
    name: str
    upload: BinaryIO | None = None
    size: int = 0
    url: str | None = None


@asynccontextmanager
async def read_sent_call(request: Request) -> AsyncIterator[SentCall]:
    """The body, checked; an upload is open inside the block.

    Raises RequestValidationError 422; HTTPException 400, 413, 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        reference = _checked(CallReference, await _small_body(request))
        yield SentCall(reference, reference.url.rstrip("/").rpartition("/")[2], url=reference.url)
    elif kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=_FIELDS) as form:
            values = dict(form)
            file = values.pop("file", None)
            if not isinstance(file, UploadFile):
                raise RequestValidationError([{"loc": ("body", "file"), "msg": "no file", "type": "missing"}])
            fields = _checked(CallFields, values)
            yield SentCall(fields, file.filename or "recording", file.file, file.size or 0)
    else:
        raise HTTPException(415)


def _checked(model: type[_Model], values: bytes | dict[str, Any]) -> _Model:
    try:
        return model.model_validate_json(values) if isinstance(values, bytes) else model.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from None


async def _small_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _JSON_BYTES:
            raise HTTPException(413)
    return body


def _start(given: datetime | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    if given is None:
        return None
    if _EARLIEST.year <= given.year <= now.year + 1:  # else a zone could lead out of what a datetime can say
        start = (given.replace(tzinfo=zone) if given.tzinfo is None else given).astimezone(UTC)
        if _EARLIEST <= start <= now + _CLOCKS_DIFFER:
            return start
    raise InputError(
        "started_at_invalid",
        "Waktu mulai (started_at) tidak mungkin: sebelum tahun 2000 atau di masa depan. Periksa jam PBX.",
        "started_at is impossible: before 2000 or in the future. Check the PBX's clock.",
    )

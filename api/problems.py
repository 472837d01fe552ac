"""Errors as problem documents (RFC 9457): Indonesian first, English beside it."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.headers import headers_of
from triage.errors import RateError, TriageError
from triage.operations.metrics import ERRORS

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)

_TITLES = {
    400: "Permintaan tidak dapat dibaca",
    404: "Tidak ditemukan",
    405: "Metode tidak diizinkan",
    401: "Belum masuk",
    403: "Tidak berhak",
    409: "Bertentangan dengan keadaan sekarang",
    413: "Rekaman terlalu besar",
    415: "Bentuk isi tidak dikenal",
    429: "Terlalu sering",
    422: "Masukan tidak dapat dipakai",
    500: "Galat di layanan",
    502: "Pengenal suara gagal",
    503: "Model tidak siap",
}

_DETAILS = {
    400: ("Isi permintaan rusak. Kirim dalam bentuk yang tertulis di /docs.", "The body is damaged. See /docs."),
    404: ("Tidak ada di sini. Lihat /docs.", "There is nothing here. See /docs."),
    405: ("Metode HTTP ini tidak dikenal di sini. Lihat /docs.", "This HTTP method is not known here. See /docs."),
    413: (
        "Kiriman melebihi batas. Potong rekaman, atau naikkan TRIAGE_MAX_BYTES.",
        "The upload exceeds the limit. Cut the recording, or raise TRIAGE_MAX_BYTES.",
    ),
    415: (
        "Bentuk isi ini tidak dikenal di sini. Kirim multipart/form-data atau application/json; lihat /docs.",
        "This kind of body is not known here. Send multipart/form-data or application/json; see /docs.",
    ),
}


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(description="urn:triage112:problem: and the code.")
    title: str = Field(description="What kind of problem, in Indonesian.")
    status: int
    detail: str = Field(description="What happened and what to do, in Indonesian.")
    detail_en: str = Field(description="The same in English.")
    code: str = Field(description="Stable machine-readable name.")


def problem(status: int, code: str, detail: str, detail_en: str, headers: Any = None) -> JSONResponse:
    """A response holding a problem document."""
    document = Problem(
        type=f"urn:triage112:problem:{code}",
        title=_TITLES.get(status, "Permintaan ditolak" if status < 500 else "Galat di layanan"),
        status=status,
        detail=detail,
        detail_en=detail_en,
        code=code,
    )
    return JSONResponse(document.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def http_problem(status: int, otherwise: str = "", headers: Any = None) -> JSONResponse:
    """The problem document of a bare HTTP status; `otherwise` is the detail where none is kept here."""
    detail, detail_en = _DETAILS.get(status, (otherwise, otherwise))
    return problem(status, f"http_{status}", detail, detail_en, headers)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the app with a problem document."""
    app.add_exception_handler(TriageError, _triage_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def problem_of(request: Request, error: TriageError | RequestValidationError | HTTPException) -> JSONResponse:
    """The answer to an error, for routes that answer errors in a form of their own."""
    if isinstance(error, TriageError):
        return _triage_error(request, error)
    return (_http_error if isinstance(error, HTTPException) else _invalid_request)(request, error)


def _triage_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TriageError)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateError) else None
    return problem(error.status, error.code, error.message_id, error.message_en, headers)


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(dict.fromkeys(".".join(str(part) for part in item["loc"][1:]) for item in error.errors()))
    return problem(
        422,
        "request_invalid",
        f"Isian kurang atau salah: {fields}. Lihat /docs untuk isian alamat ini.",
        f"Missing or wrong fields: {fields}. See /docs for the fields of this address.",
    )


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return http_problem(error.status_code, str(error.detail), error.headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    """What nobody foresaw: logged in full, told without its insides."""
    ERRORS.inc()
    route = getattr(request.scope.get("route"), "path", "none")  # a path may hold what is private
    _log.error("unexpected error at %s", route, exc_info=error)
    return problem(
        500,
        "unexpected",
        "Terjadi galat yang tidak terduga; rekaman tidak diproses. Laporkan kepada pengelola beserta waktunya.",
        "An unexpected error happened; the recording was not processed. Report it to the administrator with the time.",
        headers_of(request.app.state.context.settings.cookie_secure),  # this answer passes no middleware
    )

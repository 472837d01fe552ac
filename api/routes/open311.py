"""GeoReport v2 (Open311) for other systems of the city: services are complaint types, service requests are tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import check_right, current_principal, require, source_of
from api.context import Context, InContext
from api.open311 import Format, Open311Route, render, render_one, request_record, service_record
from triage.accounts.rights import Principal, Right
from triage.casework.answer import Answer
from triage.casework.tickets import TicketDesk, get_ticket
from triage.errors import AccessError, InputError, MissingError
from triage.store.repositories import open311 as repository
from triage.store.repositories.open311 import RequestFilter

router = APIRouter(prefix="/open311/v2", tags=["open311"], route_class=Open311Route)

PAGE = 1000
"""GeoReport v2: at most 1000 requests, of 90 days where no dates are asked for."""
WINDOW = timedelta(days=90)
NOTICE = "Laporan diteruskan ke petugas Call Center 112. Bila ada bahaya sekarang, telepon 112."
Reader = Annotated[Principal, Depends(require(Right.tickets_read))]
Identifier = Annotated[str, Field(max_length=64)]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/json": {}, "text/xml": {}}}
    for status, text in {
        200: "As GeoReport v2 describes it.",
        400: "A list of errors.",
        401: "A list of errors: no valid token.",
        403: "A list of errors: not allowed.",
        404: "A list of errors: no such thing.",
        429: "A list of errors: too many requests.",
        503: "A list of errors: the store cannot be reached.",
    }.items()
}


class NewRequest(BaseModel):
    """The form of POST requests. Who reports (email, name, phone, device) is accepted and not kept."""

    service_code: Identifier
    lat: float | None = Field(default=None, ge=-90, le=90)
    long: float | None = Field(default=None, ge=-180, le=180)
    address_string: str | None = Field(default=None, max_length=255)
    address_id: Identifier | None = None
    description: str = Field(default="", max_length=4000)
    jurisdiction_id: Identifier | None = None
    api_key: str | None = Field(default=None, max_length=256, description="Our token; or send it as a bearer token.")
    media_url: str | None = Field(default=None, max_length=1000, description="Accepted and not kept.")


@router.get("/discovery.{form}", summary="GeoReport v2: discovery", responses=_ANSWERS, response_class=Response)
def get_discovery(form: Format, request: Request, context: InContext) -> Response:
    """Where the service is and what it speaks."""
    record = {
        "changeset": context.taxonomy.version,
        "contact": "Call Center 112",
        "key_service": "Token dari pengelola: triage tokens add NAMA --scope open311:write --scope tickets:read",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{str(request.base_url).rstrip('/')}/open311/v2",
                "changeset": context.taxonomy.version,
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }
    return render_one("discovery", record, form)


@router.get("/services.{form}", summary="GeoReport v2: services", responses=_ANSWERS, response_class=Response)
def get_services(form: Format, context: InContext) -> Response:
    """The complaint types."""
    records = [service_record(code, context.taxonomy) for code in context.taxonomy.types]
    return render("services", "service", records, form)


@router.get("/services/{code}.{form}", summary="GeoReport v2: one service", responses=_ANSWERS, response_class=Response)
def get_service(code: Identifier, form: Format, context: InContext) -> Response:
    """Its attributes: none."""
    _check_service(code, context)
    return render_one("service_definition", {"service_code": code, "attributes": []}, form)


@router.get("/requests.{form}", summary="GeoReport v2: requests", responses=_ANSWERS, response_class=Response)
def get_requests(
    form: Format,
    context: InContext,
    principal: Reader,
    service_request_id: Annotated[str | None, Query(max_length=4000, description="Several with commas.")] = None,
    service_code: Annotated[str | None, Query(max_length=4000, description="Several with commas.")] = None,
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    status: Annotated[Literal["open", "closed", "open,closed"] | None, Query()] = None,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """Newest first; without dates those of the last 90 days, without ids at most 1000 a page."""
    numbers = service_request_id.split(",") if service_request_id else None
    until = _aware(end_date)
    since = _aware(start_date)
    if since is None and numbers is None:
        since = (until or datetime.now(UTC)) - WINDOW
    wanted = RequestFilter(
        numbers=numbers,
        complaint_types=service_code.split(",") if service_code else None,
        open=None if status in (None, "open,closed") else status == "open",
        since=since,
        until=until,
    )
    with context.database.read() as session:
        tickets = repository.requests(session, wanted, (page - 1) * PAGE, PAGE)
    return render("service_requests", "request", [request_record(one, context.taxonomy) for one in tickets], form)


@router.get(
    "/requests/{number}.{form}", summary="GeoReport v2: one request", responses=_ANSWERS, response_class=Response
)
def get_request(number: Identifier, form: Format, context: InContext, principal: Reader) -> Response:
    """One ticket."""
    with context.database.read() as session:
        ticket = get_ticket(session, number)
    return render("service_requests", "request", [request_record(ticket, context.taxonomy)], form)


@router.get("/tokens/{token}.{form}", summary="GeoReport v2: token", responses=_ANSWERS, response_class=Response)
def get_token(token: Identifier, form: Format, context: InContext, principal: Reader) -> Response:
    """A request has its id at once, so its token is its id."""
    with context.database.read() as session:
        ticket = get_ticket(session, token)
    return render("service_requests", "request", [{"service_request_id": ticket.number, "token": ticket.number}], form)


@router.post(
    "/requests.{form}",
    status_code=201,
    summary="GeoReport v2: new request",
    responses={**_ANSWERS, 201: {**_ANSWERS[200]}},
    response_class=Response,
)
def add_request(form: Format, body: Annotated[NewRequest, Form()], request: Request, context: InContext) -> Response:
    """Opens a ticket for the type's main OPD. Where it happens must be given, in one of the standard's three ways."""
    principal = _writer(request, context, body.api_key)
    _check_service(body.service_code, context)
    answer, point = _answer(body, context)
    now = datetime.now(UTC)
    with context.database.write() as session:
        ticket = TicketDesk(context.settings).open(session, answer, body.description or None, now, point=point)
        context.audit.record(session, principal.actor, "ticket.create", "ticket", ticket.number, by="open311")
    record = {"service_request_id": ticket.number, "service_notice": NOTICE, "account_id": None}
    return render("service_requests", "request", [record], form, status=201)


def _answer(body: NewRequest, context: Context) -> tuple[Answer, tuple[float, float] | None]:
    """Type's main OPD and usual priority: GeoReport v2 has no field for either. Raises InputError without a place."""
    point = (body.lat, body.long) if body.lat is not None and body.long is not None else None
    if point is None and not body.address_string:
        raise InputError(
            "open311_place",
            "Tempat kejadian kurang: kirim lat dan long, atau address_string.",
            "The place is missing: send lat and long, or address_string.",
        )
    kind = context.taxonomy.types[body.service_code]
    answer = Answer(
        disposition="ticket",
        complaint_type=kind.code,
        target_opd=kind.main_opd,
        priority=kind.priority,
        place_text=body.address_string or None,
    )
    return answer, point


def _check_service(code: str, context: Context) -> None:
    if code not in context.taxonomy.types:
        raise MissingError(
            "service_missing",
            f"Tidak ada layanan {code}. Lihat /open311/v2/services.json.",
            f"There is no service {code}. See /open311/v2/services.json.",
        )


def _writer(request: Request, context: Context, api_key: str | None) -> Principal:
    """Who writes: by bearer token or session as everywhere, or by the standard's api_key. Raises AccessError."""
    if api_key is not None and "authorization" not in request.headers:
        principal = context.tokens.find(api_key, source_of(request), datetime.now(UTC))
        if principal is None:
            raise AccessError(
                "api_key",
                "api_key tidak berlaku. Minta yang baru.",
                "The api_key is not valid. Ask for a new one.",
                status=401,
            )
    else:
        principal = current_principal(request, context)
    check_right(principal, Right.open311_write)
    return principal


def _aware(moment: datetime | None) -> datetime | None:
    """GeoReport v2 dates without a zone are taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

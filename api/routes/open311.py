"""GeoReport v2 (Open311) for other systems of the city: services are complaint types, service requests are tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Header, Query, Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from api.access import check_right, current_principal, require, source_of
from api.context import Context, InContext
from api.open311 import Format, Open311Route, render, render_one, request_record, service_record
from api.parameters import plausible
from triage.accounts.rights import Principal, Right
from triage.casework.reported import Report, take_report
from triage.casework.tickets import get_ticket
from triage.errors import AccessError, MissingError
from triage.secret import keyed_hash
from triage.store.repositories import open311 as repository
from triage.store.repositories.open311 import RequestFilter


def check_jurisdiction(
    context: InContext, jurisdiction_id: Annotated[str | None, Query(max_length=64, description="The city.")] = None
) -> None:
    """Dependency of all routes. Raises MissingError where another city is asked for."""
    _check_jurisdiction(jurisdiction_id, context)


router = APIRouter(
    prefix="/open311/v2", tags=["open311"], route_class=Open311Route, dependencies=[Depends(check_jurisdiction)]
)

PAGE = 1000
"""GeoReport v2: at most 1000 requests, of 90 days where no dates are asked for."""
WINDOW = timedelta(days=90)
NOTICE = "Laporan diteruskan ke petugas Call Center 112. Bila ada bahaya sekarang, telepon 112."
Reader = Annotated[Principal, Depends(require(Right.tickets_read))]
Identifier = Annotated[str, Field(max_length=64)]
_EMPTY_IS_NONE = BeforeValidator(lambda value: None if value == "" else value)
"""GeoReport v2: an empty parameter is as good as none."""
Codes = Annotated[str | None, Field(max_length=4000), _EMPTY_IS_NONE]
Statuses = Annotated[str | None, Field(pattern="^(open|closed)(,(open|closed))*$"), _EMPTY_IS_NONE]
Page = Annotated[int | None, Field(ge=1, le=1000), _EMPTY_IS_NONE]
Date = Annotated[
    datetime | None, AfterValidator(lambda moment: plausible(_aware(moment)) if moment else None), _EMPTY_IS_NONE
]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/json": {}, "text/xml": {}}}
    for status, text in {
        200: "As GeoReport v2 describes it.",
        400: "A list of errors.",
        403: "A list of errors: no valid token, or not allowed.",
        404: "A list of errors: no such thing.",
        429: "A list of errors: too many requests.",
        503: "A list of errors: the store cannot be reached.",
    }.items()
}


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


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
                "url": f"{(context.settings.public_url or str(request.base_url)).rstrip('/')}/open311/v2",
                "changeset": context.taxonomy.version,
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }
    return render_one("discovery", record, form)


@router.get("/services.{form}", summary="GeoReport v2: services", responses=_ANSWERS, response_class=Response)
def get_services(form: Format, context: InContext) -> Response:
    """The complaint types in force."""
    today = datetime.now(ZoneInfo(context.settings.time_zone)).date()
    types = context.taxonomy.types.values()
    records = [service_record(kind.code, context.taxonomy) for kind in types if kind.in_force(today)]
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
    service_request_id: Annotated[Codes, Query(description="Several with commas; then nothing else counts.")] = None,
    service_code: Annotated[Codes, Query(description="Several with commas.")] = None,
    start_date: Annotated[Date, Query(description="Opened at or after; without a zone UTC.")] = None,
    end_date: Annotated[Date, Query(description="Opened at or before.")] = None,
    status: Annotated[Statuses, Query(description="open, closed, or both with a comma.")] = None,
    page: Annotated[Page, Query()] = None,
) -> Response:
    """Newest first; without dates those of the last 90 days, at most 1000 a page."""
    if service_request_id is not None:
        wanted = RequestFilter(numbers=service_request_id.split(","))
    else:
        statuses = set(status.split(",")) if status else {"open", "closed"}
        wanted = RequestFilter(
            complaint_types=service_code.split(",") if service_code else None,
            open=None if len(statuses) == 2 else "open" in statuses,
            since=start_date or (end_date or datetime.now(UTC)) - WINDOW,
            until=end_date,
        )
    with context.database.read() as session:
        tickets = repository.requests(session, wanted, ((page or 1) - 1) * PAGE, PAGE)
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
def add_request(
    form: Format,
    body: Annotated[NewRequest, Form()],
    request: Request,
    context: InContext,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="Your own key of this report: sent twice, it is one ticket."),
    ] = None,
) -> Response:
    """Opens a ticket for the type's main OPD. Where it happens must be given, in one of the standard's three ways."""
    principal = _writer(request, context, body.api_key)
    _check_jurisdiction(body.jurisdiction_id, context)
    _check_service(body.service_code, context)
    report = Report(
        complaint_type=body.service_code,
        description=body.description,
        point=(body.lat, body.long) if body.lat is not None and body.long is not None else None,
        place_text=body.address_string or None,
        place_id=body.address_id,
        idempotency_key=keyed_hash(context.key, "idempotency", f"{principal.actor.name}\0{idempotency_key}")
        if idempotency_key
        else None,
    )
    with context.database.write() as session:
        ticket, new = take_report(session, report, context.settings, context.taxonomy, datetime.now(UTC))
        if new:
            context.audit.record(session, principal.actor, "ticket.create", "ticket", ticket.number, by="open311")
    record = {"service_request_id": ticket.number, "service_notice": NOTICE, "account_id": None}
    return render("service_requests", "request", [record], form, status=201 if new else 200)


def _check_jurisdiction(jurisdiction_id: str | None, context: Context) -> None:
    """One may leave it out, as there is only one here; one of another city is an error (GeoReport v2)."""
    if jurisdiction_id and jurisdiction_id != context.settings.jurisdiction_id:
        raise MissingError(
            "jurisdiction_missing",
            f"jurisdiction_id ini bukan {context.settings.jurisdiction_id}. Periksa alamat servernya.",
            f"This jurisdiction_id is not {context.settings.jurisdiction_id}. Check the server's address.",
        )


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
    request.state.actor = principal.actor.name
    check_right(principal, Right.open311_write)
    return principal

"""GeoReport v2 (Open311): its two formats, its errors, and how a ticket looks there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.problems import problem_of
from triage.casework.answer import places_by_id
from triage.errors import TriageError
from triage.store.repositories.tickets import OPEN
from triage.store.tables import Ticket
from triage.taxonomy import Taxonomy

Record = Mapping[str, Any]
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold."""


_STATUS = {401: 403, 422: 400}
"""GeoReport v2: a wrong or missing api_key is 403, whatever cannot be understood 400."""


class Format(StrEnum):
    """What a client asks for by the path's ending."""

    json = "json"
    xml = "xml"


MEDIA_TYPES = {Format.json: "application/json; charset=utf-8", Format.xml: "text/xml; charset=utf-8"}


class Open311Route(APIRoute):
    """Answers errors as GeoReport v2 wants them: a list of code and description, in the format asked for."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with errors turned into GeoReport's."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            form = Format.xml if request.url.path.endswith(".xml") else Format.json
            try:
                return await handle(request)
            except (TriageError, RequestValidationError, HTTPException) as error:
                problem = problem_of(request, error)
                document = json.loads(bytes(problem.body))
                description = f"{document['detail']} / {document['detail_en']}"
                status = _STATUS.get(problem.status_code, problem.status_code)
                answer = render("errors", "error", [{"code": status, "description": description}], form, status=status)
                if "retry-after" in problem.headers:
                    answer.headers["retry-after"] = problem.headers["retry-after"]
                return answer

        return handled


def render(root: str, item: str, records: Sequence[Record], form: Format, *, status: int = 200) -> Response:
    """A list in the format asked for. root, item: names of the XML elements."""
    if form == Format.json:
        content = json.dumps(list(records), ensure_ascii=False).encode()
    else:
        element = ElementTree.Element(root)
        for record in records:
            _append(element, item, record)
        content = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return Response(content, status, media_type=MEDIA_TYPES[form])


def render_one(root: str, record: Record, form: Format) -> Response:
    """One record that is no list: a service's definition, the discovery document."""
    if form == Format.json:
        return Response(json.dumps(record, ensure_ascii=False).encode(), media_type=MEDIA_TYPES[form])
    element = ElementTree.Element("root")
    _append(element, root, record)
    content = ElementTree.tostring(element[0], encoding="utf-8", xml_declaration=True)
    return Response(content, media_type=MEDIA_TYPES[form])


def _append(parent: ElementTree.Element, name: str, value: Any) -> None:
    """A mapping becomes children, a list repeated children named in the singular, None an empty element."""
    element = ElementTree.SubElement(parent, name)
    if isinstance(value, Mapping):
        for key, part in value.items():
            _append(element, key, part)
    elif isinstance(value, list):
        for part in value:
            _append(element, name.removesuffix("s"), part)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))


def service_record(code: str, taxonomy: Taxonomy) -> Record:
    """A complaint type as a service; none has further attributes, so metadata is false."""
    kind = taxonomy.types[code]
    return {
        "service_code": kind.code,
        "service_name": kind.name,
        "description": kind.definition,
        "metadata": False,
        "type": "realtime",
        "keywords": ",".join(kind.keywords),
        "group": kind.group,
    }


def request_record(ticket: Ticket, taxonomy: Taxonomy) -> Record:
    """A ticket as a service request. Nothing of its callers is in it."""
    kind, opd = taxonomy.types.get(ticket.complaint_type), taxonomy.opds.get(ticket.target_opd)
    place = places_by_id().get(ticket.place_id or "")
    return {
        "service_request_id": ticket.number,
        "status": "open" if ticket.status in OPEN else "closed",
        "status_notes": ticket.status,
        "service_name": kind.name if kind else ticket.complaint_type,
        "service_code": ticket.complaint_type,
        "description": ticket.description,
        "agency_responsible": opd.name if opd else ticket.target_opd,
        "service_notice": None,
        "requested_datetime": _time(ticket.created_at),
        "updated_datetime": _time(ticket.closed_at or ticket.updated_at),
        "expected_datetime": None,
        "address": ticket.place_text or (place.name if place else None),
        "address_id": ticket.place_id,
        "zipcode": None,
        "lat": ticket.latitude,
        "long": ticket.longitude,
        "media_url": None,
    }


def _time(moment: datetime) -> str:
    """W3C date and time (ISO 8601) to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

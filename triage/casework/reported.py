"""Tickets that another system of the city reports (Open311)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from triage.casework.answer import Answer, check_codes, places_by_id
from triage.casework.tickets import TicketDesk
from triage.errors import InputError
from triage.settings import Settings
from triage.store.repositories import tickets as repository
from triage.store.repositories.intake import lock_names
from triage.store.tables import Ticket
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Report:
    """What another system says. point: latitude and longitude (WGS 84, degrees); place_id: of the gazetteer.

    idempotency_key: keyed hash of who reports and his own key of this report.
    """

    complaint_type: str
    description: str = ""
    point: tuple[float, float] | None = None
    place_text: str | None = None
    place_id: str | None = None
    idempotency_key: str | None = None


def take_report(
    session: Session, report: Report, settings: Settings, taxonomy: Taxonomy, now: datetime
) -> tuple[Ticket, bool]:
    """The ticket of a report, and whether it is new: the same report sent twice with one key is one ticket.

    It goes to the type's main OPD with the type's usual priority, as GeoReport v2 has a field for neither.
    Raises InputError for a type that is not in force, without a place, or where the key belongs to another report.
    """
    answer = _answer(report, taxonomy)
    check_codes(answer, taxonomy, now.astimezone(ZoneInfo(settings.time_zone)).date())
    key = report.idempotency_key
    if key is not None:
        lock_names(session, key)
        ticket = repository.find_by_idempotency_key(session, key)
        if ticket is not None:
            _check_same(ticket, report)
            return ticket, False
    note = report.description or None
    return TicketDesk(settings).open(session, answer, note, now, point=report.point, idempotency_key=key), True


def _answer(report: Report, taxonomy: Taxonomy) -> Answer:
    place_id = report.place_id if report.place_id in places_by_id() else None
    if report.point is None and report.place_text is None and place_id is None:
        raise InputError(
            "report_place",
            "Tempat kejadian kurang: kirim lat dan long, address_string, atau address_id dari gazetteer kami.",
            "The place is missing: send lat and long, address_string, or an address_id of our gazetteer.",
        )
    kind = taxonomy.types[report.complaint_type]
    return Answer(
        disposition="ticket",
        complaint_type=kind.code,
        target_opd=kind.main_opd,
        priority=kind.priority,
        place_id=place_id,
        place_text=report.place_text,
    )


def _check_same(ticket: Ticket, report: Report) -> None:
    """A report must not get lost because its sender uses a key twice: nobody here changes what such a ticket says."""
    if (
        (ticket.complaint_type, ticket.description) != (report.complaint_type, report.description)
        or report.place_text not in (None, ticket.place_text)
        or report.point not in (None, (ticket.latitude, ticket.longitude))
    ):
        raise InputError(
            "idempotency_key_reused",
            "Idempotency-Key ini sudah dipakai untuk laporan lain. Kirim laporan ini dengan kunci baru.",
            "This Idempotency-Key was used for another report. Send this one with a new key.",
        )

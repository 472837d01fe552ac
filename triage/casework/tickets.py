"""Tickets follow decisions: opened, changed, joined by further callers, withdrawn.

The call that a ticket was opened for speaks for it: a later decision on that call changes the ticket. Calls that joined
later only count as callers; decided anew without the ticket's number, such a call gets a ticket of its own.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from triage.casework.answer import Answer, places_by_id
from triage.dispatch import enqueue
from triage.errors import ConflictError, MissingError
from triage.settings import Settings
from triage.store.repositories import tickets as repository
from triage.store.tables import Call, Ticket, TicketStatus

FROM_CALL = "call"
"""Source of a ticket that a call speaks for; nobody here speaks for one that another system sent."""
_NEXT = {
    TicketStatus.new: (TicketStatus.accepted, TicketStatus.done, TicketStatus.withdrawn),
    TicketStatus.accepted: (TicketStatus.done, TicketStatus.withdrawn),
    TicketStatus.done: (),
    TicketStatus.withdrawn: (),
}
"""Which status may follow which; the last two are final. An OPD may report work as done without accepting it first."""


class TicketDesk:
    """Opens and changes tickets. All methods work in the session's transaction and put messages to OPDs into it."""

    def __init__(self, settings: Settings) -> None:
        self._city = settings.city_code
        self._zone = ZoneInfo(settings.time_zone)

    def follow(
        self, session: Session, call: Call, answer: Answer, same_as: str | None, note: str | None, now: datetime
    ) -> Ticket | None:
        """Bring a call's ticket in line with the answer to the call; the ticket that the call is about then.

        same_as: number of the ticket about the same incident. Raises MissingError or ConflictError where there is no
        such ticket or it is closed.
        """
        current, joined = _locked(session, call, same_as)
        if answer.disposition != "ticket":
            if current is not None:
                _leave(session, call, current, now)
            return None
        if joined is not None:
            return _join(session, call, current, joined, now)
        if current is not None and _speaks_for(session, call, current):
            if current.status in repository.OPEN:
                _change(session, current, answer, note, now)
                return current
            if current.status == TicketStatus.done and not _differences(current, answer, None):
                return current
        if current is not None:
            _leave(session, call, current, now)
        return self.open(session, answer, note, now, call=call)

    def open(
        self,
        session: Session,
        answer: Answer,
        note: str | None,
        now: datetime,
        *,
        call: Call | None = None,
        point: tuple[float, float] | None = None,
        idempotency_key: str | None = None,
    ) -> Ticket:
        """Open a ticket with the next number of the day; without a call it came from another system (Open311).

        point: latitude and longitude (WGS 84, degrees) where they are known better than by the answer's place.
        idempotency_key: as stored, of the report by another system.
        """
        day = now.astimezone(self._zone).date()
        count = repository.next_count(session, day)
        ticket = Ticket(
            number=f"{self._city}-112-{day:%Y%m%d}-{count:04d}",
            status=TicketStatus.new,
            source=FROM_CALL if call is not None else "open311",
            created_at=now,
            updated_at=now,
            revision=1,
            idempotency_key=idempotency_key,
            **_values(answer, note),
        )
        if point is not None:
            ticket.latitude, ticket.longitude = point
        session.add(ticket)
        session.flush()
        if call is not None:
            repository.attach(session, call.id, ticket.id, now)
        enqueue(session, ticket, "ticket.created", now)
        return ticket


def change_status(session: Session, number: str, revision: int, status: TicketStatus, now: datetime) -> Ticket:
    """Give a ticket its next status. Raises MissingError, or ConflictError where it changed or may not get there."""
    found = get_ticket(session, number)
    ticket = repository.lock_tickets(session, [found.id])[found.id]
    if ticket.revision != revision:
        raise ConflictError(
            "ticket_changed",
            f"Tiket {number} sudah berubah (kini {ticket.status}, revisi {ticket.revision}). Muat ulang, lalu ulangi "
            "bila masih perlu.",
            f"Ticket {number} has changed (now {ticket.status}, revision {ticket.revision}). Load it again and repeat "
            "if still needed.",
        )
    allowed = _NEXT[TicketStatus(ticket.status)]
    if status not in allowed:
        choices = ", ".join(allowed)
        raise ConflictError(
            "ticket_status",
            f"Tiket {number} berstatus {ticket.status}; "
            + (f"sesudah itu hanya boleh: {choices}." if choices else "status itu akhir. Putuskan lagi panggilannya."),
            f"Ticket {number} is {ticket.status}; "
            + (f"only these may follow: {choices}." if choices else "that is final. Decide on its call again."),
        )
    _set_status(ticket, status, now)
    session.flush()
    enqueue(session, ticket, "ticket.withdrawn" if status == TicketStatus.withdrawn else "ticket.updated", now)
    return ticket


def get_ticket(session: Session, number: str) -> Ticket:
    """The ticket with this number. Raises MissingError."""
    ticket = repository.find_ticket(session, number)
    if ticket is None:
        raise MissingError(
            "ticket_missing",
            f"Tidak ada tiket {number}. Periksa nomornya.",
            f"There is no ticket {number}. Check the number.",
        )
    return ticket


def _locked(session: Session, call: Call, same_as: str | None) -> tuple[Ticket | None, Ticket | None]:
    """The call's ticket, and the one it is to join. Raises MissingError or ConflictError."""
    current = repository.ticket_of(session, call.id)
    joined = get_ticket(session, same_as) if same_as is not None else None
    rows = repository.lock_tickets(session, [ticket.id for ticket in (current, joined) if ticket is not None])
    if joined is not None and rows[joined.id].status not in repository.OPEN:
        raise ConflictError(
            "ticket_closed",
            f"Tiket {joined.number} sudah {joined.status}, jadi panggilan tidak dapat digabung. Pilih tiket lain, atau "
            "kosongkan same_incident_as untuk tiket baru.",
            f"Ticket {joined.number} is {joined.status}, so no call can join it. Choose another one, or leave "
            "same_incident_as out for a new ticket.",
        )
    return current, joined


def _speaks_for(session: Session, call: Call, ticket: Ticket) -> bool:
    return ticket.source == FROM_CALL and repository.calls_of(session, ticket.id)[0] == call.call_id


def _join(session: Session, call: Call, current: Ticket | None, joined: Ticket, now: datetime) -> Ticket:
    if current is not None and current.id == joined.id:
        return joined
    if current is not None:
        _leave(session, call, current, now)
    repository.attach(session, call.id, joined.id, now)
    _touch(joined, now)
    session.flush()
    enqueue(session, joined, "ticket.updated", now)
    return joined


def _leave(session: Session, call: Call, ticket: Ticket, now: datetime) -> None:
    """Take a call from its open ticket; the ticket of an only caller is withdrawn, and still shown with the call."""
    if ticket.status not in repository.OPEN:
        return
    if ticket.source != FROM_CALL or repository.callers(session, ticket.id) > 1:
        repository.detach(session, call.id)
        _touch(ticket, now)
        session.flush()
        enqueue(session, ticket, "ticket.updated", now)
        return
    _set_status(ticket, TicketStatus.withdrawn, now)
    session.flush()
    enqueue(session, ticket, "ticket.withdrawn", now)


def _change(session: Session, ticket: Ticket, answer: Answer, note: str | None, now: datetime) -> None:
    """Change what differs, and tell the OPD; where the OPD itself changes, the old one is told that it is out of it."""
    differences = _differences(ticket, answer, note)
    if not differences:
        return
    moved = "target_opd" in differences
    _touch(ticket, now)
    if moved:
        session.flush()
        enqueue(session, ticket, "ticket.withdrawn", now)
        ticket.status = TicketStatus.new
    for name, value in differences.items():
        setattr(ticket, name, value)
    session.flush()
    enqueue(session, ticket, "ticket.created" if moved else "ticket.updated", now)


def _differences(ticket: Ticket, answer: Answer, note: str | None) -> dict[str, object]:
    """What of a ticket an answer changes; without a note its description stays."""
    wanted = _values(answer, note)
    if note is None:
        del wanted["description"]
    return {name: value for name, value in wanted.items() if getattr(ticket, name) != value}


def _values(answer: Answer, note: str | None) -> dict[str, object]:
    place = places_by_id().get(answer.place_id) if answer.place_id else None
    return {
        "complaint_type": answer.complaint_type,
        "target_opd": answer.target_opd,
        "priority": answer.priority,
        "place_id": answer.place_id,
        "place_text": answer.place_text or (place.name if place else None),
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "description": note or "",
    }


def _touch(ticket: Ticket, now: datetime) -> None:
    ticket.revision += 1
    ticket.updated_at = now


def _set_status(ticket: Ticket, status: TicketStatus, now: datetime) -> None:
    _touch(ticket, now)
    ticket.status = status
    ticket.closed_at = now if status in (TicketStatus.done, TicketStatus.withdrawn) else None

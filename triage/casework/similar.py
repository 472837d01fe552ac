"""Tickets that may be about the same incident: many callers, one event. Offered, never merged by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import asin, cos, radians, sin, sqrt

from sqlalchemy.orm import Session

from triage.casework.answer import places_by_id
from triage.places import Place
from triage.store.repositories.decisions import last_decision, suggestion_with_transcript
from triage.store.repositories.tickets import open_tickets, ticket_of
from triage.store.tables import Call, Ticket
from triage.taxonomy import Taxonomy

NEAR_KM = 1.5
NEAR_TIME = timedelta(hours=3)
_EARTH_KM = 6371.0
_MOST = 10


@dataclass(frozen=True, slots=True)
class Similar:
    """An open ticket, and why it may be the same incident. kilometres: None where the distance is not known."""

    ticket: Ticket
    callers: int
    kilometres: float | None
    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Nearness:
    """How near two places are. order: the same place, the same kelurahan, within NEAR_KM."""

    order: int
    kilometres: float | None
    words: str


def similar_tickets(
    session: Session, taxonomy: Taxonomy, call: Call, complaint_type: str | None, place_id: str | None
) -> list[Similar]:
    """Open tickets of this type, or one it is confused with, near this place and the time of the call.

    By default the type and place of the last decision, before one the suggestion's type and all places heard. The best
    first: by place, then the same type before others, then by time. At most ten.
    """
    own = ticket_of(session, call.id)
    complaint_type = complaint_type or call.complaint_type
    place_ids = [place_id] if place_id else _places_of(session, call)
    places = [places_by_id()[one] for one in place_ids if one in places_by_id()]
    if complaint_type is None or not places:
        return []
    types = {complaint_type, *confused_with(taxonomy, complaint_type)}
    found = []
    for ticket, callers in open_tickets(session, types, call.started_at - NEAR_TIME, call.started_at + NEAR_TIME):
        place = places_by_id().get(ticket.place_id or "")
        near = _nearest(places, place) if place else None
        if near is None or (own is not None and ticket.id == own.id):
            continue
        minutes = round((call.started_at - ticket.created_at).total_seconds() / 60)
        same = ticket.complaint_type == complaint_type
        reason = _reason(taxonomy, ticket, near, minutes, callers, same=same)
        similar = Similar(ticket, callers, near.kilometres, minutes, reason)
        found.append(((near.order, not same, abs(minutes), -ticket.id), similar))
    return [similar for _, similar in sorted(found, key=lambda item: item[0])[:_MOST]]


def _places_of(session: Session, call: Call) -> list[str]:
    """Where it happens: by the decision, else all places heard, those to ask back too, as tickets are only offered."""
    decision = last_decision(session, call.id)
    if decision is not None and decision[0].place_id is not None:
        return [decision[0].place_id]
    found = suggestion_with_transcript(session, call.id)
    return [place["id"] for place in found[0].body["places"]] if found else []


def confused_with(taxonomy: Taxonomy, complaint_type: str) -> set[str]:
    """Types that the taxonomy says are confused with this one, in either direction."""
    named = (
        {one.type for one in taxonomy.types[complaint_type].confusions} if complaint_type in taxonomy.types else set()
    )
    naming = {
        item.code for item in taxonomy.types.values() if any(one.type == complaint_type for one in item.confusions)
    }
    return (named | naming) & taxonomy.types.keys()


def kilometres_between(one: Place, other: Place) -> float | None:
    """Great-circle distance (haversine formula); None where a point is not known, or only that of a kecamatan."""
    points = [
        (place.latitude, place.longitude)
        for place in (one, other)
        if place.latitude is not None and place.longitude is not None and place.kind != "kecamatan"
    ]
    if len(points) < 2:
        return None
    (south, west), (north, east) = [(radians(latitude), radians(longitude)) for latitude, longitude in points]
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))


def _nearest(places: Iterable[Place], other: Place) -> _Nearness | None:
    near = [found for place in places if (found := _nearness(place, other)) is not None]
    return min(near, key=lambda one: (one.order, one.kilometres or 0.0), default=None)


def _nearness(one: Place, other: Place) -> _Nearness | None:
    distance = kilometres_between(one, other)
    if one.id == other.id:
        return _Nearness(0, distance, f"tempat sama ({other.name})")
    if one.village and one.village == other.village:
        return _Nearness(1, distance, f"kelurahan sama ({other.village})")
    if distance is not None and distance <= NEAR_KM:
        return _Nearness(2, distance, f"sekitar {distance:.1f} km ({other.name})".replace(".", ",", 1))
    return None


def _reason(taxonomy: Taxonomy, ticket: Ticket, near: _Nearness, minutes: int, callers: int, *, same: bool) -> str:
    known = taxonomy.types.get(ticket.complaint_type)
    name = known.name if known else ticket.complaint_type
    when = f"{abs(minutes)} menit {'sebelum' if minutes >= 0 else 'sesudah'} panggilan ini"
    return f"{'Jenis sama' if same else 'Jenis mirip'} ({name}), {near.words}, {when}, {callers} penelepon."

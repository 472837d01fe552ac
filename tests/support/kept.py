"""Calls that were decided, with a recording in a storage: what privacy, data sets and reports work on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.cases import TAXONOMY, add_ready_call, suggestion
from support.rows import add_decision, add_user
from triage.storage import Storage
from triage.store.tables import Call, Ticket, TicketCall, User

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    """So many days before NOW."""
    return NOW - timedelta(days=days)


def operator(session: Session) -> User:
    """Budi, made at the first call."""
    return session.scalar(select(User).where(User.name == "budi")) or add_user(session)


def add_decided(
    session: Session,
    days: float,
    label: str = "ticket",
    complaint_type: str | None = "pohon_tumbang",
    words: str = "halo nama saya rahmat hidayat ada pohon tumbang nomor saya nol delapan satu dua tiga empat lima enam",
    *,
    storage: Storage | None = None,
    decision: dict[str, Any] | None = None,
    **values: Any,
) -> Call:
    """A call that came in and was decided so many days ago; with a storage, its recording lies there."""
    at = days_ago(days)
    about = TAXONOMY.types[complaint_type] if complaint_type and label != "ghost" else None
    body = suggestion(label, complaint_type or "pohon_tumbang") | {
        "evidence": [{"quote": one, "supports": "pohon_tumbang", "weight": 0.4} for one in ("pohon tumbang", "rahmat")],
        "audio": {"file": "in-112-xxx678.wav"},
    }
    call = add_ready_call(session, body, words, at, caller_hash="c" * 64, caller_last3="678", pbx_id="17.42", **values)
    if storage is not None:
        call.audio_uri = storage.write(f"2026/{call.call_id}.wav", b"suara")
    answer: dict[str, Any] = {
        "disposition": label,
        "complaint_type": about.code if about else None,
        "target_opd": about.main_opd if about else None,
        "priority": about.priority if about else "P4",
        "ghost_kind": "prank_anak" if label == "ghost" else None,
    } | (decision or {})
    row = {"verdict": "accept", "note": "dekat rumah pak rahmat", "place_text": "lorong anawai", "created_at": at}
    made = add_decision(session, call, operator(session), **row | answer)
    call.state, call.verdict = "decided", made.verdict
    for name in ("disposition", "complaint_type", "target_opd", "priority", "ghost_kind"):
        setattr(call, name, answer[name])
    session.flush()
    return call


def add_ticket(session: Session, *calls: Call, days: float, closed: float | None = None, **values: Any) -> Ticket:
    """A ticket about these calls, made and closed so many days ago; open without `closed`."""
    count = len(session.scalars(select(Ticket.id)).all())
    ticket = Ticket(
        **{
            "number": f"KDI-112-20251118-{count + 1:04d}",
            "status": "baru" if closed is None else "selesai",
            "complaint_type": "pohon_tumbang",
            "target_opd": "DLHK",
            "priority": "P2",
            "place_text": "lorong anawai",
            "description": "dekat rumah pak rahmat",
            "latitude": -3.98,
            "longitude": 122.5,
            "created_at": days_ago(days),
            "updated_at": days_ago(days),
            "closed_at": None if closed is None else days_ago(closed),
        }
        | values
    )
    session.add(ticket)
    session.flush()
    for call in calls:
        session.add(TicketCall(call_pk=call.id, ticket_pk=ticket.id, created_at=days_ago(days)))
    session.flush()
    return ticket

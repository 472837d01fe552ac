"""Rows for tests that need some in the store, with sensible values for what a test does not care about."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from triage.store.tables import Call, Decision, User

NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)
MESSAGE_DATA = {
    "number": "KDI-112-20251118-0001",
    "revision": 2,
    "status": "baru",
    "complaint_type": "kebakaran_bangunan",
    "complaint_name": "Kebakaran bangunan",
    "opd_name": "Dinas Pemadam Kebakaran",
    "priority": "P1",
    "place_id": None,
    "place": "Jl. Segar",
    "latitude": -3.98,
    "longitude": 122.51,
    "description": "dekat sekolah\nBcc: orang@lain.id",
    "callers": 3,
    "created_at": "2025-11-18T12:00:00+00:00",
}
"""The ticket in a message to an OPD."""


def without_ids(text: str) -> str:
    """The text without what chance wrote into it: an identifier may hold any three digits."""
    return re.sub(r"\b([a-z]+)-[0-9a-f]{16}\b", r"\1", text)


def add_call(session: Session, **values: Any) -> Call:
    """A call; in state ready unless told otherwise."""
    sha256 = secrets.token_hex(32)
    received = values.get("received_at", NOON)
    call = Call(
        **{
            "call_id": f"call-{secrets.token_hex(8)}",
            "state": "ready",
            "source": "api",
            "received_at": received,
            "started_at": received,
            "updated_at": received,
            "content_key": sha256,
            "sha256": sha256,
            "file_name": "call.wav",
            "audio_bytes": 480_044,
            **values,
        }
    )
    session.add(call)
    session.flush()
    return call


def add_user(session: Session, name: str = "budi", role: str = "operator") -> User:
    """A user who cannot log in."""
    user = User(name=name, role=role, created_at=NOON)
    session.add(user)
    session.flush()
    return user


def add_decision(session: Session, call: Call, user: User, **values: Any) -> Decision:
    """A decision: a ticket, agreed."""
    decision = Decision(
        **{
            "call_pk": call.id,
            "user_pk": user.id,
            "verdict": "accept",
            "disposition": "ticket",
            "agreed": True,
            "seconds": 4.0,
            "created_at": NOON,
            **values,
        }
    )
    session.add(decision)
    session.flush()
    return decision

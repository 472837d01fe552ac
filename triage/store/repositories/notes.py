"""Facts about this installation, one value a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from triage.store.tables import Note


def get(session: Session, name: str) -> str | None:
    """The value, or None."""
    note = session.get(Note, name)
    return note.value if note else None


def put(session: Session, name: str, value: str, now: datetime) -> None:
    """Set the value."""
    session.merge(Note(name=name, value=value, updated_at=now))


def remove(session: Session, name: str) -> None:
    """Forget it."""
    session.execute(delete(Note).where(Note.name == name))

"""One call, by the name that people and other systems know it by."""

from __future__ import annotations

from sqlalchemy.orm import Session

from triage.errors import MissingError
from triage.store.repositories.intake import find_call
from triage.store.tables import Call


def get_call(session: Session, call_id: str) -> Call:
    """The call with this public name. Raises MissingError."""
    call = find_call(session, call_id)
    if call is None:
        raise call_missing()
    return call


def call_missing() -> MissingError:
    """There is no such call."""
    return MissingError(
        "call_missing",
        "Tidak ada panggilan dengan ID itu. Periksa ID-nya.",
        "There is no call with that id. Check the id.",
    )

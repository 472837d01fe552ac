"""Legal hold: nothing of a call is removed until it is released."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from triage.audit import Actor, Audit
from triage.errors import ConflictError
from triage.store.calls import call_missing
from triage.store.repositories import retention as repository
from triage.store.tables import Call, CallState


def set_hold(session: Session, audit: Audit, actor: Actor, call_id: str, reason: str) -> Call:
    """Hold a call. reason: a file number, say; it stays in the audit trail. Raises MissingError, ConflictError."""
    call = _locked(session, call_id)
    if call.legal_hold is not None:
        raise ConflictError(
            "already_held",
            "Panggilan ini sudah ditahan. Lepaskan dahulu bila alasannya harus diganti.",
            "This call is under legal hold already. Release it first if the reason must change.",
        )
    call.legal_hold, call.hold_released_at = reason, None
    audit.record(session, actor, "privacy.hold", "call", call_id, reason=reason)
    return call


def release_hold(session: Session, audit: Audit, actor: Actor, call_id: str, reason: str, now: datetime) -> Call:
    """Release a call, from a hold or from being of a kept type; the policy's terms begin anew now.

    Raises MissingError, ConflictError.
    """
    call = _locked(session, call_id)
    call.legal_hold, call.hold_released_at = None, now
    audit.record(session, actor, "privacy.release", "call", call_id, reason=reason)
    return call


def _locked(session: Session, call_id: str) -> Call:
    call = repository.lock_call(session, call_id)
    if call is None:
        raise call_missing()
    if call.state == CallState.erased:
        raise call_erased()
    return call


def call_erased() -> ConflictError:
    """The call was erased."""
    return ConflictError(
        "call_erased",
        "Panggilan ini sudah dihapus; yang tersisa hanya catatan penghapusannya.",
        "This call was erased; only the note of that is left.",
    )

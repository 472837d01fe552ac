"""What an administrator may do with calls whose work was given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from triage.audit import Actor, Audit
from triage.errors import ConflictError
from triage.store.calls import get_call
from triage.store.repositories import dead as repository
from triage.store.tables import Call, CallState


def retry_call(session: Session, audit: Audit, actor: Actor, call_id: str, now: datetime) -> Call:
    """Give a dead letter to the workers once more. Raises MissingError, ConflictError."""
    call = get_call(session, call_id)
    session.refresh(call, with_for_update=True)
    if call.state != CallState.dead:
        raise ConflictError(
            "call_not_dead",
            f"Panggilan ini tidak gagal diolah (keadaannya {call.state}): tidak ada yang diulang. Muat ulang daftar.",
            f"The work on this call was not given up (its state is {call.state}). Load the list again.",
        )
    if call.audio_uri is None:
        raise ConflictError(
            "call_without_audio",
            "Rekaman panggilan ini sudah dihapus menurut kebijakan retensi, jadi tidak dapat diolah lagi.",
            "The recording of this call was deleted by the retention policy: it cannot be worked on any more.",
        )
    repository.revive(call, now)
    audit.record(session, actor, "call.retry", "call", call_id, attempt=call.attempt)
    return call

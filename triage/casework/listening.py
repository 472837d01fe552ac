"""Hearing a recording, and the trace it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from triage.accounts.rights import Principal
from triage.audit import Audit
from triage.errors import MissingError
from triage.store import Database
from triage.store.calls import get_call
from triage.store.repositories.audit import AuditFilter, audit_page

PLAY = timedelta(minutes=10)
"""One row of the trail covers what one person asks of one recording in so long a time.

A player asks for a recording in many ranges, and again when somebody jumps back: a row for each would hide who
listened; a row only for ranges from the first byte on could be got round.
"""
_MEDIA_TYPES = {
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording that somebody may hear now: its reference in the storage, its SHA-256 and its media type."""

    uri: str
    sha256: str
    media_type: str


def listen(database: Database, audit: Audit, principal: Principal, call_id: str, now: datetime) -> Heard:
    """Note that somebody listens to a call, once a PLAY. Raises MissingError; with status 410 for a removed one."""
    with database.read() as session:
        call = get_call(session, call_id)
        if call.audio_uri is None:
            raise MissingError(
                "audio_gone",
                "Rekaman ini sudah dihapus menurut aturan penyimpanan atau atas permintaan. Baca transkripnya.",
                "This recording was removed, by the retention policy or on request. Read its transcript.",
                status=410,
            )
        heard = Heard(call.audio_uri, call.sha256, media_type_of(call.audio_uri))
        wanted = AuditFilter(principal.actor.name, "call.listen", "call", call_id, since=now - PLAY)
        noted = audit_page(session, wanted, before=None, limit=1)
    if not noted:
        with database.write() as session:
            audit.record(session, principal.actor, "call.listen", "call", call_id)
    return heard


def media_type_of(uri: str) -> str:
    """By its ending: the container that the intake has found, whatever the file was called (triage.intake.accept).

    What is not known as sound is never told to be anything that a browser would run.
    """
    return _MEDIA_TYPES.get(PurePosixPath(uri).suffix, "application/octet-stream")

"""The one way in: a recording and what is known of it become a call, once, with its sound, or nothing at all."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from triage.errors import InputError, StoreError
from triage.intake.caller import Caller, identify_caller, mask_in_identifier, mask_numbers
from triage.intake.details import Details
from triage.intake.identity import Identity
from triage.intake.names import read_name
from triage.recording.decode import Probed
from triage.recording.load import check_recording, file_label
from triage.safety.history import DROPPED_CALL_SECONDS, HALF_HOUR
from triage.secret import keyed_hash
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.repositories import intake as repository
from triage.store.tables import Call, CallState
from triage.store.tables.calls import AHEAD, USUAL

NAME_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Offered:
    """A recording as it comes in.

    file: its name, told from and masked here. sent_by and idempotency_key: who sent it and his own key of this deed.
    fallback_start: taken where neither details nor name tell when the call began; it is no mark of the call.
    """

    data: bytes
    file: str
    source: Literal["api", "watch"]
    details: Details = Details()  # noqa: RUF009 - frozen
    fallback_start: datetime | None = None
    sent_by: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The call that a recording is; created: it was not here before. call_pk: calls.id."""

    call_pk: int
    call_id: str
    created: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """All that was found out about a recording before it is kept."""

    call: Call
    identity: Identity


class Intake:
    """Accepts recordings. Safe to use from several threads and processes at once."""

    def __init__(self, database: Database, storage: Storage, settings: Settings, key: bytes) -> None:
        """key: the installation's (triage.secret.load_key)."""
        self._database = database
        self._storage = storage
        self._settings = settings
        self._key = key
        self.zone = ZoneInfo(settings.time_zone)

    def accept(self, offered: Offered, now: datetime) -> Accepted:
        """Check a recording, keep it and enter the call, or find the call that it already is.

        Raises RecordingError with a code of triage.recording.faults; InputError idempotency_key_reused; StoreError.
        After an error neither database nor storage holds anything of it.
        """
        entry = self._examine(offered, now)
        return self._look(entry) or self._keep(entry, offered.data)

    def _examine(self, offered: Offered, now: datetime) -> _Entry:
        name = read_name(file_label(offered.file), self.zone)
        file = name.masked[-NAME_LENGTH:]
        probed = check_recording(offered.data, file, self._settings)
        details = offered.details.filled_from(name.details)
        caller = identify_caller(details.caller_number, self._settings.phone_region, self._key)
        sha256 = hashlib.sha256(offered.data).hexdigest()
        identity = Identity.of(self._key, sha256, details.pbx_id, details.started_at, caller.hash if caller else None)
        call = _new_call(probed, file, details, caller, identity, now)
        call.source = offered.source
        call.started_at = details.started_at or offered.fallback_start or now
        call.audio_bytes = len(offered.data)
        if offered.idempotency_key:
            call.idempotency_key = keyed_hash(self._key, "idempotency", f"{offered.sent_by}\0{offered.idempotency_key}")
        return _Entry(call, identity)

    def _keep(self, entry: _Entry, data: bytes) -> Accepted:
        """Audio first, then the row: a call is never without its sound, even when the power fails in between.

        What a crash leaves has the id of no call in its name (triage.intake.orphans).
        """
        call = entry.call
        assert call.audio_uri is not None
        self._storage.write(call.audio_uri, data)
        accepted = None
        try:
            with self._database.write() as session:
                accepted = _enter(session, entry)
        except IntegrityError:  # somebody was faster, past the locks
            self._discard(call.audio_uri)
            existing = self._look(entry)
            if existing is None:
                raise
            return existing
        except BaseException:
            if accepted is None:
                self._discard(call.audio_uri)
            raise  # else the commit itself failed, and who knows whether the row is there: the sound stays
        if not accepted.created:
            self._discard(call.audio_uri)
        return accepted

    def _look(self, entry: _Entry) -> Accepted | None:
        with self._database.read() as session:
            return _find(session, entry)

    def _discard(self, uri: str) -> None:
        with suppress(StoreError):  # an orphan at worst
            self._storage.delete(uri)


def _new_call(
    probed: Probed, file: str, details: Details, caller: Caller | None, identity: Identity, now: datetime
) -> Call:
    call_id = f"call-{secrets.token_hex(8)}"
    return Call(
        call_id=call_id,
        state=CallState.received,
        received_at=now,
        updated_at=now,
        content_key=str(identity),
        sha256=identity.sha256,
        file_name=file,
        audio_uri=f"{now:%Y/%m/%d}/{call_id}-{identity.sha256}.{probed.container}",
        duration=probed.seconds,
        direction=details.direction,
        queue=_field(details.queue, 64),
        agent=_field(details.agent, 64),
        pbx_id=mask_in_identifier(details.pbx_id, caller)[:128] if details.pbx_id else None,
        caller_hash=caller.hash if caller else None,
        caller_last3=caller.last3 if caller else None,
        caller_channel=details.caller_channel,
    )


def _field(text: str | None, length: int) -> str | None:
    return mask_numbers(text)[:length] if text else None


def _enter(session: Session, entry: _Entry) -> Accepted:
    """Insert the call, unless it is there by now."""
    call = entry.call
    repository.lock_names(session, call.sha256, *([call.idempotency_key] if call.idempotency_key else []))
    existing = _find(session, entry)
    if existing is not None:
        return existing
    if call.caller_hash and repository.has_dropped_call(
        session, call.caller_hash, call.started_at - HALF_HOUR, call.started_at, DROPPED_CALL_SECONDS
    ):
        call.urgency = AHEAD  # this call may be dropped too (S5)
    else:
        call.urgency = USUAL
    session.add(call)
    session.flush()
    return Accepted(call.id, call.call_id, created=True)


def _find(session: Session, entry: _Entry) -> Accepted | None:
    """The call that this recording already is. Raises InputError idempotency_key_reused."""
    idempotency_key = entry.call.idempotency_key
    keyed = repository.find_by_idempotency_key(session, idempotency_key) if idempotency_key else None
    if keyed is not None:
        if not entry.identity.is_same_call(Identity.read(keyed.content_key)):
            raise InputError(
                "idempotency_key_reused",
                "Idempotency-Key ini sudah dipakai untuk panggilan lain. Kirim rekaman ini dengan kunci baru.",
                "This Idempotency-Key was used for another call. Send this recording with a new key.",
            )
        return Accepted(keyed.id, keyed.call_id, created=False)
    for call in repository.find_by_content(session, entry.identity.sha256):
        if entry.identity.is_same_call(Identity.read(call.content_key)):
            return Accepted(call.id, call.call_id, created=False)
    return None

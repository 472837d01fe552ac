"""The steps of a call's work: decode, transcribe, classify, store.

Each may run more than once (at least once is all that a process which may be killed can promise) and then leaves what
is there. Each finds by the call's name what the step before has left in the database. They know no job library.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from triage.errors import StoreError, TriageError
from triage.jobs.transcripts import body_of, measures_of, searchable, transcript_of
from triage.pipeline import Pipeline
from triage.recording import Recording
from triage.recording.load import load_recording
from triage.safety import was_dropped
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.repositories import dead, work
from triage.store.tables import Call, SuggestionRow, TranscriptRow
from triage.transcribers.base import Progress

PROGRESS_SECONDS = 1.0
"""Progress is written at most this often: people read it, and each writing is a transaction."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A decoded recording, and when work on it began."""

    recording: Recording
    began: float = field(default_factory=time.monotonic)


class Steps:
    """The steps, on one store with one set of loaded models; several threads may use them.

    Each step returns whether the work is to go on: not where the call was decided, erased or retried meanwhile. All
    raise StoreError; what else is said at each.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        pipeline: Pipeline,
        settings: Settings,
        *,
        kept: int = 2,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """kept: decoded recordings held in memory for the next steps; one for each call worked on at once."""
        self._database = database
        self._storage = storage
        self._pipeline = pipeline
        self._settings = settings
        self._clock = clock
        self._capacity = kept
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def decode(self, call_id: str, attempt: int) -> bool:
        """Decode the recording; note its length and whether it broke off. Raises RecordingError, MissingError."""
        with self._database.write() as session:
            call = work.begin(session, call_id, attempt, self._clock())
        if call is None:
            return False
        recording = self._recording(call)
        with self._database.write() as session:
            call = work.in_work(session, call_id, attempt)
            if call is not None:
                call.duration, call.dropped = recording.duration, was_dropped(recording)
        return call is not None

    def transcribe(self, call_id: str, attempt: int) -> bool:
        """Transcribe, unless this recogniser has. Raises TranscriberError, ModelError, RecordingError, MissingError."""
        call = self._call(call_id, attempt)
        if call is None:
            return False
        with self._database.read() as session:
            if work.has_transcript(session, call.id, self._pipeline.transcriber.name):
                return True
        progress = self._progress(call_id, attempt)
        transcript = self._pipeline.transcriber.transcribe(self._recording(call), progress)
        row = TranscriptRow(
            call_pk=call.id,
            recogniser=transcript.recogniser,
            body=body_of(transcript),
            measures=measures_of(transcript),
            text=searchable(transcript),
            created_at=self._clock(),
        )
        return self._add(call_id, attempt, row)

    def classify(self, call_id: str, attempt: int) -> bool:
        """Make the suggestion from the stored transcript. Raises ModelError, RecordingError, MissingError."""
        call = self._call(call_id, attempt)
        if call is None:
            return False
        with self._database.read() as session:
            transcript = work.last_transcript(session, call.id)
            history = work.history_of(session, call)
        if transcript is None:
            raise _nothing("transcript")
        suggestion = self._pipeline.suggest_heard(self._recording(call), transcript_of(transcript), call_id, history)
        row = SuggestionRow(
            call_pk=call.id,
            transcript_pk=transcript.id,
            recogniser=suggestion.versions.recogniser,
            classifier=suggestion.versions.classifier,
            taxonomy=suggestion.versions.taxonomy,
            body=suggestion.model_dump(mode="json", by_alias=True, exclude={"transcript"}),
            created_at=self._clock(),
        )
        return self._add(call_id, attempt, row)

    def store(self, call_id: str, attempt: int) -> bool:
        """Put the call into the operator's queue."""
        kept = self._forget(call_id)
        seconds = time.monotonic() - kept.began if kept else None
        with self._database.write() as session:
            call = work.in_work(session, call_id, attempt)
            if call is None:
                return False
            if not work.finish(session, call, seconds, self._clock()):
                raise _nothing("suggestion")
        return True

    def bury(self, call_id: str, attempt: int, code: str, message: str) -> None:
        """Give the call up: an administrator sees it with this message (Indonesian) and may retry it."""
        self._forget(call_id)
        with self._database.write() as session:
            dead.bury(session, call_id, attempt, code, message, self._clock())

    def _call(self, call_id: str, attempt: int) -> Call | None:
        with self._database.read() as session:
            return work.find_in_work(session, call_id, attempt)

    def _add(self, call_id: str, attempt: int, row: TranscriptRow | SuggestionRow) -> bool:
        with self._database.write() as session:
            if work.in_work(session, call_id, attempt) is None:
                return False
            work.add_once(session, row)
        return True

    def _recording(self, call: Call) -> Recording:
        """The recording, decoded now unless a step before it did so in this process."""
        with self._lock:
            kept = self._kept.get(call.call_id)
        if kept is not None:
            return kept.recording
        if call.audio_uri is None:
            raise StoreError(
                "audio_purged",
                "Rekaman panggilan ini sudah dihapus menurut kebijakan retensi; tidak ada yang dapat diolah.",
                "The recording of this call was deleted by the retention policy; there is nothing to work on.",
            )
        began = time.monotonic()
        own = {"caller_channel": call.caller_channel} if call.caller_channel else {}
        data = self._storage.read(call.audio_uri)
        recording = load_recording(data, call.file_name, self._settings.model_copy(update=own))
        if recording.sha256 != call.sha256:
            raise StoreError(
                "audio_changed",
                "Rekaman di penyimpanan bukan lagi yang diterima (SHA-256 berbeda). Pulihkan dari cadangan.",
                "The recording in the storage is no longer the one that came in (SHA-256 differs). Restore a backup.",
            )
        with self._lock:
            self._kept[call.call_id] = _Kept(recording, began)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return recording

    def _forget(self, call_id: str) -> _Kept | None:
        with self._lock:
            return self._kept.pop(call_id, None)

    def _progress(self, call_id: str, attempt: int) -> Progress:
        written = time.monotonic()

        def note(share: float) -> None:
            nonlocal written
            if share < 1.0 and time.monotonic() - written >= PROGRESS_SECONDS:
                written = time.monotonic()
                with suppress(StoreError), self._database.write() as session:  # only for people to see
                    work.note_progress(session, call_id, attempt, share, self._clock())

        return note


def _nothing(what: str) -> TriageError:
    return StoreError(
        "work_lost",
        f"Hasil langkah sebelumnya ({what}) tidak ada di basis data. Coba ulang panggilan ini.",
        f"What the step before has made ({what}) is not in the database. Retry this call.",
    )

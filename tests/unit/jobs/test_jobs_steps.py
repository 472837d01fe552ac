"""The steps: each may run again, and one that comes too late changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from support.calls import FakeClassifier, FakeTranscriber, segment
from support.work import NOW, add_call, the_call, wav

from triage.errors import MissingError, RecordingError, StoreError
from triage.jobs.steps import Steps
from triage.pipeline import Pipeline
from triage.recording import Recording
from triage.settings import Settings
from triage.speech import Transcript
from triage.storage import Storage
from triage.store import Database
from triage.store.repositories import dead, work
from triage.store.tables import SuggestionRow, Ticket, TicketCall, TranscriptRow
from triage.taxonomy import load_taxonomy
from triage.transcribers.base import Progress


class CountingTranscriber(FakeTranscriber):
    """Counts what it heard, and lets a test act in the middle of it."""

    def __init__(self) -> None:
        super().__init__(segment("ada pohon tumbang di jalan saranani"))
        self.heard: list[Recording] = []
        self.meanwhile: Callable[[Progress | None], None] = lambda progress: None

    def transcribe(self, recording: Recording, progress: Progress | None = None) -> Transcript:
        self.heard.append(recording)
        self.meanwhile(progress)
        return super().transcribe(recording, progress)


class Bench:
    """A worker's steps on a database, without the worker."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.settings = Settings(data_dir=folder, _env_file=None)  # type: ignore[call-arg]
        self.transcriber = CountingTranscriber()
        self.steps = self.other_worker()

    def other_worker(self) -> Steps:
        """Steps as another process has them: nothing is in its memory."""
        pipeline = Pipeline(self.transcriber, FakeClassifier(), load_taxonomy())
        return Steps(self.database, Storage(self.settings.recordings_url), pipeline, self.settings, clock=lambda: NOW)

    def add(self, data: bytes | None = None, **values: object) -> str:
        return add_call(self.database, self.settings, data, **values)

    def work(self, call_id: str, attempt: int = 1) -> None:
        for step in (self.steps.decode, self.steps.transcribe, self.steps.classify, self.steps.store):
            assert step(call_id, attempt)

    def rows(self, table: type) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def found(self, word: str) -> int:
        match = "call_search MATCH :word" if self.database.is_sqlite else "document @@ to_tsquery('simple', :word)"
        with self.database.read() as session:
            return session.execute(text(f"SELECT count(*) FROM call_search WHERE {match}"), {"word": word}).scalar_one()


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path)


class TestWork:
    def test_makes_a_call_ready_for_the_queue(self, bench: Bench) -> None:
        call_id = bench.add()
        bench.work(call_id)
        call = the_call(bench.database, call_id)
        assert (call.state, call.progress, call.revision) == ("ready", 1.0, 2)
        assert (call.disposition, call.complaint_type, call.target_opd, call.priority, call.rank) == (
            "ticket",
            "pohon_tumbang",
            "DLHK",
            "P2",
            3,
        )
        assert (call.listen, call.ghost_kind) == (False, None)
        assert call.dropped  # two seconds without a word
        assert call.duration == pytest.approx(2.0)
        assert call.work_seconds is not None and call.work_seconds > 0
        assert bench.found("saranani") == 1

    def test_keeps_the_suggestion_without_the_transcript(self, bench: Bench) -> None:
        call_id = bench.add()
        bench.work(call_id)
        with bench.database.read() as session:
            row = work.last_suggestion(session, the_call(bench.database, call_id).id)
        assert row is not None
        assert "transcript" not in row.body and row.body["call_id"] == call_id
        assert row.body["schema"] == 1
        assert (row.recogniser, row.classifier) == ("fake-recogniser 1", "fake-classifier 1")

    def test_decodes_once(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[str] = []
        original = Storage.read
        monkeypatch.setattr(Storage, "read", lambda self, uri: read.append(uri) or original(self, uri))
        bench.work(bench.add())
        assert len(read) == 1

    def test_goes_on_in_another_process_after_each_step(self, bench: Bench) -> None:
        call_id = bench.add()
        for name in ("decode", "transcribe", "classify", "store"):
            assert getattr(bench.other_worker(), name)(call_id, 1)
        assert the_call(bench.database, call_id).state == "ready"

    def test_takes_the_callers_channel_of_the_call(self, bench: Bench) -> None:
        stereo = Path(__file__).parents[3] / "audio_samples" / "26-terputus.wav"
        for channel in ("left", "right"):
            bench.work(bench.add(stereo.read_bytes(), caller_channel=channel))
        left, right = (heard.caller.facts.speech_seconds for heard in bench.transcriber.heard)
        assert left != right


class TestAgain:
    def test_every_step_twice_gives_one_of_each(self, bench: Bench) -> None:
        call_id = bench.add()
        for name in ("decode", "transcribe", "classify", "store"):
            for _ in range(2):
                getattr(bench.steps, name)(call_id, 1)
        assert (bench.rows(TranscriptRow), bench.rows(SuggestionRow), len(bench.transcriber.heard)) == (1, 1, 1)
        assert the_call(bench.database, call_id).revision == 2
        assert bench.found("saranani") == 1

    def test_what_a_retry_finds_done_is_not_done_again(self, bench: Bench) -> None:
        call_id = bench.add()
        for name in ("decode", "transcribe"):
            getattr(bench.steps, name)(call_id, 1)
        bench.steps.bury(call_id, 1, "work_failed", "Galat.")
        with bench.database.write() as session:
            call = work.in_work(session, call_id, 1)
            assert call is not None
            dead.revive(call, NOW)
        bench.work(call_id, attempt=2)
        call = the_call(bench.database, call_id)
        assert (call.state, call.error_code, call.error_message) == ("ready", None, None)
        assert len(bench.transcriber.heard) == 1


class TestTooLate:
    """A worker stopped in the middle of a call, whose work another one did meanwhile."""

    def test_changes_nothing(self, bench: Bench) -> None:
        call_id = bench.add()
        other = bench.other_worker()
        bench.steps.decode(call_id, 1)

        def overtaken(progress: Progress | None) -> None:
            bench.transcriber.meanwhile = lambda progress: None
            for name in ("decode", "transcribe", "classify", "store"):
                assert getattr(other, name)(call_id, 1)

        bench.transcriber.meanwhile = overtaken
        assert not bench.steps.transcribe(call_id, 1)
        assert not bench.steps.classify(call_id, 1)
        assert not bench.steps.store(call_id, 1)
        bench.steps.bury(call_id, 1, "work_failed", "Galat.")
        call = the_call(bench.database, call_id)
        assert (call.state, call.revision, call.error_code) == ("ready", 2, None)
        assert (bench.rows(TranscriptRow), bench.rows(SuggestionRow)) == (1, 1)

    def test_its_giving_up_does_not_stop_the_one_who_goes_on(self, bench: Bench) -> None:
        call_id = bench.add()
        other = bench.other_worker()
        assert other.decode(call_id, 1) and other.transcribe(call_id, 1)
        bench.steps.bury(call_id, 1, "work_failed", "Galat.")
        assert the_call(bench.database, call_id).state == "dead"
        assert other.classify(call_id, 1) and other.store(call_id, 1)
        call = the_call(bench.database, call_id)
        assert (call.state, call.error_code) == ("ready", None)

    @pytest.mark.parametrize("state", ["decided", "erased", "ready"])
    def test_leaves_calls_alone_that_are_done(self, bench: Bench, state: str) -> None:
        call_id = bench.add(state=state)
        assert not any(getattr(bench.steps, name)(call_id, 1) for name in ("decode", "transcribe", "classify", "store"))
        assert the_call(bench.database, call_id).state == state
        assert bench.rows(TranscriptRow) == 0

    def test_writes_no_transcript_of_a_call_erased_meanwhile(self, bench: Bench) -> None:
        call_id = bench.add()
        bench.steps.decode(call_id, 1)

        def erase(progress: Progress | None) -> None:
            with bench.database.write() as session:
                call = work.in_work(session, call_id, 1)
                assert call is not None
                call.state = "erased"

        bench.transcriber.meanwhile = erase
        assert not bench.steps.transcribe(call_id, 1)
        assert bench.rows(TranscriptRow) == 0

    def test_an_attempt_before_a_retry_is_over(self, bench: Bench) -> None:
        call_id = bench.add(attempt=2)
        assert not bench.steps.decode(call_id, 1)
        assert bench.steps.decode(call_id, 2)


class TestFailures:
    def test_a_poisoned_recording(self, bench: Bench) -> None:
        call_id = bench.add(b"RIFF no recording")
        with pytest.raises(RecordingError):
            bench.steps.decode(call_id, 1)

    def test_a_recording_that_is_gone(self, bench: Bench) -> None:
        call_id = bench.add()
        Storage(bench.settings.recordings_url).delete(f"{call_id}.wav")
        with pytest.raises(MissingError):
            bench.steps.decode(call_id, 1)

    def test_a_recording_that_is_another(self, bench: Bench) -> None:
        call_id = bench.add()
        Storage(bench.settings.recordings_url).write(f"{call_id}.wav", wav(112))
        with pytest.raises(StoreError, match="SHA-256"):
            bench.steps.decode(call_id, 1)

    def test_a_recording_purged(self, bench: Bench) -> None:
        with pytest.raises(StoreError, match="retensi"):
            bench.steps.decode(bench.add(audio_uri=None), 1)

    def test_a_call_given_up_says_why(self, bench: Bench) -> None:
        call_id = bench.add()
        bench.steps.bury(call_id, 1, "recording_damaged", "Rekaman rusak.")
        call = the_call(bench.database, call_id)
        assert (call.state, call.error_code, call.error_message) == ("dead", "recording_damaged", "Rekaman rusak.")
        assert call.revision == 2


class TestProgress:
    def test_is_written_and_never_goes_back(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("triage.jobs.steps.PROGRESS_SECONDS", 0.0)
        call_id = bench.add()
        bench.steps.decode(call_id, 1)
        seen: list[float] = []

        def listen(progress: Progress | None) -> None:
            assert progress is not None
            for share in (0.25, 0.5, 0.3):
                progress(share)
                seen.append(the_call(bench.database, call_id).progress)

        bench.transcriber.meanwhile = listen
        bench.steps.transcribe(call_id, 1)
        assert seen == [0.25, 0.5, 0.5]

    def test_is_not_written_all_the_time(self, bench: Bench) -> None:
        call_id = bench.add()
        bench.steps.decode(call_id, 1)
        bench.transcriber.meanwhile = lambda progress: [progress(n / 100) for n in range(50)] and None  # type: ignore[misc]
        bench.steps.transcribe(call_id, 1)
        assert the_call(bench.database, call_id).progress == 0.0


class TestRepeatedDrops:
    """S5 (taxonomy): two dropped calls of a number in half an hour, or three in a day where it had a ticket."""

    def suggest(
        self, bench: Bench, *earlier: timedelta, caller: str | None = "a" * 64, ticket: bool = False
    ) -> list[str]:
        """Safety codes of a dropped call after others that were so long ago."""
        drop = {"caller_hash": caller, "dropped": True, "state": "ready"}
        ids = [bench.add(started_at=NOW - ago, **drop) for ago in earlier]
        if ticket:
            with bench.database.write() as session:
                first = Ticket(
                    number="KDI-112-20251118-0001",
                    status="baru",
                    complaint_type="banjir",
                    target_opd="BPBD",
                    priority="P2",
                    created_at=NOW,
                    updated_at=NOW,
                )
                session.add(first)
                session.flush()
                call = the_call(bench.database, ids[0])
                session.add(TicketCall(call_pk=call.id, ticket_pk=first.id, created_at=NOW))
        call_id = bench.add(caller_hash=caller, started_at=NOW)
        bench.steps.decode(call_id, 1)
        for step in (bench.steps.transcribe, bench.steps.classify, bench.steps.store):
            step(call_id, 1)
        call = the_call(bench.database, call_id)
        assert call.dropped
        with bench.database.read() as session:
            row = work.last_suggestion(session, call.id)
        assert row is not None
        codes = [hit["code"] for hit in row.body["safety"]]
        assert (call.rank == 0) == bool(codes)
        return codes

    def test_two_in_half_an_hour(self, bench: Bench) -> None:
        assert self.suggest(bench, timedelta(minutes=29)) == ["S5_putus_berulang"]

    def test_not_with_the_other_one_longer_ago(self, bench: Bench) -> None:
        assert self.suggest(bench, timedelta(minutes=31)) == []

    def test_not_of_an_unknown_number(self, bench: Bench) -> None:
        assert self.suggest(bench, timedelta(minutes=5), caller=None) == []

    def test_three_in_a_day_are_enough_for_a_number_with_a_ticket(self, bench: Bench) -> None:
        assert self.suggest(bench, timedelta(hours=23), timedelta(hours=2), ticket=True) == ["S5_putus_berulang"]

    def test_and_not_for_one_without(self, bench: Bench) -> None:
        assert self.suggest(bench, timedelta(hours=23), timedelta(hours=2)) == []


class TestQueueColumns:
    def test_a_ghost_has_neither_type_nor_opd(self, bench: Bench) -> None:
        shares = {"ticket": 0.01, "information": 0.01, "ghost": 0.98}
        sure = replace(FakeClassifier().classification, disposition=shares, sure_of=None)
        pipeline = Pipeline(bench.transcriber, FakeClassifier(sure), load_taxonomy())
        bench.steps = Steps(bench.database, Storage(bench.settings.recordings_url), pipeline, bench.settings)
        call_id = bench.add()
        bench.work(call_id)
        call = the_call(bench.database, call_id)
        assert (call.disposition, call.complaint_type, call.target_opd) == ("ghost", None, None)
        assert call.ghost_kind is not None

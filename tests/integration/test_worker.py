"""Real worker processes with quick fake models: killed, poisoned, stopped; nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from support.work import PATIENCE, add_call, is_in, kill, start_worker, the_call, until

from triage.jobs.workflow import jobs_path
from triage.settings import Settings
from triage.store import Database
from triage.store.repositories import dead, work
from triage.store.tables import SuggestionRow, TranscriptRow


class Site:
    """A store, and workers on it that are killed at the end of the test."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.settings = Settings(database_url=database.url, data_dir=folder, _env_file=None)  # type: ignore[call-arg]
        self.workers: list[BaseProcess] = []

    def add(self, file_name: str = "call.wav", data: bytes | None = None) -> str:
        return add_call(self.database, self.settings, data, file_name=file_name)

    def worker(self, name: str, **environment: str) -> BaseProcess:
        process = start_worker(self.settings, name, **environment)
        self.workers.append(process)
        return process

    def becomes(self, call_id: str, *states: str) -> bool:
        return until(is_in(self.database, call_id, *states))

    def results(self, call_id: str) -> tuple[int, int]:
        """Transcripts and suggestions of a call."""
        pk = the_call(self.database, call_id).id
        with self.database.read() as session:
            return tuple(
                session.scalar(select(func.count()).where(table.call_pk == pk)) or 0  # type: ignore[return-value]
                for table in (TranscriptRow, SuggestionRow)
            )


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    made = Site(database, tmp_path)
    yield made
    for process in made.workers:
        kill(process)


class TestKilled:
    def test_another_worker_finishes_the_call_that_one_had_begun(self, site: Site) -> None:
        call_id = site.add("hang.wav")
        first = site.worker("first")
        assert site.becomes(call_id, "working")
        site.worker("second")
        kill(first)
        (site.folder / "hang.wav").touch()
        assert site.becomes(call_id, "ready")
        assert site.results(call_id) == (1, 1)
        assert the_call(site.database, call_id).revision == 2


class TestGivenUp:
    def test_a_recording_that_takes_its_process_with_it_ends_as_a_dead_letter(self, site: Site) -> None:
        poisoned, other = site.add("poison.wav"), site.add()
        for _ in range(8):
            process = site.worker("only")
            if until(lambda process=process: process.exitcode is not None or _is_dead(site, poisoned)):  # type: ignore[misc]
                if _is_dead(site, poisoned):
                    break
                assert process.exitcode == 9
        call = the_call(site.database, poisoned)
        assert (call.state, call.error_code) == ("dead", "work_crashed")
        assert "dengarkan" in (call.error_message or "").lower()
        assert site.becomes(other, "ready")

    def test_other_failures_after_their_attempts_and_a_retry_is_worked_on(self, site: Site) -> None:
        broken, damaged = site.add("broken.wav"), site.add(data=b"RIFF no recording")
        site.worker("only", TRIAGE_STEP_ATTEMPTS="2")
        assert site.becomes(broken, "dead") and site.becomes(damaged, "dead")
        assert the_call(site.database, broken).error_code == "work_failed"
        assert the_call(site.database, damaged).error_code == "recording_not_audio"
        with site.database.write() as session:
            call = work.in_work(session, broken, 1)
            assert call is not None
            call.file_name = "mended.wav"
            dead.revive(call, call.updated_at)
        assert site.becomes(broken, "ready")
        self.check_that_no_word_of_a_call_is_kept_elsewhere(site, broken)

    def check_that_no_word_of_a_call_is_kept_elsewhere(self, site: Site, call_id: str) -> None:
        everything = _dump_jobs(site.database)
        assert call_id in everything
        assert not [word for word in ("pohon", "saranani", "rahasia", "call.wav", "broken.wav") if word in everything]


class TestStopped:
    def test_finishes_what_it_has_begun(self, site: Site) -> None:
        call_id = site.add("hang.wav")
        process = site.worker("only", GRACE_SECONDS="60")
        assert site.becomes(call_id, "working")
        process.terminate()
        (site.folder / "hang.wav").touch()
        process.join(PATIENCE)
        assert process.exitcode == 0
        assert the_call(site.database, call_id).state == "ready"

    def test_hands_back_what_takes_too_long(self, site: Site) -> None:
        call_id = site.add("hang.wav")
        process = site.worker("first", GRACE_SECONDS="1")
        assert site.becomes(call_id, "working")
        process.terminate()
        process.join(PATIENCE)
        assert process.exitcode == 0
        assert the_call(site.database, call_id).state == "working"
        (site.folder / "hang.wav").touch()
        site.worker("second")
        assert site.becomes(call_id, "ready")


class TestLostJobsDatabase:
    def test_calls_in_hand_are_begun_anew(self, site: Site) -> None:
        call_id = site.add("hang.wav")
        process = site.worker("only")
        assert site.becomes(call_id, "working")
        kill(process)
        _lose_jobs(site.database)
        (site.folder / "hang.wav").touch()
        site.worker("only")
        assert site.becomes(call_id, "ready")
        assert site.results(call_id) == (1, 1)


def _is_dead(site: Site, call_id: str) -> bool:
    return the_call(site.database, call_id).state == "dead"


def _lose_jobs(database: Database) -> None:
    if database.is_sqlite:
        path = Path(jobs_path(str(make_url(database.url).database)))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        return
    with database.write() as session:
        session.connection().exec_driver_sql("DROP SCHEMA dbos CASCADE")


def _dump_jobs(database: Database) -> str:
    """All that the jobs database holds, as text."""
    jobs: Database = database
    if database.is_sqlite:
        jobs = Database(f"sqlite:///{jobs_path(str(make_url(database.url).database))}")
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        tables = "SELECT 'dbos.' || table_name FROM information_schema.tables WHERE table_schema = 'dbos'"
    with jobs.read() as session:
        run: Callable[[str], list[tuple[object, ...]]] = lambda query: [  # noqa: E731
            tuple(row) for row in session.connection().exec_driver_sql(query)
        ]
        return "\n".join(str(row) for (table,) in run(tables) for row in run(f"SELECT * FROM {table}"))

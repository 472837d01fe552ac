"""A worker's name is held by one process, for as long as it lives."""

from __future__ import annotations

import socket

import psycopg
import pytest

from triage.errors import ConflictError
from triage.jobs.locks import SessionLocks, open_locks, take_name
from triage.store import Database


class TestLocks:
    def test_a_name_is_held_by_one(self, database: Database) -> None:
        first, second = open_locks(database.url), open_locks(database.url)
        assert first.take("a") and second.take("b")
        assert not second.take("a")
        first.release("a")
        assert second.take("a")
        first.close()
        second.close()

    def test_all_are_free_when_their_holder_is_gone(self, database: Database) -> None:
        first, second = open_locks(database.url), open_locks(database.url)
        assert first.take("a")
        first.close()
        assert second.take("a")
        second.close()

    def test_are_of_one_store(self, database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
        other = open_locks(f"sqlite:///{tmp_path_factory.mktemp('other') / 'store.sqlite'}")
        own = open_locks(database.url)
        assert own.take("a") and other.take("a")
        own.close()
        other.close()

    def test_are_held_still(self, database: Database) -> None:
        locks = open_locks(database.url)
        locks.take("a")
        assert locks.hold("a")
        locks.close()


class TestLostSession:
    """PostgreSQL restarted, or somebody ended the worker's session."""

    @pytest.fixture
    def locks(self, database: Database) -> SessionLocks:
        locks = open_locks(database.url)
        if not isinstance(locks, SessionLocks):
            pytest.skip("files are never lost")
        return locks

    def cut(self, locks: SessionLocks) -> None:
        with psycopg.connect(locks._conninfo, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE application_name LIKE 'triage-worker-lock%' AND datname = current_database()"
            )

    def test_the_name_is_taken_back(self, locks: SessionLocks, database: Database) -> None:
        locks.take("a")
        self.cut(locks)
        assert locks.hold("a")
        other = open_locks(database.url)
        assert not other.take("a")
        other.close()
        locks.close()

    def test_unless_another_has_it_by_now(self, locks: SessionLocks, database: Database) -> None:
        locks.take("a")
        self.cut(locks)
        other = open_locks(database.url)
        assert other.take("a")
        assert not locks.hold("a")
        other.release("a")
        assert locks.hold("a")
        other.close()
        locks.close()


class TestName:
    def test_is_the_hosts_with_the_first_free_number(self, database: Database) -> None:
        first, second = open_locks(database.url), open_locks(database.url)
        assert take_name(first, None) == f"{socket.gethostname()}-1"
        assert take_name(second, None) == f"{socket.gethostname()}-2"
        first.close()
        third = open_locks(database.url)
        assert take_name(third, None) == f"{socket.gethostname()}-1"
        second.close()
        third.close()

    def test_a_wanted_one_is_refused_where_it_is_taken(self, database: Database) -> None:
        first, second = open_locks(database.url), open_locks(database.url)
        assert take_name(first, "meja-1") == "meja-1"
        with pytest.raises(ConflictError, match="meja-1"):
            take_name(second, "meja-1")
        first.close()
        second.close()

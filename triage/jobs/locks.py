"""Who is alive: each worker holds a lock of its name for as long as its process lives, however that ends.

On SQLite a lock on a file beside the store (all workers are on one machine), on PostgreSQL an advisory lock of a
session of its own. A pooler in transaction mode between worker and PostgreSQL would break the second.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import psycopg
from sqlalchemy.engine import URL, make_url

from triage.errors import ConflictError

SLOTS = 64
"""Workers of one machine without a name of their own."""

_KEEPALIVE = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""PostgreSQL lets go of the locks of a machine that lost its power after 25 s, not after its default of two hours."""


class Locks(Protocol):
    """Locks by name. A name is held by one process of all."""

    def take(self, name: str) -> bool:
        """Whether this process holds the lock now; does not wait."""

    def release(self, name: str) -> None:
        """Let go of a lock that this process holds."""

    def hold(self, name: str) -> bool:
        """Whether a lock taken before is held still, or again: a database that restarts forgets it."""

    def close(self) -> None:
        """Let go of all."""


def open_locks(store_url: str) -> Locks:
    """The locks of the workers on this store. Raises psycopg.OperationalError."""
    url = make_url(store_url)
    return FileLocks(Path(str(url.database))) if url.get_backend_name() == "sqlite" else SessionLocks(url)


def take_name(locks: Locks, wanted: str | None) -> str:
    """The name of this worker: the wanted one, else that of the host with the first free number.

    Raises ConflictError where another worker has it.
    """
    if wanted is not None:
        names = [wanted]
    else:
        host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())
        names = [f"{host}-{slot}" for slot in range(1, SLOTS + 1)]
    for name in names:
        if locks.take(name):
            return name
    raise ConflictError(
        "worker_name_taken",
        f"Pekerja bernama {names[0]} sudah berjalan. Hentikan yang itu, atau beri nama lain (TRIAGE_WORKER_NAME).",
        f"A worker named {names[0]} is running already. Stop it, or choose another name (TRIAGE_WORKER_NAME).",
    )


class FileLocks:
    """flock(2) on one file a name. The files stay: to remove one that somebody is about to lock would be a race."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._files: dict[str, IO[bytes]] = {}

    def take(self, name: str) -> bool:
        """See Locks."""
        file = self._store.with_name(f"{self._store.name}.{name}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._files[name] = file
        return True

    def release(self, name: str) -> None:
        """See Locks."""
        self._files.pop(name).close()

    def hold(self, name: str) -> bool:
        """See Locks."""
        return name in self._files

    def close(self) -> None:
        """See Locks."""
        for name in list(self._files):
            self.release(name)


class SessionLocks:
    """pg_try_advisory_lock on a direct connection."""

    def __init__(self, url: URL) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = self._connect()
        self._lost: set[str] = set()

    def take(self, name: str) -> bool:
        """See Locks."""
        row = self._connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 112))", [name]).fetchone()
        return row is not None and bool(row[0])

    def release(self, name: str) -> None:
        """See Locks."""
        self._connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 112))", [name])

    def hold(self, name: str) -> bool:
        """See Locks. Raises psycopg.OperationalError while the database cannot be reached."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            self.close()
            self._connection = self._connect()
            self._lost.add(name)
        if name in self._lost and self.take(name):
            self._lost.remove(name)
        return name not in self._lost

    def close(self) -> None:
        """See Locks. Unlocks in words first: the server sees that a client went only some time later."""
        with suppress(psycopg.Error):
            self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(
            self._conninfo,
            autocommit=True,
            application_name=f"triage-worker-lock-{os.getpid()}",
            tcp_user_timeout=25_000,  # ms; the same from this side: no query waits longer for a lost network
        )
        for setting in _KEEPALIVE:
            connection.execute(f"SET {setting}")
        return connection

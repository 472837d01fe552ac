"""A store as it looks after years of service: calls with transcripts, suggestions, decisions and tickets.

Texts are words by their frequency (Zipf's law) with sentences of the taxonomy between them; answers are distributed as
a call centre's are: few tickets, many questions, a fifth ghosts. Rows go in past the ORM, in bulk.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import func, select, text
from support.cases import TAXONOMY, VERSIONS, suggestion

from triage.casework.answer import places_by_id
from triage.store import Database
from triage.store.repositories.work import rank_of
from triage.store.tables import Call, Decision, Ticket

RARE_WORD, RARE_EVERY = "zamrudkhatulistiwa", 50_000
"""A word that one call in so many has."""
_NAMES = 50_000
"""Words beside those of the taxonomy: names, slips, other languages."""
_BATCH = 10_000
_APART = timedelta(seconds=90)
_SHARES = {"ticket": 0.04, "information": 0.74, "ghost": 0.22}
_VERDICTS = {"accept": 0.80, "correct": 0.15, "cannot_tell": 0.03, "bad_transcript": 0.02}
_TABLES = ("calls", "transcripts", "suggestions", "decisions", "tickets", "ticket_calls")
_ANSWER = ("disposition", "complaint_type", "target_opd", "priority", "ghost_kind")

Rows = dict[str, list[dict[str, Any]]]
"""Rows by table; all of a table have the same columns in the same order."""


@cache
def words_by_frequency() -> list[str]:
    """The words of the taxonomy's texts, the most frequent first."""
    types = TAXONOMY.types.values()
    texts = [said for item in types for said in (item.definition, *(one.text for one in item.utterances))]
    words = Counter(re.findall(r"[a-z]+", " ".join(texts).lower()))
    return [word for word, _ in words.most_common()]


class Writer:
    """Speech by the frequency of words."""

    def __init__(self, draw: np.random.Generator) -> None:
        self._draw = draw
        syllables = np.array([f"{c}{v}" for c in "bcdghjklmnprstwy" for v in "aiueo"])
        names = ["".join(draw.choice(syllables, size)) for size in draw.integers(2, 5, _NAMES)]
        self._words = np.array([*words_by_frequency(), *names])
        share = 1.0 / np.arange(1, len(self._words) + 1) ** 1.05
        self._limits = np.cumsum(share / share.sum())
        self._said = [said.text for item in TAXONOMY.types.values() for said in item.utterances]

    def texts(self, count: int) -> list[str]:
        """So many transcripts of 5 to 60 words."""
        lengths = self._draw.integers(5, 60, count)
        drawn = self._words[np.searchsorted(self._limits, self._draw.random(int(lengths.sum())))]
        parts = np.split(drawn, np.cumsum(lengths)[:-1])
        said = self._draw.integers(0, len(self._said), count)
        return [f"{' '.join(words)} {self._said[one]}" for words, one in zip(parts, said, strict=True)]


def fill(database: Database, user_pks: Sequence[int], decided: int, waiting: int, tell: Callable[[str], None]) -> None:
    """Append calls until so many are decided, and so many that wait for a decision."""
    with database.read() as session:
        last = session.scalar(select(func.max(Call.id))) or 0
        ready = session.scalar(select(func.count()).select_from(Call).where(Call.state == "ready")) or 0
        next_decision = (session.scalar(select(func.max(Decision.id))) or 0) + 1
        next_ticket = (session.scalar(select(func.max(Ticket.id))) or 0) + 1
    states = [("decided", max(0, decided - last)), ("ready", max(0, waiting - ready))]
    total = sum(missing for _, missing in states)
    draw = np.random.default_rng(112 + last)
    rows = _Rows(draw, user_pks, datetime.now(UTC) - _APART * total, last + 1, next_decision, next_ticket)
    for state, missing in states:
        for done in range(0, missing, _BATCH):
            count = min(_BATCH, missing - done)
            _write(database, rows.batch(last + 1, count, state))
            last += count
            if done % (10 * _BATCH) == 0:
                tell(f"{last:,} calls")
    _settle(database, whole=total > _BATCH)


class _Rows:
    """Rows of all tables for calls that follow one another."""

    def __init__(
        self,
        draw: np.random.Generator,
        user_pks: Sequence[int],
        begin: datetime,
        first: int,
        next_decision: int,
        next_ticket: int,
    ) -> None:
        self._draw, self._writer, self._users = draw, Writer(draw), list(user_pks)
        self._begin, self._first = begin, first
        self._decision, self._ticket = next_decision, next_ticket
        self._types = list(TAXONOMY.types)
        weights = 1.0 / np.arange(1, len(self._types) + 1)
        self._weights = weights / weights.sum()
        self._places = list(places_by_id())
        self._bodies: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}

    def batch(self, first: int, count: int, state: str) -> Rows:
        """Rows of the calls first..first+count-1."""
        rows: Rows = {name: [] for name in _TABLES}
        labels = self._draw.choice(list(_SHARES), count, p=list(_SHARES.values()))
        types = self._draw.choice(self._types, count, p=self._weights)
        verdicts = self._draw.choice(list(_VERDICTS), count, p=list(_VERDICTS.values()))
        for index, words in enumerate(self._writer.texts(count)):
            key = first + index
            said = f"{words} {RARE_WORD}" if key % RARE_EVERY == 7 else words
            call = self._call(rows, key, state, str(labels[index]), str(types[index]), said)
            if state == "decided":
                self._decide(rows, call, str(verdicts[index]))
        return rows

    def _call(self, rows: Rows, key: int, state: str, label: str, about: str, words: str) -> dict[str, Any]:
        """A call with its suggestion, as it waits for a decision."""
        body, written = self._body(label, about)
        at = self._begin + _APART * (key - self._first)
        number, sha256 = key * 7919 % 20_000, secrets.token_hex(32)
        ghost, listen, priority = label == "ghost", body["decision"] == "listen", body["priority"]["code"]
        call = {
            "id": key,
            "call_id": f"call-{secrets.token_hex(8)}",
            "state": state,
            "revision": 2,
            "source": "watch",
            "received_at": at,
            "started_at": at,
            "updated_at": at,
            "content_key": sha256,
            "sha256": sha256,
            "file_name": f"in-112-{key}.wav",
            "audio_uri": f"{key // 1000}/{key}.wav",
            "audio_bytes": 480_044,
            "duration": 30.0,
            "direction": "in",
            "queue": "112",
            "agent": str(key % 20),
            "caller_hash": f"{number:064x}",
            "caller_last3": f"{number % 1000:03d}",
            "dropped": False,
            "urgency": 2,
            "attempt": 1,
            "progress": 1.0,
            "listen": listen,
            "disposition": label,
            "complaint_type": None if ghost else about,
            "target_opd": None if ghost else body["target_opd"][0]["code"],
            "priority": priority,
            "ghost_kind": body["ghost"]["kind"],
            "verdict": None,
            "agreed": None,
            "rank": rank_of(safety=False, listen=listen, disposition=label, priority=priority),
        }
        made = {"id": key, "call_pk": key, "created_at": at}
        transcript = {"recogniser": VERSIONS["recogniser"], "body": _transcript(words), "text": words}
        suggested = {"transcript_pk": key, **VERSIONS, "body": written.replace('"?"', f'"{call["call_id"]}"', 1)}
        rows["calls"].append(call)
        rows["transcripts"].append({**made, **transcript})
        rows["suggestions"].append({**made, **suggested})
        return call

    def _decide(self, rows: Rows, call: dict[str, Any], verdict: str) -> None:
        """Decide a call ten minutes after it came."""
        key, at = call["id"], call["received_at"] + timedelta(minutes=10)
        agreed = {"accept": True, "correct": False}.get(verdict)
        call.update(revision=3, updated_at=at, verdict=verdict, agreed=agreed)
        said = {name: call[name] if agreed is not None else None for name in _ANSWER}
        place = self._places[key % len(self._places)]
        user = self._users[key % len(self._users)]
        made = {"id": self._decision, "call_pk": key, "suggestion_pk": key, "user_pk": user, "created_at": at}
        rows["decisions"].append(
            {**made, **said, "verdict": verdict, "agreed": agreed, "place_id": None, "seconds": 8.0}
        )
        self._decision += 1
        if said["disposition"] == "ticket":
            self._open(rows, call, place, at)

    def _open(self, rows: Rows, call: dict[str, Any], place: str, at: datetime) -> None:
        """Open a ticket for a call; nearly all are done."""
        done = self._ticket % 50 > 0
        rows["tickets"].append(
            {
                "id": self._ticket,
                "number": f"KDI-112-{at:%Y%m%d}-{self._ticket:07d}",
                "revision": 1,
                "status": "selesai" if done else "diterima",
                "complaint_type": call["complaint_type"],
                "target_opd": call["target_opd"],
                "priority": call["priority"],
                "place_id": place,
                "description": "",
                "source": "call",
                "created_at": at,
                "updated_at": at,
                "closed_at": at if done else None,
            }
        )
        rows["ticket_calls"].append({"call_pk": call["id"], "ticket_pk": self._ticket, "created_at": at})
        self._ticket += 1

    def _body(self, label: str, about: str) -> tuple[dict[str, Any], str]:
        """A suggestion about this, and as JSON: the same for all calls but for their id."""
        if (label, about) not in self._bodies:
            priority = TAXONOMY.types[about].priority if label == "ticket" else "P4"
            kind = "salah_sambung" if label == "ghost" else None
            whole = suggestion(label, about, priority=priority, ghost_kind=kind, listen=len(self._bodies) % 7 == 0)
            evidence = [
                {"quote": word, "supports": about, "weight": 0.1, "start": 1.0, "end": 2.0} for word in "abcdefgh"
            ]
            whole = {"call_id": "?", **whole, "evidence": evidence, "warnings": [TAXONOMY.types[about].definition]}
            self._bodies[label, about] = whole, json.dumps(whole)
        return self._bodies[label, about]


def _transcript(words: str) -> str:
    """A transcript's JSON with a time for each word."""
    times = [
        f'{{"text": "{word}", "start": {index / 2}, "end": {index / 2 + 0.5}, "probability": 0.91}}'
        for index, word in enumerate(words.replace('"', "").split())
    ]
    segment = {"channel": "caller", "start": 0.0, "end": len(times) / 2, "text": words, "doubts": []}
    return (
        '{"language": "id", "channels": ["caller"], "segments": ['
        f'{json.dumps(segment)[:-1]}, "words": [{", ".join(times)}]}}]}}'
    )


def _write(database: Database, rows: Rows) -> None:
    """All rows in one transaction, and their transcripts into the search."""
    first, last = rows["calls"][0]["id"], rows["calls"][-1]["id"]
    with _raw(database) as cursor:
        for name in filter(rows.get, _TABLES):
            names = list(rows[name][0])
            if database.is_sqlite:
                places = ", ".join("?" * len(names))
                values = ([_for_sqlite(value) for value in row.values()] for row in rows[name])
                cursor.executemany(f"INSERT INTO {name} ({', '.join(names)}) VALUES ({places})", values)
                continue
            with cursor.copy(f"COPY {name} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows[name]:
                    copy.write_row(list(row.values()))
        if database.is_sqlite:
            search = "INSERT INTO call_search (rowid, text) SELECT call_pk, text FROM transcripts"
        else:
            search = "INSERT INTO call_search SELECT call_pk, to_tsvector('simple', text) FROM transcripts"
        cursor.execute(f"{search} WHERE call_pk BETWEEN {first} AND {last}")


def _for_sqlite(value: Any) -> Any:
    """Times as SQLAlchemy writes them."""
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


@contextmanager
def _raw(database: Database) -> Iterator[Any]:
    """A cursor of the driver, in one transaction. Nothing here must survive a power cut."""
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        if database.is_sqlite:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-1000000")
            cursor.execute("BEGIN")
        else:
            cursor.execute("SET synchronous_commit = off")
        yield cursor
        connection.commit()
    finally:
        connection.invalidate()  # with its settings


def _settle(database: Database, *, whole: bool) -> None:
    """What they would have done by themselves: SQLite takes over its log, PostgreSQL counts on and vacuums."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("calls", "transcripts", "suggestions", "decisions", "tickets"):
            connection.execute(text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))
        if whole:
            connection.exec_driver_sql("VACUUM ANALYZE")

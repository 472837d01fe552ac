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
_TABLES = {
    "calls": "id call_id state revision source received_at started_at updated_at content_key sha256 file_name audio_uri "
    "audio_bytes duration direction queue agent caller_hash caller_last3 dropped urgency attempt progress listen "
    "disposition complaint_type target_opd priority ghost_kind verdict agreed rank",
    "transcripts": "id call_pk recogniser body text created_at",
    "suggestions": "id call_pk transcript_pk recogniser classifier taxonomy body created_at",
    "decisions": "id call_pk suggestion_pk user_pk verdict disposition complaint_type target_opd priority ghost_kind "
    "place_id agreed seconds created_at",
    "tickets": "id number revision status complaint_type target_opd priority place_id description source created_at "
    "updated_at closed_at",
    "ticket_calls": "call_pk ticket_pk created_at",
}


@cache
def words_by_frequency() -> list[str]:
    """The words of the taxonomy's texts, the most frequent first."""
    texts = (text for item in TAXONOMY.types.values() for text in (item.definition, *(u.text for u in item.utterances)))
    return [
        word
        for word, _ in Counter(word for text in texts for word in re.findall(r"[a-z]+", text.lower())).most_common()
    ]


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
    rows = _Rows(draw, user_pks, datetime.now(UTC) - _APART * total, next_decision, next_ticket)
    for state, missing in states:
        for done in range(0, missing, _BATCH):
            count = min(_BATCH, missing - done)
            _write(database, rows.batch(last + 1, count, state))
            last += count
            if done % (10 * _BATCH) == 0:
                tell(f"{last:,} calls")
    _settle(database, whole=total > _BATCH)


class _Rows:
    """Rows of all tables for a range of calls."""

    def __init__(
        self,
        draw: np.random.Generator,
        user_pks: Sequence[int],
        begin: datetime,
        next_decision: int,
        next_ticket: int,
    ) -> None:
        self._draw, self._writer, self._users = draw, Writer(draw), list(user_pks)
        self._begin = begin
        self._first: int | None = None
        self._decision, self._ticket = next_decision, next_ticket
        codes = list(TAXONOMY.types)
        weights = 1.0 / np.arange(1, len(codes) + 1)
        self._types = codes, weights / weights.sum()
        self._places = list(places_by_id())
        self._bodies: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}

    def batch(self, first: int, count: int, state: str) -> dict[str, list[tuple[Any, ...]]]:
        """Rows of the calls first..first+count-1."""
        self._first = first if self._first is None else self._first
        rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        draw = self._draw
        labels = draw.choice(list(_SHARES), count, p=list(_SHARES.values()))
        types = draw.choice(self._types[0], count, p=self._types[1])
        verdicts = draw.choice(list(_VERDICTS), count, p=list(_VERDICTS.values()))
        numbers = draw.integers(0, 20_000, count)
        for index, words in enumerate(self._writer.texts(count)):
            key = first + index
            said = f"{words} {RARE_WORD}" if key % RARE_EVERY == 7 else words
            at = self._begin + _APART * (key - self._first)
            self._call(rows, key, at, state, str(labels[index]), str(types[index]), int(numbers[index]), said)
            if state == "decided":
                self._decide(rows, key, at, str(verdicts[index]))
        return rows

    def _call(
        self,
        rows: dict[str, list[tuple[Any, ...]]],
        key: int,
        at: datetime,
        state: str,
        label: str,
        about: str,
        number: int,
        words: str,
    ) -> None:
        body, written = self._body(label, about)
        call_id, sha256 = f"call-{secrets.token_hex(8)}", secrets.token_hex(32)
        ghost = label == "ghost"
        answer = (
            label,
            None if ghost else about,
            None if ghost else body["target_opd"][0]["code"],
            body["priority"]["code"],
            body["ghost"]["kind"],
        )
        listen = body["decision"] == "listen"
        rank = rank_of(safety=False, listen=listen, disposition=label, priority=answer[3])
        rows["calls"].append(
            (
                key,
                call_id,
                state,
                2,
                "watch",
                at,
                at,
                at,
                sha256,
                sha256,
                f"in-112-{key}.wav",
                f"{key // 1000}/{key}.wav",
            )
            + (480_044, 30.0, "in", "112", str(key % 20), f"{number:064x}", f"{number % 1000:03d}", False, 2, 1, 1.0)
            + (listen, *answer, None, None, rank)
        )
        rows["transcripts"].append((key, key, VERSIONS["recogniser"], _transcript(words), words, at))
        rows["suggestions"].append((key, key, key, *VERSIONS.values(), written.replace('"?"', f'"{call_id}"', 1), at))

    def _decide(self, rows: dict[str, list[tuple[Any, ...]]], key: int, at: datetime, verdict: str) -> None:
        """The last call of the rows, decided ten minutes after it came."""
        call = list(rows["calls"][-1])
        agreed = {"accept": True, "correct": False}.get(verdict)
        call[3], call[7], call[29], call[30] = 3, at + timedelta(minutes=10), verdict, agreed
        rows["calls"][-1] = tuple(call)
        answer = tuple(call[24:29]) if agreed is not None else (None,) * 5
        place = self._places[key % len(self._places)]
        user = self._users[key % len(self._users)]
        later = at + timedelta(minutes=10)
        rows["decisions"].append(
            (
                self._decision,
                key,
                key,
                user,
                verdict,
                *answer,
                place if answer[0] == "ticket" else None,
                agreed,
                8.0,
                later,
            )
        )
        self._decision += 1
        if answer[0] == "ticket":
            status = "selesai" if key % 50 else "diterima"
            ticket = (
                self._ticket,
                f"KDI-112-{at:%Y%m%d}-{self._ticket:07d}",
                1,
                status,
                *answer[1:4],
                place,
                "",
                "call",
            )
            rows["tickets"].append((*ticket, later, later, later if status == "selesai" else None))
            rows["ticket_calls"].append((key, self._ticket, later))
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


def _write(database: Database, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """All rows in one transaction, and their transcripts into the search."""
    first, last = rows["calls"][0][0], rows["calls"][-1][0]
    with _raw(database) as cursor:
        for name, columns in _TABLES.items():
            names = columns.split()
            if database.is_sqlite:
                places = ", ".join("?" * len(names))
                cursor.executemany(
                    f"INSERT INTO {name} ({', '.join(names)}) VALUES ({places})", _for_sqlite(rows[name])
                )
                continue
            with cursor.copy(f"COPY {name} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows[name]:
                    copy.write_row(row)
        if database.is_sqlite:
            search = "INSERT INTO call_search (rowid, text) SELECT call_pk, text FROM transcripts"
        else:
            search = "INSERT INTO call_search SELECT call_pk, to_tsvector('simple', text) FROM transcripts"
        cursor.execute(f"{search} WHERE call_pk BETWEEN {first} AND {last}")


def _for_sqlite(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Times as SQLAlchemy writes them."""
    for row in rows:
        yield tuple(f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in row)


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
    """What the databases would have done by themselves: the log is taken over, sequences count on, autovacuum has run."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("calls", "transcripts", "suggestions", "decisions", "tickets"):
            connection.execute(text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))
        if whole:
            connection.exec_driver_sql("VACUUM ANALYZE")

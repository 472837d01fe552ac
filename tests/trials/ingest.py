"""30 s recordings offered to a running `triage serve` at 50 a second while no worker runs: all are taken, none is lost.

The offer is open-loop: a recording is due when the clock says so, however slow the answers are, and its latency counts
from then. Recordings are 8 kHz 16-bit mono WAV as a PBX writes them, each with other bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import struct
import time
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import select
from support.bad_recordings import wav

from triage.accounts.rights import Right
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.tables import Call
from trials.common import Figures, arguments, percentile, scratch
from trials.processes import Server, Site

RATE = 50
SECONDS = 60
CONNECTIONS = 32
_BOUNDARY = b"batas112"
_NUMBER_AT = 44
"""Where the samples of a WAV file begin: the recording's number is written over the first two."""


@dataclass
class Offer:
    """What was sent and answered. latencies in seconds from when a recording was due."""

    sent: dict[str, str] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    last_answer: float = 0.0


class Sender:
    """Connections that stay open; each carries one request at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        samples = (2000 * np.random.default_rng(112).standard_normal(30 * 8000)).astype("<i2")
        self._recording = wav(samples.tobytes())
        form = b"--" + _BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        end = b"\r\n--" + _BOUNDARY + b"--\r\n"
        length = len(form) + len(self._recording) + len(end)
        self._head = (
            f"POST /v1/calls HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: multipart/form-data; boundary={_BOUNDARY.decode()}\r\nContent-Length: {length}\r\n\r\n"
        ).encode() + form
        self._end = end

    def recording(self, number: int) -> bytes:
        """The recording with this number."""
        return self._recording[:_NUMBER_AT] + struct.pack("<i", number) + self._recording[_NUMBER_AT + 4 :]

    async def run(self, due: asyncio.Queue[tuple[int, float] | None], offer: Offer) -> None:
        """Send what is due until None comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while (item := await due.get()) is not None:
            number, when = item
            data = self.recording(number)
            for part in (self._head, data, self._end):
                writer.write(part)
            await writer.drain()
            status, body = await self._answer(reader)
            offer.last_answer = time.perf_counter()
            offer.latencies.append(offer.last_answer - when)
            if status == 202 and body["created"]:
                offer.sent[body["call_id"]] = hashlib.sha256(data).hexdigest()
            else:
                offer.failures.append(f"{status} {body}")
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, object]]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-len"))
        return int(head.split()[1]), json.loads(await reader.readexactly(length))


async def offer_calls(sender: Sender, rate: float, count: int) -> tuple[Offer, float]:
    """Offer so many recordings at this rate; the offer, and the seconds until the last answer."""
    due: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()
    offer = Offer()
    senders = [asyncio.create_task(sender.run(due, offer)) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for number in range(count):
        when = began + number / rate
        await asyncio.sleep(max(0.0, when - time.perf_counter()))
        due.put_nowait((number, when))
    for _ in senders:
        due.put_nowait(None)
    await asyncio.gather(*senders)
    return offer, offer.last_answer - began


def check_store(figures: Figures, site: Site, offer: Offer) -> None:
    """Every call that was answered must be in the database, with its sound."""
    settings = Settings(
        _env_file=None,
        data_dir=site.environment["TRIAGE_DATA_DIR"],
        database_url=site.environment["TRIAGE_DATABASE_URL"],
    )
    database, storage = Database(settings.store_url), Storage(settings.recordings_url)
    with database.read() as session:
        stored = {
            call_id: (sha256, uri)
            for call_id, sha256, uri in session.execute(select(Call.call_id, Call.sha256, Call.audio_uri))
        }
    database.close()
    whole = sum(
        hashlib.sha256(storage.read(uri)).hexdigest() == sha256 == offer.sent.get(call_id)
        for call_id, (sha256, uri) in stored.items()
    )
    sent = len(offer.sent)
    figures.add("calls in the database", len(stored), f"{sent}", good=set(stored) == set(offer.sent))
    figures.add("... with their own recording, whole", whole, f"{sent}", good=whole == sent)
    figures.add("files in the storage", len(list(storage.names())), f"{sent}", good=len(list(storage.names())) == sent)


def main() -> None:
    """Run the trial."""
    chosen = arguments(
        __doc__,
        ("--rate", {"type": float, "default": RATE}),
        ("--seconds", {"type": float, "default": SECONDS}),
        ("--processes", {"type": int, "default": 2}),
    )
    count = round(chosen.rate * chosen.seconds)
    figures = Figures(f"{chosen.rate:g} recordings of 30 s a second, {chosen.processes} processes, {chosen.database}")
    with scratch() as folder:
        site = Site(chosen.database, folder)
        token = site.add_token("pbx", Right.calls_ingest)
        server = Server(site, "--processes", str(chosen.processes))
        server.wait()
        offer, seconds = asyncio.run(offer_calls(Sender(server.port, token), chosen.rate, count))
        achieved = len(offer.sent) / seconds
        figures.add("offered", count)
        figures.add("taken", len(offer.sent), str(count), good=len(offer.sent) == count)
        figures.add("answered otherwise", len(offer.failures), "0", good=not offer.failures)
        figures.add("taken a second", achieved, f">= {0.99 * chosen.rate:g}", good=achieved >= 0.99 * chosen.rate)
        for share in (0.5, 0.95, 0.99, 1.0):
            figures.add(f"p{100 * share:g} of the answer, ms", 1000 * percentile(offer.latencies, share))
        check_store(figures, site, offer)
        server.stop()
    print(*offer.failures[:5], sep="\n")
    figures.finish()


if __name__ == "__main__":
    main()

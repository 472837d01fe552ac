"""A worker: it takes calls from the queue, and with the other workers keeps the queue."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from triage.errors import ConflictError, TranscriberError
from triage.jobs.dispatcher import Dispatcher, reap
from triage.jobs.locks import Locks, open_locks, take_name
from triage.jobs.steps import Steps
from triage.jobs.workflow import RETRY_SECONDS, Workflows
from triage.pipeline import Pipeline
from triage.recording import AcousticFacts, Channel, Recording, Span
from triage.recording.model import SAMPLE_RATE
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.migrate import prepare

GRACE_SECONDS = 60
"""How long a call may still take after SIGTERM; systemd kills after 90 s by default."""
KEPT_WORKFLOWS = timedelta(minutes=10)
_TICK_SECONDS = 0.25
_LOST_TIMES = 5
"""Readings in a row that find the worker's name taken by another; one alone is a reaper that tries the lock."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Chore:
    """Something a worker does over and over beside its calls."""

    name: str
    seconds: float
    do: Callable[[], object]
    due: float = 0.0


class Worker:
    """One a process. `run` returns when it is told to stop and what it had begun is done or handed back."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        concurrency: int,
        *,
        grace_seconds: int = GRACE_SECONDS,
        pace: float = 1.0,
        traces: bool = False,
    ) -> None:
        """concurrency: calls worked on at once. pace: factor of all waiting times; below 1 for tests.

        traces: a span of every step, for the process's OpenTelemetry tracer.
        """
        self._settings = settings
        self._pipeline = pipeline
        self._concurrency = concurrency
        self._grace_seconds = grace_seconds
        self._pace = pace
        self._traces = traces
        self._lost = 0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. Raises StoreError, ConflictError where another worker has this one's name."""
        database = Database(self._settings.store_url)
        prepare(database)
        locks = open_locks(self._settings.store_url)
        name = take_name(locks, self._settings.worker_name)
        steps = Steps(
            database, Storage(self._settings.recordings_url), self._pipeline, self._settings, kept=self._concurrency + 1
        )
        workflows = Workflows(
            self._settings.store_url,
            steps,
            executor=name,
            concurrency=self._concurrency,
            attempts=self._settings.step_attempts,
            retry_seconds=RETRY_SECONDS * self._pace,
            traces=self._traces,
        )
        workflows.launch()
        _log.info("worker ready", extra={"executor": name, "concurrency": self._concurrency})
        dispatcher = Dispatcher(database, workflows)
        chores = [
            Chore("dispatch", 0.5, dispatcher.dispatch),
            Chore("reap", 3.0, lambda: reap(workflows, locks)),
            Chore("reconcile", 10.0, dispatcher.reconcile),
            Chore("name", 1.0, lambda: self._keep_name(locks, name)),
            Chore("purge", 60.0, lambda: workflows.purge(datetime.now(UTC) - KEPT_WORKFLOWS)),
        ]
        try:
            do_chores(chores, stop, self._pace)
        finally:
            workflows.close(self._grace_seconds)
            locks.close()  # from here on the other workers take what is not done
            database.close()
            _log.info("worker stopped", extra={"executor": name})

    def _keep_name(self, locks: Locks, name: str) -> None:
        self._lost = 0 if locks.hold(name) else self._lost + 1
        if self._lost >= _LOST_TIMES:
            raise ConflictError(
                "worker_name_lost",
                f"Pekerja lain kini memakai nama {name}. Pekerja ini berhenti; jalankan lagi.",
                f"Another worker has the name {name} now. This one stops; start it again.",
            )


def do_chores(chores: Sequence[Chore], stop: threading.Event, pace: float) -> None:
    """Do each chore as often as it wants until `stop` is set. A chore that fails is logged and tried the next time.

    Raises ConflictError: whoever lost his name must not go on.
    """
    while not stop.wait(_TICK_SECONDS * pace):
        for chore in chores:
            if time.monotonic() < chore.due:
                continue
            try:
                chore.do()
            except ConflictError:
                raise
            except Exception:
                _log.exception("chore failed", extra={"chore": chore.name})
            chore.due = time.monotonic() + chore.seconds * pace


def warm_up(pipeline: Pipeline) -> None:
    """Load the models' weights, which else the first call would wait for. Raises ModelError.

    By a second of noise that is called speech. A server that does not answer now may when a call comes.
    """
    samples = np.random.default_rng(112).normal(0, 0.01, SAMPLE_RATE).astype(np.float32)
    facts = AcousticFacts(-40.0, -30.0, -60.0, -40.0, 0.0, 1.0, 1.0, 0.0, (), 0.0, 0.0, ())
    channel = Channel("caller", samples, (Span(0.0, 1.0),), facts)
    try:
        pipeline.suggest(Recording("", "0" * 64, 1.0, SAMPLE_RATE, "", "", (channel,)))
    except TranscriberError:
        _log.warning("transcriber does not answer yet")


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the second of them ends the process at once, as kill -9 would."""
    stop = threading.Event()

    def handle(number: int, _: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop

"""Figures for Prometheus.

What lies in the database is read when Prometheus asks, so that every API process gives the same answer and a stopped
worker shows; what only a process knows (its requests) is counted in it, and summed over processes by
prometheus-client's multi-process mode (PROMETHEUS_MULTIPROC_DIR, which `triage serve --processes` sets).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from triage.store import Database
from triage.store.repositories import figures

_REGISTRY = CollectorRegistry()
REQUEST_SECONDS = Histogram(
    "triage_http_request_seconds",
    "Seconds a request took",
    ("method", "route", "status"),
    registry=_REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10),
)
ERRORS = Counter("triage_errors_total", "Errors of the API that nobody foresaw", registry=_REGISTRY)

_CACHED_SECONDS = 5.0
_SPEED_WINDOW = timedelta(minutes=15)
_AGREEMENT_WINDOW = timedelta(hours=24)


class StoreCollector(Collector):
    """Figures from the database, kept for a few seconds."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def collect(self) -> Iterable[Metric]:
        """The figures; one reader at a time asks the database. Raises StoreError."""
        with self._lock:
            if time.monotonic() >= self._until:
                with self._database.read() as session:
                    self._kept = list(_figures(session, self._clock()))
                self._until = time.monotonic() + _CACHED_SECONDS
            return self._kept


def render(collector: StoreCollector) -> bytes:
    """All figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(collector)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(_REGISTRY)


def _figures(session: Session, now: datetime) -> Iterator[Metric]:
    yield _by_label(
        "triage_calls", "Calls by state; decided ones are not counted", "state", figures.calls_by_state(session)
    )
    yield _age(
        "triage_oldest_call_seconds",
        "Age of the call waiting longest for a worker",
        figures.oldest_waiting(session),
        now,
    )
    audio, work = figures.work_since(session, now - _SPEED_WINDOW)
    yield GaugeMetricFamily(
        "triage_audio_seconds_per_second",
        "Seconds of audio worked on per second of work, last 15 minutes",
        value=audio / work if work else 0.0,
    )
    decisions = GaugeMetricFamily(
        "triage_decisions", "Decisions of the last 24 hours", labels=("disposition", "agreed")
    )
    for disposition, agreed, count in figures.agreement_since(session, now - _AGREEMENT_WINDOW):
        decisions.add_metric((disposition, "true" if agreed else "false"), count)
    yield decisions
    yield _by_label(
        "triage_outbox",
        "Messages to OPDs by state; sent and dropped ones are not counted",
        "state",
        figures.outbox_by_state(session),
    )
    yield _age(
        "triage_oldest_message_seconds", "Age of the message waiting longest", figures.oldest_message(session), now
    )
    yield GaugeMetricFamily(
        "triage_refused_files", "Files in watched folders that could not be taken", value=figures.refused_files(session)
    )


def _by_label(name: str, text: str, label: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, count in sorted(counts.items()):
        family.add_metric((value,), count)
    return family


def _age(name: str, text: str, since: datetime | None, now: datetime) -> Metric:
    return GaugeMetricFamily(name, text, value=max(0.0, (now - since).total_seconds()) if since else 0.0)

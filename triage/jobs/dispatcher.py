"""Between calls and workflows: what has come in is queued, what died is taken up, what is lost is made again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from triage.jobs.locks import Locks
from triage.jobs.workflow import STALE, workflow_id
from triage.store import Database
from triage.store.repositories import dead, waiting

QUEUED_AHEAD = 16
"""Calls queued at most, of all workers: few, because those not queued yet can still be overtaken by an urgent one."""
_IN_HAND = 1000
_RUNNING = frozenset({"ENQUEUED", "DELAYED", "PENDING"})
_AGAIN = frozenset({None, "SUCCESS", STALE})
"""States of a workflow whose call is queued or worked on all the same, which only a lost jobs database, a restored
store or an update of this program explains: begun anew. None: there is no workflow."""
_CRASHED = (
    "work_crashed",
    "Mengolah panggilan ini berulang kali menghentikan prosesnya; mungkin rekamannya rusak. Dengarkan sendiri, "
    "dan coba ulang sekali.",
)
_BROKEN = ("work_broken", "Pekerjaan panggilan ini berhenti tanpa hasil. Lihat log pekerja, lalu coba ulang.")
_log = logging.getLogger(__name__)


class Queue(Protocol):
    """What is needed of triage.jobs.workflow.Workflows."""

    def enqueue(self, call_id: str, attempt: int, urgency: int) -> None:
        """Queue a call's work, once."""

    def states(self, ids: Sequence[str]) -> dict[str, str]:
        """States of workflows."""

    def forget(self, ids: Sequence[str]) -> None:
        """Remove workflows."""

    def busy_executors(self) -> set[str]:
        """Other executors with work begun."""

    def recover(self, executor: str) -> None:
        """Queue a dead executor's work again."""


class Dispatcher:
    """Every worker has one; they may do the same at the same time."""

    def __init__(
        self, database: Database, queue: Queue, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._queue = queue
        self._clock = clock

    def dispatch(self) -> int:
        """Queue the next calls that have come in, urgent ones first; returns how many. Raises StoreError.

        Queued first and noted afterwards: a process that dies in between leaves a call that is queued once more, which
        does nothing, instead of one that nobody queues.
        """
        with self._database.read() as session:
            room = QUEUED_AHEAD - waiting.count_queued(session)
            if room <= 0 or not waiting.next_received(session, 1):
                return 0
        with self._database.write() as session:
            waiting.raise_urgent(session, self._clock())
            calls = waiting.next_received(session, room)
        for call in calls:
            self._queue.enqueue(call.call_id, call.attempt, call.urgency)
        with self._database.write() as session:
            waiting.mark_queued(session, [call.id for call in calls], self._clock())
        return len(calls)

    def reconcile(self) -> None:
        """Give every call in hand its workflow back, or give the call up with its workflow. Raises StoreError."""
        calls = self._in_hand()
        states = self._queue.states(list(calls))
        odd = {name: states.get(name) for name in calls if states.get(name) not in _RUNNING}
        if not odd:
            return
        still = self._in_hand()  # read again: a workflow may have ended, with its call, between the two readings
        for name, state in odd.items():
            if name in still:
                self._mend(name, still[name], state)

    def _mend(self, name: str, call: waiting.Job, state: str | None) -> None:
        if state in _AGAIN:
            _log.warning("workflow made again", extra={"call_id": call.call_id, "state": state})
            self._queue.forget([name])
            self._queue.enqueue(call.call_id, call.attempt, call.urgency)
            return
        code, message = _CRASHED if state == "MAX_RECOVERY_ATTEMPTS_EXCEEDED" else _BROKEN
        _log.error("call given up", extra={"call_id": call.call_id, "attempt": call.attempt, "code": code})
        with self._database.write() as session:
            dead.bury(session, call.call_id, call.attempt, code, message, self._clock())
        self._queue.forget([name])

    def _in_hand(self) -> dict[str, waiting.Job]:
        with self._database.read() as session:
            calls = waiting.in_hand(session, _IN_HAND)
        return {workflow_id(call.call_id, call.attempt): call for call in calls}


def reap(queue: Queue, locks: Locks) -> list[str]:
    """Queue again what executors had begun whose lock is free, which means that they are dead; returns their names."""
    dead_ones = []
    for executor in sorted(queue.busy_executors()):
        if locks.take(executor):
            try:
                queue.recover(executor)
            finally:
                locks.release(executor)
            dead_ones.append(executor)
            _log.warning("work of a dead worker taken over", extra={"executor": executor})
    return dead_ones

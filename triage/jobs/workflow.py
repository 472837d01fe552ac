"""The steps as a durable workflow of DBOS, in a jobs database of its own.

The jobs database holds names of calls and which steps are done, never data of a call. It can be lost: the dispatcher
makes its workflows again from the calls. DBOS is one object a process, so there is one Workflows a process.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import traceback
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.engine import make_url

from triage.errors import InputError, StoreError, TriageError
from triage.jobs.steps import Steps

VERSION = "1"
"""Of the workflow. Raise it when steps are added, removed or reordered: what was begun by other code is begun anew."""
STALE = "STALE"
RECOVERIES = 3
"""A call that has taken its process with it so often is given up: the next one to take it would fall too."""
RETRY_SECONDS, RETRY_FACTOR = 2.0, 3.0
"""Back-off between attempts at a step: 2, 6, 18 s."""

_APPLICATION = "triage"
_WORKFLOW = "triage_call"
_QUEUE = "calls"
_POLL_SECONDS = 0.2
_OUTAGE_SECONDS = 5.0
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_STEPS = ("decode", "transcribe", "classify", "store")
_log = logging.getLogger(__name__)

Step = Callable[[str, int], bool]


def jobs_url(store_url: str) -> str:
    """URL of the jobs database: a file beside a SQLite store, the schema `dbos` of a PostgreSQL one."""
    url = make_url(store_url)
    if url.get_backend_name() != "sqlite":
        return store_url
    return f"sqlite:///{jobs_path(str(url.database))}"


def jobs_path(store_path: str) -> str:
    """File of the jobs database beside this SQLite store."""
    return f"{store_path.removesuffix('.sqlite')}.jobs.sqlite"


class TryAgain(Exception):  # noqa: N818 - no error of its own
    """A step failed and has attempts left."""


class Workflows:
    """The queue of workflows, and this process as one of those that run them."""

    def __init__(
        self,
        store_url: str,
        steps: Steps,
        *,
        executor: str,
        concurrency: int,
        attempts: int,
        retry_seconds: float = RETRY_SECONDS,
        traces: bool = False,
    ) -> None:
        """executor: name of this process, no other live one's. attempts: at a step, before a call is given up."""
        self._url = jobs_url(store_url)
        self._steps = steps
        self._executor = executor
        self._concurrency = concurrency
        self._attempts = attempts
        self._retry_seconds = retry_seconds
        self._traces = traces

    def launch(self) -> None:
        """Begin to run workflows: those that this executor had begun before, then those in the queue."""
        if self._url.startswith("sqlite"):
            with sqlite3.connect(str(make_url(self._url).database)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # kept in the file; DBOS does not set it
            connection.close()
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # else it would add one that ignores our settings
        DBOS(
            config=DBOSConfig(
                name=_APPLICATION,
                system_database_url=self._url,
                application_version=VERSION,
                executor_id=self._executor,
                serializer=DBOSPortableJSONSerializer(),  # pickle would run the code of whoever can write there
                sys_db_pool_size=self._concurrency + 5,
                use_listen_notify=False,
                log_level="WARNING",
                enable_otlp=self._traces,
            )
        )
        DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=RECOVERIES)(self._triage_call())
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=self._concurrency, polling_interval_sec=_POLL_SECONDS)

    def close(self, grace_seconds: int) -> None:
        """Take no more work, and wait so long for what has begun. What is not done then, another worker does again."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=grace_seconds)

    def enqueue(self, call_id: str, attempt: int, urgency: int) -> None:
        """Queue the work on a call, once a call and attempt; the lower urgency first."""
        options = EnqueueOptions(
            workflow_name=_WORKFLOW,
            queue_name=_QUEUE,
            workflow_id=workflow_id(call_id, attempt),
            app_version=VERSION,
            priority=urgency,  # always: unset is 0, ahead of every emergency
        )
        DBOS.enqueue_workflow_with_options(options, call_id, attempt)

    def states(self, ids: Collection[str]) -> dict[str, str]:
        """DBOS' states of these workflows, STALE for those of another VERSION; what is not there is left out."""
        found = DBOS.list_workflows(workflow_ids=list(ids), load_input=False, load_output=False) if ids else []
        return {one.workflow_id: one.status if one.app_version == VERSION else STALE for one in found}

    def busy_executors(self) -> set[str]:
        """Names of the other executors, dead or alive, that have begun something and not ended it."""
        running = DBOS.list_workflows(status="PENDING", name=_WORKFLOW, load_input=False, load_output=False)
        return {workflow.executor_id for workflow in running if workflow.executor_id} - {self._executor}

    def recover(self, executor: str) -> None:
        """Queue again what a dead executor had begun."""
        DBOS._recover_pending_workflows([executor])

    def forget(self, ids: Collection[str]) -> None:
        """Remove these workflows from the jobs database."""
        DBOS.delete_workflows(list(ids))

    def purge(self, before: datetime) -> int:
        """Remove the workflows that ended before this; returns how many, at most a thousand."""
        done = DBOS.list_workflows(
            status=_ENDED,
            name=_WORKFLOW,
            completed_before=before.astimezone(UTC).isoformat(),
            limit=1000,
            load_input=False,
            load_output=False,
        )
        if done:
            self.forget([workflow.workflow_id for workflow in done])
        return len(done)

    def _triage_call(self) -> Callable[[str, int], bool]:
        steps = [(name, self._guarded(getattr(self._steps, name))) for name in _STEPS]

        def triage_call(call_id: str, attempt: int) -> bool:
            """Whether the call became ready."""
            return all(self._run(name, step, call_id, attempt) for name, step in steps)

        return triage_call

    def _run(self, name: str, step: Step, call_id: str, attempt: int) -> bool:
        return DBOS.run_step(
            {
                "name": name,
                "retries_allowed": True,
                "max_attempts": self._attempts,
                "interval_seconds": self._retry_seconds,
                "backoff_rate": RETRY_FACTOR,
            },
            step,
            call_id,
            attempt,
        )

    def _guarded(self, step: Step) -> Step:
        """The step with its failures turned into dead letters; what it raises is for DBOS to try again.

        No exception of ours ends a workflow or reaches DBOS' log: its message may quote a caller.
        """

        def run(call_id: str, attempt: int) -> bool:
            while True:
                try:
                    return self._try(step, call_id, attempt)
                except StoreError as error:
                    if error.code != "store_unavailable":
                        raise
                    _log.warning("waiting for the database", extra={"call_id": call_id})
                    time.sleep(_OUTAGE_SECONDS)  # an outage is no fault of the call's, so it costs it no attempt

        return run

    def _try(self, step: Step, call_id: str, attempt: int) -> bool:
        try:
            return step(call_id, attempt)
        except InputError as error:  # the recording itself: it will be no better next time
            self._bury(call_id, attempt, error)
        except Exception as error:
            if getattr(error, "code", None) == "store_unavailable":
                raise
            stack = "".join(traceback.format_tb(error.__traceback__))
            _log.warning("step failed", extra={"call_id": call_id, "error": _told(error)[0], "stack": stack})
            if not _is_last_attempt():
                raise TryAgain(type(error).__name__) from None
            self._bury(call_id, attempt, error)
        return False

    def _bury(self, call_id: str, attempt: int, error: Exception) -> None:
        code, message = _told(error)
        _log.error("call given up", extra={"call_id": call_id, "attempt": attempt, "code": code})
        self._steps.bury(call_id, attempt, code, message)


def workflow_id(call_id: str, attempt: int) -> str:
    """Name of the workflow of a call's attempt."""
    return f"{call_id}-{attempt}"


def _is_last_attempt() -> bool:
    status = DBOS.step_status
    return status is None or (status.current_attempt or 0) + 1 >= (status.max_attempts or 1)


def _told(error: Exception) -> tuple[str, str]:
    """Code and Indonesian message of an error, for the administrator."""
    if isinstance(error, TriageError):
        return error.code, error.message_id
    kind = type(error).__name__
    return "work_failed", f"Galat tak terduga ({kind}) saat mengolah panggilan ini. Lihat log pekerja, lalu coba ulang."

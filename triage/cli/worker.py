"""`triage worker`: work on calls."""

from __future__ import annotations

import os
from threading import Thread

from triage.assemble import load_pipeline
from triage.cli.errors import report
from triage.dispatch.sender import make_sender
from triage.errors import TriageError
from triage.jobs.worker import Worker, stop_on_signals, warm_up
from triage.operations.logs import configure_logs
from triage.operations.tracing import trace_steps
from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import prepare

_OUTBOX_SECONDS = 10.0
"""For messages to OPDs that are under way; one that takes longer is sent again by another sender, with the same id."""


def run_worker(settings: Settings, concurrency: int) -> None:
    """Load the models, work on calls and send tickets until SIGTERM or SIGINT, and end the process.

    Raises ModelError, KnowledgeError, InputError (channels file) or StoreError before any work is taken.
    """
    configure_logs(settings)
    stop = stop_on_signals()
    pipeline = load_pipeline(settings)
    warm_up(pipeline)
    database = Database(settings.store_url)
    prepare(database)
    outbox = Thread(target=make_sender(settings, database).run, args=(stop,), daemon=True, name="outbox")
    outbox.start()
    code = 0
    try:
        Worker(settings, pipeline, concurrency, traces=trace_steps(settings)).run(stop)
    except TriageError as error:
        report(error)
        code = error.exit_code
    stop.set()
    outbox.join(_OUTBOX_SECONDS)
    os._exit(code)  # a call that outlasted the grace is still in its thread, which the interpreter would wait for

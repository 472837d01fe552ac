"""`triage serve`: the HTTP service."""

from __future__ import annotations

import importlib
import os
import tempfile
from typing import Any

import uvicorn

from triage.operations.logs import configure_logs
from triage.settings import Settings

_DRAIN_SECONDS = 30
"""How long requests under way may take after SIGTERM: the largest upload on a slow line, a long recording."""


def serve_api(settings: Settings, host: str, port: int, processes: int) -> None:
    """Load the models and serve until stopped. Raises ModelError or KnowledgeError before the port is opened.

    The service stands above the core, so it is imported by name here: no module of the core depends on it.
    """
    configure_logs(settings)
    if processes == 1:
        _run(importlib.import_module("api.app").create_app(settings), host, port)
        return
    with tempfile.TemporaryDirectory(prefix="triage-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        _run("api.process:app_of_process", host, port, factory=True, workers=processes)


def _run(app: Any, host: str, port: int, *, factory: bool = False, workers: int = 1) -> None:
    uvicorn.run(
        app,
        host=host,
        port=port,
        factory=factory,
        workers=workers,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        log_config=None,
        access_log=False,  # its lines hold paths and addresses; api.request_log writes ours
    )

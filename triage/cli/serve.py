"""`triage serve`: the HTTP service."""

from __future__ import annotations

import importlib
import os
import socket
import tempfile
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from triage.operations.logs import configure_logs
from triage.settings import Settings

_OPTIONS: dict[str, Any] = {
    # How long requests under way may take after SIGTERM: the largest upload on a slow line, a long recording
    "timeout_graceful_shutdown": 30,
    "log_config": None,
    "access_log": False,  # its lines hold paths and addresses; api.request_log writes ours
}


def serve_api(settings: Settings, host: str, port: int, processes: int) -> None:
    """Load the models and serve until stopped. Raises ModelError or KnowledgeError before the port is opened.

    The service stands above the core, so it is imported by name here: no module of the core depends on it.
    """
    configure_logs(settings)
    if processes == 1:
        uvicorn.run(importlib.import_module("api.app").create_app(settings), host=host, port=port, **_OPTIONS)
        return
    with tempfile.TemporaryDirectory(prefix="triage-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        app = "api.process:app_of_process"
        config = uvicorn.Config(app, host=host, port=port, factory=True, workers=processes, **_OPTIONS)
        with config.bind_socket() as listening:
            # asyncio does this for sockets that it opens itself. Without it the body of an answer waits for the client
            # to acknowledge its head, which clients put off by 40 ms.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Multiprocess(config, sockets=[listening]).run()

"""`triage serve`: the HTTP service."""

from __future__ import annotations

import importlib

import uvicorn

from triage.settings import Settings


def serve_api(settings: Settings, host: str, port: int) -> None:
    """Load the models and serve until stopped. Raises ModelError or KnowledgeError before the port is opened.

    The service stands above the core, so it is imported by name here: no module of the core depends on it.
    """
    app = importlib.import_module("api.app").create_app(settings)
    uvicorn.run(app, host=host, port=port)

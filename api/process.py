"""The application as one of several processes of `triage serve --processes N`."""

from __future__ import annotations

from fastapi import FastAPI

from api.app import create_app
from triage.operations.logs import configure_logs
from triage.settings import Settings


def app_of_process() -> FastAPI:
    """The application, with this process's logs set up: a new process begins without them."""
    settings = Settings()
    configure_logs(settings)
    return create_app(settings)

"""Structured logs without personal data: one line an event, JSON for machines or plain for a terminal.

No line is meant to hold what a caller said, who he is or how his recording is called. The mask is a second wall, for
what a library or an exception's message may bring along.
"""

from __future__ import annotations

import logging
import logging.config
import re
from typing import Any

import structlog

from triage.settings import Settings

_PRIVATE = frozenset(
    {
        "text",
        "quote",
        "transcript",
        "caller",
        "caller_number",
        "caller_hash",
        "file_name",
        "password",
        "token",
        "cookie",
    }
)
"""Names of fields whose value is never written."""
_DIGITS = re.compile(r"(?<!\w)\+?\d(?:[ .-]?\d){7,18}(?![\w:])")
"""Runs of 8 to 19 digits: telephone numbers, NIK."""
_TIMES = frozenset({"timestamp", "level", "logger", "event_id", "request_id", "call_id", "ticket"})
"""Fields made by ourselves, whose digits mean nothing."""


def mask(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Processor: drops private fields and masks what looks like a telephone number or a NIK."""
    for name, value in event.items():
        if name in _PRIVATE:
            event[name] = "[disembunyikan]"
        elif name not in _TIMES and isinstance(value, str):
            event[name] = _DIGITS.sub("[nomor]", value)
    return event


def configure_logs(settings: Settings) -> None:
    """Send the logs of this process and of its libraries through one chain, to stderr.

    Tracebacks come without local variables: they may hold what a caller said.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    }
    quiet = {"handlers": [], "propagate": True, "level": "INFO"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"chain": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "chain"}},
            "root": {"handlers": ["stderr"], "level": settings.log_level.upper()},
            "loggers": {
                "uvicorn": quiet,
                "uvicorn.error": quiet,
                # its lines hold whole paths and addresses; ours hold the route
                "uvicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
                "dbos": {"handlers": [], "propagate": True, "level": "WARNING"},
                "httpx": {"level": "WARNING"},
                "faster_whisper": {"level": "WARNING"},
                "alembic": {"level": "WARNING"},
                "multipart": {"level": "WARNING"},
                "python_multipart": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )

"""One log line and one measurement a request: the route, not the path; who, not what."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage.operations.metrics import REQUEST_SECONDS

_log = structlog.stdlib.get_logger("api.request")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = frozenset({"/health", "/ready", "/metrics"})
"""Asked every few seconds by machines: measured, but not written."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A client may invent others, and each would stay in the figures for ever."""


class RequestLog:
    """ASGI middleware. X-Request-ID is taken over from a proxy or made here, and goes back with the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then write down how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, noted)
            finally:
                seconds = time.perf_counter() - began
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                REQUEST_SECONDS.labels(method, route, str(status)).observe(seconds)
                if route not in _QUIET:
                    actor = scope.get("state", {}).get("actor", "?")
                    _log.info(
                        "request",
                        method=method,
                        route=route,
                        status=status,
                        ms=round(1000 * seconds, 1),
                        actor=actor,
                    )

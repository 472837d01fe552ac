"""Refuses too large a body while it streams in, before it fills the disk or the memory."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import http_problem

FORM_OVERHEAD = 64 * 1024
"""Bytes a multipart form may add to the recording itself: boundaries, headers, the small fields."""
_SMALL = 1024 * 1024
"""Bytes of a body that holds no recording: bodies are read before it is known who sends them."""
_RECORDINGS = ("/v1/calls", "/v1/suggestions")


class BodyLimit:
    """ASGI middleware: 413 by Content-Length at once, else when more than the limit has really arrived.

    Starlette's own limit answers in plain text where Content-Length is too large; this one in the problem format.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.largest = max_bytes + FORM_OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.largest if scope["path"].endswith(_RECORDINGS) else min(_SMALL, self.largest)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            await http_problem(413)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413)  # the one kind of exception that FastAPI lets out of form parsing unchanged
            return message

        await self.app(scope, counted, send)

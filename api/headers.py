"""Headers that keep browsers from doing more with an answer than was meant (OWASP Secure Headers Project)."""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HTTPS_ONLY = "max-age=31536000"
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_DOCS = (
    "default-src 'none'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DOCS_PATHS = ("/docs", "/redoc")
_STATIC = "/static-offline-docs/"
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """ASGI middleware. What is about calls is never kept by a browser or a proxy, unless the route says otherwise."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.headers = headers_of(https)
        self.static = {name: value for name, value in self.headers.items() if name != "Cache-Control"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        page: Message | None = None

        async def completed(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                _add(message, self.static if path.startswith(_STATIC) else self.headers)
                if path.startswith(_DOCS_PATHS):
                    page = message  # until its text is here
                    return
            elif page is not None:
                MutableHeaders(scope=page)["Content-Security-Policy"] = _docs_policy(message.get("body", b""))
                await send(page)
                page = None
            await send(message)

        await self.app(scope, receive, completed)


def headers_of(https: bool) -> dict[str, str]:
    """What every answer bears; https: the service is reached by it alone."""
    headers = {**_ALWAYS, "Content-Security-Policy": _NOTHING, "Cache-Control": "no-store"}
    return {**headers, "Strict-Transport-Security": _HTTPS_ONLY} if https else headers


def _add(message: Message, headers: dict[str, str]) -> None:
    given = MutableHeaders(scope=message)
    for name, value in headers.items():
        given.setdefault(name, value)


def _docs_policy(page: bytes) -> str:
    """The pages of the API's description start themselves by an inline script: that one alone is let run."""
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE.findall(page))
    return _DOCS.format("".join(f" 'sha256-{value}'" for value in hashes))

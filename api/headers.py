"""Headers that keep browsers from doing more with an answer than was meant (OWASP Secure Headers)."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_DOCS = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; worker-src blob:; frame-ancestors 'none'"
)
"""The pages of the API's description start themselves by an inline script."""
_DOCS_PATHS = ("/docs", "/redoc", "/static-offline-docs")


class SecurityHeaders:
    """ASGI middleware. What is about calls is never kept by a browser or a proxy, unless the route says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                docs = scope["path"].startswith(_DOCS_PATHS)
                headers.setdefault("Content-Security-Policy", _DOCS if docs else _NOTHING)
                if not docs:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, completed)

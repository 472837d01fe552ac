"""Who a request comes from, and whether he may.

People come with the session cookie, machines with a bearer token. A cookie is sent by the browser whatever page asked,
so a request that changes something needs the session's CSRF token too.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.context import Context, InContext
from triage.accounts.rights import Principal, Right
from triage.errors import AccessError

CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def source_of(request: Request) -> str:
    """The address a request comes from, for the audit trail (behind a proxy: uvicorn's --forwarded-allow-ips)."""
    return request.client.host if request.client else "?"


def find_principal(request: Request, context: Context) -> Principal | None:
    """Who a request comes from, or None. Raises AccessError 403 where a cookie comes without its CSRF token."""
    now = datetime.now(UTC)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        return context.tokens.find(secret.strip(), source_of(request), now)
    cookie = request.cookies.get(context.cookie)
    found = context.logins.find(cookie, source_of(request), now) if cookie else None
    if found is None:
        return None
    principal, _ = found
    if request.method not in _SAFE:
        check_origin(request)
        _check_csrf(request, context, cookie)
    return principal


def current_principal(request: Request, context: InContext) -> Principal:
    """The user or machine behind a request. Raises AccessError 401 where none is, 403 for a missing CSRF token."""
    principal = find_principal(request, context)
    request.state.actor = principal.actor.name if principal else "?"
    if principal is None:
        raise AccessError(
            "login_needed",
            "Masuk dahulu, atau kirim token yang masih berlaku (Authorization: Bearer ...).",
            "Log in first, or send a valid token (Authorization: Bearer ...).",
            status=401,
        )
    return principal


InPrincipal = Annotated[Principal, Depends(current_principal)]


def require(right: Right) -> Callable[..., Principal]:
    """A dependency that gives the principal who has this right. Raises AccessError 401 or 403.

    Use: `principal: Annotated[Principal, Depends(require(Right.calls_read))]`.
    """

    def allowed(principal: InPrincipal) -> Principal:
        check_right(principal, right)
        return principal

    return allowed


def check_right(principal: Principal, right: Right) -> None:
    """Raises AccessError 403 where the principal lacks the right."""
    if right not in principal.rights:
        raise AccessError(
            "not_allowed",
            f"Akun ini tidak berhak ({right}). Minta hak itu kepada pengelola.",
            f"This account has no right to do this ({right}). Ask the administrator for it.",
        )


def check_origin(request: Request) -> None:
    """Raises AccessError 403 where the browser says that another site's page sends this request."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise AccessError(
            "other_site",
            "Permintaan ini datang dari situs lain dan ditolak. Buka layanan ini langsung, lalu ulangi.",
            "This request comes from another site and was refused. Open this service itself and repeat.",
        )


def _check_csrf(request: Request, context: Context, cookie: str | None) -> None:
    given = request.headers.get(CSRF_HEADER, "").encode()
    if not hmac.compare_digest(given, context.logins.csrf_of(cookie or "").encode()):
        raise AccessError(
            "csrf_token",
            "Halaman ini kedaluwarsa. Muat ulang halaman, lalu coba lagi.",
            "This page is out of date. Load it again, then try again.",
        )

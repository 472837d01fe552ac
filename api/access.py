"""Who a request comes from, and whether he may.

People come with the session cookie, machines with a bearer token. A cookie is sent by the browser whatever page asked,
so a request that changes something needs the session's CSRF token too, and may not come from another site's page.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from api.context import Context, InContext
from api.rates import bearer_of
from triage.accounts.rights import Principal, Right
from triage.errors import AccessError

CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="Token mesin / a machine's token.")
_COOKIE = APIKeyCookie(
    name="triage_session",
    auto_error=False,
    scheme_name="session",
    description="Sesi orang, dari POST /login / a person's session. Requests that change something also need the "
    f"csrf_token of that answer as {CSRF_HEADER}. Behind HTTPS the cookie's name begins with __Host-.",
)


def source_of(request: Request) -> str:
    """The address a request comes from, for the audit trail (behind a proxy: uvicorn's --forwarded-allow-ips)."""
    return request.client.host if request.client else "?"


def find_principal(request: Request, context: Context) -> Principal | None:
    """Who a request comes from, or None.

    Raises AccessError 403 where a cookie comes without its CSRF token or from another site's page.
    """
    now, source = datetime.now(UTC), source_of(request)
    token = bearer_of(request)
    if token is not None:
        return context.tokens.find(token, source, now)
    cookie = request.cookies.get(context.cookie)
    principal = context.logins.find(cookie, source, now) if cookie else None
    if cookie and principal is not None and request.method not in _SAFE:
        check_origin(request)
        _check_csrf(request, context.logins.csrf_of(cookie))
    return principal


def current_principal(
    request: Request,
    context: InContext,
    _token: Annotated[object, Security(_BEARER)] = None,
    _session: Annotated[object, Security(_COOKIE)] = None,
) -> Principal:
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
    context.rates.remember(request, context.cookie, principal.actor.name)
    return principal


InPrincipal = Annotated[Principal, Depends(current_principal)]


def require(right: Right) -> Callable[..., Awaitable[Principal]]:
    """A dependency that gives the principal who has this right. Raises AccessError 401 or 403.

    Use: `principal: Annotated[Principal, Depends(require(Right.calls_read))]`.
    """

    async def allowed(principal: InPrincipal) -> Principal:  # async: it waits for nothing, and needs no thread
        check_right(principal, right)
        return principal

    return allowed


def check_right(principal: Principal, *rights: Right) -> None:
    """Raises AccessError 403 where the principal has none of these rights."""
    if principal.rights.isdisjoint(rights):
        names = ", ".join(rights)
        raise AccessError(
            "not_allowed",
            f"Akun ini tidak berhak ({names}). Minta hak itu kepada pengelola.",
            f"This account has no right to do this ({names}). Ask the administrator for it.",
        )


def check_origin(request: Request) -> None:
    """Raises AccessError 403 where the browser says that another site's page sends this request.

    Sec-Fetch-Site decides where the browser sends it (to HTTPS and to this machine itself), else Origin against Host
    (as Go's http.CrossOriginProtection does it). Neither is there: it is no browser's page.
    """
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from is not None:
        own = fetched_from in ("same-origin", "none")
    else:
        origin, host = request.headers.get("origin"), request.headers.get("host", "")
        own = origin is None or origin.partition("://")[2].lower() == host.lower()
    if not own:
        raise AccessError(
            "other_site",
            "Permintaan ini datang dari situs lain dan ditolak. Buka layanan ini langsung, lalu ulangi.",
            "This request comes from another site and was refused. Open this service itself and repeat.",
        )


def _check_csrf(request: Request, expected: str) -> None:
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), expected.encode()):
        raise AccessError(
            "csrf_token",
            "Halaman ini kedaluwarsa. Muat ulang halaman, lalu coba lagi.",
            "This page is out of date. Load it again, then try again.",
        )

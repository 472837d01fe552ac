"""How often one user, machine or address may ask (the `limits` library; in this process's memory).

The lock after wrong passwords is another thing: it lies in the database and holds for every process.
"""

from __future__ import annotations

import ipaddress
import time

from fastapi import Request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from triage.accounts.login import digest
from triage.errors import InputError, RateError
from triage.settings import Settings

_UNLIMITED = frozenset({"/health", "/ready", "/metrics"})
"""Asked by the machines that watch the service."""
_KNOWN_AT_MOST = 10_000


class Rates:
    """The limits of one process.

    A cookie or token is counted for its user or machine once it has opened something here, and for the address that
    it comes from until then: else whoever sends another invented one with every request would never be held back.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises InputError where a limit cannot be understood."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._all = _parsed("TRIAGE_RATE_LIMIT", settings.rate_limit)
        self._login = _parsed("TRIAGE_LOGIN_RATE_LIMIT", settings.login_rate_limit)
        self._known: dict[str, str] = {}

    def check(self, request: Request, cookie: str) -> None:
        """Count a request of whoever sends it (`cookie`: the name of the session's). Raises RateError."""
        secret = bearer_of(request) or request.cookies.get(cookie)
        known = self._known.get(digest(secret)) if secret else None
        self._hit(self._all, "request", known or address_of(request))

    def check_login(self, request: Request) -> None:
        """Count an attempt to log in from an address. Raises RateError."""
        self._hit(self._login, "login", address_of(request))

    def remember(self, request: Request, cookie: str, who: str) -> None:
        """From now on requests with this cookie or token are counted for `who`; it says nothing about their rights."""
        secret = bearer_of(request) or request.cookies.get(cookie)
        if secret:
            if len(self._known) >= _KNOWN_AT_MOST:
                self._known.clear()
            self._known[digest(secret)] = who

    def _hit(self, limits: list[RateLimitItem], *who: str) -> None:
        for limit in limits:
            if not self._limiter.hit(limit, *who):
                seconds = max(1, round(self._limiter.get_window_stats(limit, *who).reset_time - time.time()))
                raise RateError(
                    "too_many_requests",
                    f"Terlalu banyak permintaan. Coba lagi {seconds} detik lagi.",
                    f"Too many requests. Try again in {seconds} seconds.",
                    retry_after=seconds,
                )


async def limit_rate(request: Request) -> None:
    """Dependency of the whole application. Raises RateError."""
    if request.url.path not in _UNLIMITED:
        context = request.app.state.context
        context.rates.check(request, context.cookie)


def bearer_of(request: Request) -> str | None:
    """The token in the request's Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def address_of(request: Request) -> str:
    """The address; of an IPv6 one the network of one customer (/64), in which he may take any address he likes."""
    host = request.client.host if request.client else "?"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def _parsed(name: str, text: str) -> list[RateLimitItem]:
    try:
        limits = parse_many(text)
        if all(limit.amount > 0 for limit in limits):
            return limits
    except ValueError:
        pass
    raise InputError(
        "settings_invalid",
        f"Pengaturan salah: {name} ({text}). Tulis misalnya 50/second atau 10/minute;100/hour.",
        f"Wrong setting: {name} ({text}). Write for instance 50/second or 10/minute;100/hour.",
    )

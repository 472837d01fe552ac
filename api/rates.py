"""How often one user, machine or address may ask (the `limits` library; in this process's memory).

The lock after wrong passwords is another thing: it lies in the database and holds for every process.
"""

from __future__ import annotations

import time

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from triage.accounts.login import digest
from triage.errors import InputError, RateError
from triage.settings import Settings

_UNLIMITED = frozenset({"/health", "/ready", "/metrics"})
"""Asked by the machines that watch the service."""


class Rates:
    """The limits of one process."""

    def __init__(self, settings: Settings) -> None:
        """Raises InputError where a limit cannot be understood."""
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._all = _parsed("TRIAGE_RATE_LIMIT", settings.rate_limit)
        self._login = _parsed("TRIAGE_LOGIN_RATE_LIMIT", settings.login_rate_limit)

    def check(self, request: Request, cookie: str) -> None:
        """Count a request of whoever sends it: his token, his session (`cookie`: its name), else his address.

        Raises RateError.
        """
        secret = request.headers.get("authorization") or request.cookies.get(cookie)
        self._hit(self._all, digest(secret) if secret else _address(request))

    def check_login(self, request: Request) -> None:
        """Count an attempt to log in from an address. Raises RateError."""
        self._hit(self._login, _address(request))

    def _hit(self, limit: RateLimitItem, who: str) -> None:
        if self._limiter.hit(limit, who):
            return
        seconds = max(1, round(self._limiter.get_window_stats(limit, who).reset_time - time.time()))
        raise RateError(
            "too_many_requests",
            f"Terlalu banyak permintaan. Coba lagi {seconds} detik lagi.",
            f"Too many requests. Try again in {seconds} seconds.",
            retry_after=seconds,
        )


def limit_rate(request: Request) -> None:
    """Dependency of the whole application. Raises RateError."""
    if request.url.path not in _UNLIMITED:
        context = request.app.state.context
        context.rates.check(request, context.cookie)


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def _parsed(name: str, text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError:
        raise InputError(
            "settings_invalid",
            f"Pengaturan salah: {name} ({text}). Tulis misalnya 50/second atau 10/minute.",
            f"Wrong setting: {name} ({text}). Write for instance 50/second or 10/minute.",
        ) from None

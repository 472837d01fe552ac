"""Who a request comes from, and whether he may."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Depends, Request

from triage.accounts.rights import Principal, Right
from triage.errors import AccessError


def current_principal(request: Request) -> Principal:
    """The user or machine behind a request. Raises AccessError 401 where none is."""
    raise AccessError(
        "login_needed",
        "Masuk dahulu, atau kirim token (Authorization: Bearer ...).",
        "Log in first, or send a token (Authorization: Bearer ...).",
        status=401,
    )


def require(right: Right) -> Callable[..., Principal]:
    """A dependency that gives the principal who has this right. Raises AccessError 401 or 403.

    Use: `principal: Annotated[Principal, Depends(require(Right.calls_read))]`.
    """

    def allowed(principal: Principal = Depends(current_principal)) -> Principal:  # noqa: B008
        if right not in principal.rights:
            raise AccessError(
                "not_allowed",
                f"Akun ini tidak berhak ({right}). Minta hak itu kepada pengelola.",
                f"This account has no right to do this ({right}). Ask the administrator for it.",
            )
        return principal

    return allowed

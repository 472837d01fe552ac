"""Logging in and out."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.access import InPrincipal, check_origin, source_of
from api.context import Context, InContext
from api.responses import problems
from triage.accounts.passwords import MAX_LENGTH
from triage.accounts.rights import RIGHTS, Role
from triage.errors import ConflictError

router = APIRouter(tags=["session"])


class Credentials(BaseModel):
    """What a person logs in with."""

    name: str = Field(max_length=64, pattern=r"^[^\x00-\x1f]*$")
    password: str = Field(max_length=MAX_LENGTH)


class NewPassword(BaseModel):
    """Changing one's own password."""

    old: str = Field(max_length=MAX_LENGTH)
    new: str = Field(max_length=MAX_LENGTH)


class SessionView(BaseModel):
    """Who is logged in."""

    name: str
    role: Role | None = Field(description="Null for a machine.")
    rights: list[str]
    csrf_token: str | None = Field(description="To be sent as X-CSRF-Token with every request that changes something.")


@router.post("/login", summary="Masuk / log in", responses=problems(401, 403, 422))
def log_in(body: Credentials, request: Request, response: Response, context: InContext) -> SessionView:
    """Begins a session: a cookie for the browser, and the CSRF token for the page. One that was there ends."""
    check_origin(request)
    context.rates.check_login(request)
    before = request.cookies.get(context.cookie)
    login = context.logins.log_in(body.name, body.password, source_of(request), datetime.now(UTC), before)
    set_cookie(response, login.token, context)
    role = Role(login.user.role)
    return SessionView(name=login.user.name, role=role, rights=sorted(RIGHTS[role]), csrf_token=login.csrf)


@router.post("/logout", status_code=204, summary="Keluar / log out", responses=problems(401, 403))
def log_out(request: Request, response: Response, context: InContext, principal: InPrincipal) -> None:
    """Ends the session. A token goes on: an administrator ends it."""
    token = request.cookies.get(context.cookie)
    if token and principal.user_pk is not None:
        context.logins.log_out(token, principal.actor, principal.name)
        drop_cookie(response, context)


@router.get("/v1/session", summary="Siapa yang masuk / who is logged in", responses=problems(401))
def get_session(request: Request, context: InContext, principal: InPrincipal) -> SessionView:
    """Who asks, what he may do, and the CSRF token of the session."""
    token = request.cookies.get(context.cookie)
    return SessionView(
        name=principal.name,
        role=principal.role,
        rights=sorted(principal.rights),
        csrf_token=context.logins.csrf_of(token) if token and principal.user_pk is not None else None,
    )


@router.post(
    "/v1/session/password",
    status_code=204,
    summary="Ganti kata sandi sendiri / change one's own password",
    responses=problems(401, 403, 409, 422),
)
def change_password(
    body: NewPassword, request: Request, response: Response, context: InContext, principal: InPrincipal
) -> None:
    """Needs the old password; every session of the account ends, this one too."""
    if principal.user_pk is None:
        raise ConflictError(
            "no_password",
            "Token tidak punya kata sandi. Buat token baru lewat `triage tokens`.",
            "A token has no password. Make a new token with `triage tokens`.",
        )
    context.rates.check_login(request)
    context.logins.change_password(
        context.users, principal.actor, principal.name, body.old, body.new, datetime.now(UTC)
    )
    drop_cookie(response, context)


def set_cookie(response: Response, token: str, context: Context) -> None:
    """Hand the session's token to the browser, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        context.cookie,
        token,
        max_age=round(context.settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=context.settings.cookie_secure,
    )


def drop_cookie(response: Response, context: Context) -> None:
    """Tell the browser to forget the session's token."""
    response.delete_cookie(context.cookie, httponly=True, samesite="lax", secure=context.settings.cookie_secure)

"""Log-in by OpenID Connect (Authlib): authorization code flow with PKCE, state and nonce."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from api.access import source_of
from api.context import Context, InContext
from api.responses import problems
from api.routes.session import set_cookie
from triage.accounts.login import Login, digest
from triage.accounts.users import NAME as USER_NAME
from triage.errors import AccessError, InputError
from triage.secret import keyed_hash
from triage.settings import Settings

_log = logging.getLogger(__name__)

LANDING = "/v1/session"
"""Where the browser goes when it is logged in."""
_PREFIX = "/oidc"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Where an issuer may do without HTTPS."""
_MINUTES = 10
"""How long a log-in at the issuer may take."""
_SECONDS = 10.0
"""How long the issuer's server may take to answer."""
_SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Public-key ones: an issuer's list may name "none" too, which proves nothing."""
_BROKEN = (httpx2.HTTPError, ValueError, TypeError, KeyError, RuntimeError)
"""What Authlib lets through where an issuer cannot be reached or answers with something else than the protocol's."""


def add_oidc(app: FastAPI, context: Context) -> None:
    """Add the routes where an issuer is set. Raises InputError where a setting is missing or unsafe."""
    settings = context.settings
    if settings.oidc_issuer is None:
        return
    client = _client(settings, settings.oidc_issuer)
    app.add_middleware(
        _StateCookie,
        secret_key=keyed_hash(context.key, "oidc", "cookie"),
        session_cookie="triage_oidc",
        max_age=60 * _MINUTES,
        path=_PREFIX,
        https_only=settings.cookie_secure,
    )
    app.include_router(_router(client, settings))


class _StateCookie(SessionMiddleware):
    """Signed, for the state, nonce and code verifier of a log-in under way; nothing else is kept in it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{_PREFIX}/"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _client(settings: Settings, issuer: str) -> Any:
    """Authlib's client of the issuer; it asks for the issuer's addresses and keys when it first needs them."""
    address = urlsplit(issuer)
    if settings.oidc_client_id is None or not (address.scheme == "https" or address.hostname in _LOCAL):
        raise InputError(
            "settings_invalid",
            "Pengaturan salah: TRIAGE_OIDC_ISSUER harus https://... dan perlu TRIAGE_OIDC_CLIENT_ID.",
            "Wrong setting: TRIAGE_OIDC_ISSUER must be https://... and needs TRIAGE_OIDC_CLIENT_ID.",
        )
    secret = settings.oidc_client_secret
    oauth = OAuth()
    oauth.register(
        "issuer",
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "timeout": _SECONDS},
    )
    return oauth.issuer


def _router(client: Any, settings: Settings) -> APIRouter:
    router = APIRouter(prefix=_PREFIX, tags=["session"])

    @router.get(
        "/login",
        summary="Masuk lewat OpenID Connect / log in by OpenID Connect",
        status_code=302,
        response_class=RedirectResponse,
        responses=problems(502),
    )
    async def log_in(request: Request, context: InContext) -> RedirectResponse:
        """Sends the browser to the issuer."""
        context.rates.check_login(request)
        back = request.url_for("oidc_callback")
        if settings.cookie_secure:  # whatever a proxy in front makes of it
            back = back.replace(scheme="https")
        try:
            await _prepare(client, settings)
            answer: RedirectResponse = await client.authorize_redirect(request, back)
        except (AuthlibBaseError, *_BROKEN) as error:
            raise _unreachable(error) from error
        return answer

    @router.get(
        "/callback",
        name="oidc_callback",
        summary="Kembali dari OpenID Connect / back from OpenID Connect",
        status_code=303,
        response_class=RedirectResponse,
        responses=problems(401, 403, 502),
    )
    async def callback(request: Request, context: InContext) -> RedirectResponse:
        """Where the issuer sends the browser back to: begins a session for the user it names."""
        context.rates.check_login(request)
        try:
            await _prepare(client, settings)
            token = await client.authorize_access_token(request, claims_options=_expected(settings))
        except (AuthlibBaseError, JoseError) as error:
            raise _refused(error) from error
        except _BROKEN as error:
            raise _unreachable(error) from error
        if "userinfo" not in token:
            raise _refused("no id token came")
        login = await run_in_threadpool(_begin, request, context, dict(token["userinfo"]))
        answer = RedirectResponse(LANDING, 303)
        set_cookie(answer, login.token, context)
        return answer

    return router


async def _prepare(client: Any, settings: Settings) -> None:
    """What the issuer says of itself, held to the specification (OpenID Connect Discovery 1.0, section 4.3).

    Raises ValueError where it calls itself otherwise, or signs in no way that proves anything.
    """
    metadata = await client.load_server_metadata()
    if metadata["issuer"] != settings.oidc_issuer:
        raise ValueError("the issuer calls itself otherwise")
    names = "id_token_signing_alg_values_supported"
    metadata[names] = sorted(_SIGNATURES.intersection(metadata.get(names, ["RS256"])))
    if not metadata[names]:
        raise ValueError("the issuer signs in no way that proves anything")


def _expected(settings: Settings) -> dict[str, dict[str, object]]:
    return {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }


def _begin(request: Request, context: Context, claims: dict[str, Any]) -> Login:
    """A session for the user whom the claims name. Raises AccessError where there is none: none is made here."""
    return context.logins.begin_by_subject(
        digest(f"{claims['iss']}\0{claims['sub']}"),
        account_name(claims, context.settings.oidc_mail_domains or ""),
        source_of(request),
        datetime.now(UTC),
        request.cookies.get(context.cookie),
    )


def account_name(claims: dict[str, Any], mail_domains: str) -> str | None:
    """The account's name in an issuer's claims: its user name, else the local part of a mail address.

    mail_domains: comma-separated; addresses elsewhere, and unverified ones, say nothing: anybody may have one that
    begins with a colleague's name.
    """
    name = str(claims.get("preferred_username", "")).lower()
    if not name or "@" in name:
        mail = str(claims.get("email", "")).lower() if claims.get("email_verified") is True else ""
        local, _, domain = mail.rpartition("@")
        name = local if domain in {one.strip().lower() for one in mail_domains.split(",")} else ""
    return name if re.fullmatch(USER_NAME, name) else None


def _refused(reason: object) -> AccessError:
    _log.warning("OpenID Connect: refused: %s", reason)
    return AccessError(
        "oidc_refused",
        "Log-in lewat OpenID Connect gagal atau kedaluwarsa. Mulai lagi dari /oidc/login.",
        "The log-in by OpenID Connect failed or is out of date. Begin again at /oidc/login.",
        status=401,
    )


def _unreachable(reason: Exception) -> AccessError:
    _log.warning("OpenID Connect: %s: %s", type(reason).__name__, reason)
    return AccessError(
        "oidc_unreachable",
        "Layanan OpenID Connect tidak terjangkau atau jawabannya tidak sah. Coba lagi, atau masuk dengan kata sandi.",
        "The OpenID Connect service cannot be reached or gives no valid answer. Try again, or log in with a password.",
        status=502,
    )

"""Log-in by OpenID Connect (Authlib): authorization code flow with PKCE, state and nonce."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import RedirectResponse

from api.access import source_of
from api.context import Context, InContext
from api.responses import problems
from api.routes.session import SessionView, session_view, set_cookie
from triage.accounts.login import Login
from triage.errors import AccessError
from triage.secret import keyed_hash

_MINUTES = 10
"""How long a log-in at the issuer may take."""


def add_oidc(app: FastAPI, context: Context) -> None:
    """Add the routes where an issuer is set."""
    settings = context.settings
    if settings.oidc_issuer is None:
        return
    oauth = OAuth()
    secret = settings.oidc_client_secret
    oauth.register(
        "issuer",
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )
    # Signed, for the state and nonce of a log-in under way; nothing else is kept in it.
    app.add_middleware(
        SessionMiddleware,
        secret_key=keyed_hash(context.key, "oidc", "cookie"),
        session_cookie="triage_oidc",
        max_age=60 * _MINUTES,
        path="/oidc",
        https_only=settings.cookie_secure,
    )
    app.include_router(_router(oauth.issuer))


def _router(issuer: Any) -> APIRouter:
    router = APIRouter(prefix="/oidc", tags=["session"])

    @router.get(
        "/login",
        summary="Masuk lewat OpenID Connect / log in by OpenID Connect",
        response_class=RedirectResponse,
        status_code=302,
        responses=problems(502),
    )
    async def log_in(request: Request, context: InContext) -> Response:
        """Sends the browser to the issuer."""
        context.rates.check_login(request)
        try:
            answer: Response = await issuer.authorize_redirect(request, request.url_for("oidc_callback"))
        except Exception as error:  # whatever the issuer's server answers, or does not
            raise _unreachable() from error
        return answer

    @router.get("/callback", name="oidc_callback", summary="Kembali dari OpenID Connect", responses=problems(401, 403))
    async def callback(request: Request, response: Response, context: InContext) -> SessionView:
        """Where the issuer sends the browser back to: begins a session for the user it names."""
        context.rates.check_login(request)
        try:
            token = await issuer.authorize_access_token(request)
            claims = token["userinfo"]
        except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise AccessError(
                "oidc_refused",
                "Log-in lewat OpenID Connect gagal atau kedaluwarsa. Mulai lagi dari /oidc/login.",
                "The log-in by OpenID Connect failed or is out of date. Begin again at /oidc/login.",
                status=401,
            ) from error
        except Exception as error:
            raise _unreachable() from error
        login = await run_in_threadpool(_begin, context, dict(claims), source_of(request))
        set_cookie(response, login.token, context)
        return session_view(login)

    return router


def _begin(context: Context, claims: dict[str, Any], source: str) -> Login:
    """A session for the user whom the claims name. Raises AccessError where there is none: none is made here."""
    subject = f"{claims['iss']}#{claims['sub']}"
    names = [str(claims[name]).partition("@")[0].lower() for name in ("preferred_username", "email") if name in claims]
    return context.logins.begin_by_subject(subject, names, source, datetime.now(UTC))


def _unreachable() -> AccessError:
    return AccessError(
        "oidc_unreachable",
        "Layanan OpenID Connect tidak terjangkau. Coba lagi, atau masuk dengan kata sandi.",
        "The OpenID Connect service cannot be reached. Try again, or log in with a password.",
        status=502,
    )

"""The HTTP service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from api.body_limit import BodyLimit
from api.context import Context
from api.headers import SecurityHeaders
from api.oidc import add_oidc
from api.problems import add_problem_handlers
from api.rates import limit_rate
from api.request_log import RequestLog
from api.routes import ROUTERS
from api.service import Service
from triage import __version__
from triage.assemble import load_pipeline
from triage.operations.ready import check_key
from triage.operations.tracing import trace_app
from triage.pipeline import Pipeline
from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import prepare

DESCRIPTION = """
Rekaman panggilan 112 masuk, saran keluar: ghost call, jenis aduan, OPD tujuan. Petugas yang memutuskan.

A recorded 112 call goes in, a suggestion comes out: ghost verdict, complaint type, target OPD. A person decides.
Errors are problem documents (RFC 9457).
"""


def create_app(
    settings: Settings | None = None, pipeline: Pipeline | None = None, database: Database | None = None
) -> FastAPI:
    """The application. Models are loaded here, once, unless a pipeline is given; the store is prepared at its start.

    database: by default that of the settings. Raises ModelError or KnowledgeError.
    """
    settings = settings or Settings()
    context = Context(
        settings, Service(settings, pipeline or load_pipeline(settings)), database or Database(settings.store_url)
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        prepare(context.database)
        check_key(context.database, context.key)
        yield
        await context.changes.close()
        context.database.close()

    # The plain class's /docs fetches its scripts from the internet, which a call centre's network may not reach.
    app = FastAPIOffline(
        title="Triage 112",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        dependencies=[Depends(limit_rate)],
    )
    app.state.context = context
    app.add_middleware(BodyLimit, max_bytes=settings.max_bytes)
    app.add_middleware(SecurityHeaders, https=settings.cookie_secure)
    app.add_middleware(RequestLog)  # outermost: it sees every answer
    add_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    add_oidc(app, context)
    trace_app(app, settings)
    return app

"""The HTTP service: a recording in, a suggestion out. It stores nothing."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.body_limit import BodyLimit
from api.problems import add_problem_handlers
from api.routes import router
from api.service import Service
from triage import __version__
from triage.assemble import load_pipeline
from triage.pipeline import Pipeline
from triage.settings import Settings

DESCRIPTION = """
Rekaman panggilan 112 masuk, saran keluar: ghost call, jenis aduan, OPD tujuan. Petugas yang memutuskan.

A recorded 112 call goes in, a suggestion comes out: ghost verdict, complaint type, target OPD. A person decides.
Nothing is stored. Errors are problem documents (RFC 9457).
"""


def create_app(settings: Settings | None = None, pipeline: Pipeline | None = None) -> FastAPI:
    """The application. Models are loaded here, once, unless a pipeline is given.

    Raises ModelError or KnowledgeError.
    """
    settings = settings or Settings()
    # The plain class's /docs fetches its scripts from the internet, which a call centre's network may not reach.
    app = FastAPIOffline(title="Triage 112", version=__version__, description=DESCRIPTION)
    app.state.service = Service(settings, pipeline or load_pipeline(settings))
    app.add_middleware(BodyLimit, max_bytes=settings.max_bytes)
    add_problem_handlers(app)
    app.include_router(router)
    return app

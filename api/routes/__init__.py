"""The routes, one module a resource."""

from fastapi import APIRouter

from api.routes import events, intake, jobs, operations, session, suggestions, users

ROUTERS: tuple[APIRouter, ...] = (
    suggestions.router,
    intake.router,
    jobs.router,
    events.router,
    session.router,
    users.router,
    operations.router,
)

"""The routes, one module a resource."""

from fastapi import APIRouter

from api.routes import (
    audio,
    calls,
    decisions,
    events,
    intake,
    jobs,
    open311,
    operations,
    outbox,
    session,
    suggestions,
    tickets,
    users,
)

ROUTERS: tuple[APIRouter, ...] = (
    suggestions.router,
    intake.router,
    jobs.router,
    events.router,
    calls.router,
    audio.router,
    decisions.router,
    tickets.router,
    outbox.router,
    open311.router,
    session.router,
    users.router,
    operations.router,
)

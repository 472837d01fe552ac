"""The routes, one module a resource."""

from fastapi import APIRouter

from api.routes import (
    audio,
    audit,
    calls,
    decisions,
    events,
    exports,
    intake,
    jobs,
    open311,
    operations,
    outbox,
    privacy,
    reports,
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
    privacy.router,
    exports.router,
    reports.router,
    audit.router,
    session.router,
    users.router,
    operations.router,
)

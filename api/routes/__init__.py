"""The routes, one module a resource."""

from fastapi import APIRouter

from api.routes import session, suggestions, users

ROUTERS: tuple[APIRouter, ...] = (suggestions.router, session.router, users.router,)

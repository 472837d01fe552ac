"""The routes, one module a resource."""

from fastapi import APIRouter

from api.routes import operations, session, suggestions, users

ROUTERS: tuple[APIRouter, ...] = (suggestions.router, session.router, users.router, operations.router)

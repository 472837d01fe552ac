"""The routes, one module a resource."""

from fastapi import APIRouter

from api.routes import suggestions

ROUTERS: tuple[APIRouter, ...] = (suggestions.router,)

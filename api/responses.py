"""How the OpenAPI document describes problem documents."""

from __future__ import annotations

from typing import Any

from api.problems import MEDIA_TYPE, Problem

_ANY_ROUTE = frozenset({400, 429, 503})
"""A damaged body, too many requests, no database."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses, beside those that any route may."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {
        status: {"description": "Problem document (RFC 9457)", "content": content}
        for status in sorted({*statuses, *_ANY_ROUTE})
    }

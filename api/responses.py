"""How the OpenAPI document describes problem documents."""

from __future__ import annotations

from typing import Any

from api.problems import MEDIA_TYPE, Problem


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": "Problem document (RFC 9457)", "content": content} for status in statuses}

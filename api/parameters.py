"""Parameters that many routes share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def plausible(moment: datetime) -> datetime:
    """Near the ends of the calendar no other time zone has such a time."""
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("a time between the years 2000 and 2200 is needed")
    return moment


CallId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=200, description="Lines of a page.")]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the page before.")]
Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
"""A time with its zone."""
NO_STORE = {"Cache-Control": "no-store"}
"""Headers of what holds words or sound of a call: no copy stays in a browser or a proxy."""

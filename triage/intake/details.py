"""What is known of a call beside its sound."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

Direction = Literal["in", "out", "internal"]


@dataclass(frozen=True, slots=True)
class Details:
    """All of it may be unknown. caller_number: as written by whoever sent it, never stored; started_at: aware."""

    caller_number: str | None = None
    started_at: datetime | None = None
    direction: Direction | None = None
    queue: str | None = None
    agent: str | None = None
    pbx_id: str | None = None
    caller_channel: Literal["left", "right"] | None = None

    def filled_from(self, other: Details) -> Details:
        """These details, gaps filled from others."""
        return Details(*(getattr(self, f.name) or getattr(other, f.name) for f in fields(Details)))

"""When two recordings are the same call.

Usually the bytes tell. But two silent calls can have the same bytes: they are two when both say who called, when, or
which call of the PBX they are, and say it differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.secret import keyed_hash

_UNKNOWN = "-"
_DIGITS = 24
"""Of a hash: 96 bits keep apart what has the same bytes anyway."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Of a call: the SHA-256 of its recording, and marks of what else is known; kept as calls.content_key."""

    sha256: str
    pbx: str = _UNKNOWN
    start: str = _UNKNOWN
    caller: str = _UNKNOWN

    @classmethod
    def of(
        cls, key: bytes, sha256: str, pbx_id: str | None, started_at: datetime | None, caller_hash: str | None
    ) -> Identity:
        """The identity of what came in. key: the installation's; only what was explicitly given counts."""
        return cls(
            sha256,
            keyed_hash(key, "pbx_id", pbx_id)[:_DIGITS] if pbx_id else _UNKNOWN,
            str(round(started_at.timestamp())) if started_at else _UNKNOWN,
            caller_hash[:_DIGITS] if caller_hash else _UNKNOWN,
        )

    @classmethod
    def read(cls, content_key: str) -> Identity:
        """The identity of a stored call."""
        return cls(*content_key.split(":")[:4])

    def __str__(self) -> str:
        return ":".join((self.sha256, self.pbx, self.start, self.caller))

    def is_same_call(self, other: Identity) -> bool:
        """Whether nothing speaks against it. The PBX's own id, where both have it, decides alone."""
        if self.sha256 != other.sha256:
            return False
        if _UNKNOWN not in (self.pbx, other.pbx):
            return self.pbx == other.pbx
        return _agree(self.start, other.start) and _agree(self.caller, other.caller)


def _agree(one: str, other: str) -> bool:
    return _UNKNOWN in (one, other) or one == other

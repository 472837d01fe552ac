"""What a PBX writes into the names of its recordings.

FreePBX (sub-record-check): TYPE-DIALLED-CALLER-YYYYMMDD-HHMMSS-UNIQUEID.EXT, time in the PBX's own zone; UNIQUEID is
Asterisk's: seconds since 1970, a dot, a counter. For `out` the one dialled is the citizen and the caller an extension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from triage.intake.caller import mask_numbers
from triage.intake.details import Details, Direction

_NAME = re.compile(
    r"(?P<type>in|out|q|external|exten|rg|internal|force|g)-(?P<dialled>[^-]*)-(?P<caller>.*?)"
    r"(?P<tail>-(?P<time>\d{8}-\d{6})-(?P<unique>\d{9,11}\.\d{1,9}))(?P<rest>\D.*)?",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
_DIRECTIONS: dict[str, Direction] = {
    "in": "in",
    "q": "in",
    "rg": "in",
    "g": "in",
    "external": "in",
    "out": "out",
    "internal": "internal",
}
_QUEUES = frozenset({"in", "q", "rg", "g"})
"""Types whose dialled part is a queue, a group or the number of the centre; in the others it is an extension."""
_EXTENSION = 6
"""Digits of the longest extension: `exten` and `force` are calls from outside where the caller has more."""
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class ReadName:
    """A file name without telephone numbers, and what it told."""

    masked: str
    details: Details


def read_name(name: str, zone: tzinfo) -> ReadName:
    """Read a file name; one of no known form tells nothing. Never raises. zone: of the times in it."""
    found = _NAME.fullmatch(name)
    if found is None:
        return ReadName(mask_numbers(name), Details())
    kind, dialled, caller = found["type"].lower(), found["dialled"], found["caller"]
    masked = f"{found['type']}-{mask_numbers(dialled)}-{mask_numbers(caller)}{found['tail']}"
    details = Details(
        caller_number=(dialled if kind == "out" else caller) or None,
        started_at=_local_time(found["time"], zone) or _unix_time(found["unique"]),
        direction=_DIRECTIONS.get(kind) or ("in" if len(re.findall(r"\d", caller)) > _EXTENSION else "internal"),
        queue=(mask_numbers(dialled) or None) if kind in _QUEUES else None,
        agent=_agent(kind, dialled, caller),
        pbx_id=found["unique"],
    )
    return ReadName(masked + mask_numbers(found["rest"] or ""), details)


def _agent(kind: str, dialled: str, caller: str) -> str | None:
    if kind in _QUEUES:
        return None
    return mask_numbers(caller if kind == "out" else dialled) or None


def _local_time(text: str, zone: tzinfo) -> datetime | None:
    try:
        time = datetime.strptime(text, "%Y%m%d-%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.year in _YEARS else None


def _unix_time(unique: str) -> datetime | None:
    time = datetime.fromtimestamp(int(unique.partition(".")[0]), UTC)
    return time if time.year in _YEARS else None

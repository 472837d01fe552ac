"""How far calibrated distributions carry: a single type, else a single OPD, else nothing; and the pick list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from triage.classifier.labels import NO_EXCEPTION
from triage.classifier.model import Classification, Limits

LONGEST_LIST = 5
"""More choices are not read, they are searched: beyond this an operator is quicker with the full list."""


def within(answer: Classification, limits: Limits) -> dict[str, Any]:
    """Fields of the answer that follow from the limits: sure_of, pick_list, suspected."""
    return {
        "sure_of": sure_of(answer, limits),
        "pick_list": pick_list(answer.complaint_type, limits.pick_list),
        "suspected": suspected(answer.safety, limits.safety),
    }


def sure_of(answer: Classification, limits: Limits) -> Literal["type", "opd"] | None:
    """What may be suggested alone."""
    if max(answer.complaint_type.values()) >= limits.single_type:
        return "type"
    if max(answer.target_opd.values()) >= limits.single_opd:
        return "opd"
    return None


def pick_list(types: Mapping[str, float], mass: float) -> tuple[str, ...]:
    """The likeliest types, each taken while those before it have no more than `mass` in all; at most LONGEST_LIST.

    An adaptive conformal set (Romano, Sesia and Candes 2020) when `mass` was fitted as one.
    """
    chosen: list[str] = []
    before = 0.0
    for code in sorted(types, key=lambda code: (-types[code], code)):
        if (chosen and before > mass) or len(chosen) == LONGEST_LIST:
            break
        chosen.append(code)
        before += types[code]
    return tuple(chosen)


def suspected(safety: Mapping[str, float], limit: float) -> str | None:
    """The likeliest exception, where that there is one at all is likelier than `limit`."""
    exceptions = {code: share for code, share in safety.items() if code != NO_EXCEPTION}
    if not exceptions or sum(exceptions.values()) <= limit:
        return None
    return max(exceptions, key=lambda code: (exceptions[code], code))

"""The one place where numbers are rounded for a suggestion, so that its JSON is stable from run to run."""

from __future__ import annotations

import math


def probability(value: float) -> float:
    """Four digits, rounded down: a rounded list never sums to more than 1, and nothing rises above its cap."""
    return math.floor(min(max(value, 0.0), 1.0) * 10_000 + 1e-6) / 10_000


def signed(value: float) -> float:
    """A weight in -1..1, four digits."""
    return round(min(max(value, -1.0), 1.0), 4)


def seconds(value: float) -> float:
    """Seconds to the millisecond."""
    return round(value, 3)


def maybe_seconds(value: float | None) -> float | None:
    """Seconds to the millisecond, or None."""
    return None if value is None else seconds(value)


def decibels(value: float) -> float:
    """dBFS, one digit. Digital silence (-inf, which JSON cannot hold) is written as -120, below any line noise."""
    return round(max(value, -120.0), 1)

"""What a ghost verdict is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class GhostEvidence:
    """Evidence for (weight in 0..1) or against (weight in -1..0) a ghost call; `text` in Indonesian."""

    source: Literal["audio", "text"]
    code: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class GhostVerdict:
    """The ghost verdict of a call.

    probability  never above cap
    kind         None when the call is not suggested as a ghost
    cap          the kind's, lowered to the smallest of the safety exceptions that fired
    advice       what to do before closing, from the taxonomy; None without a kind
    listen       whether a person must hear the call before anything else; reasons (Indonesian) say why
    """

    probability: float
    kind: str | None
    cap: float
    evidence: tuple[GhostEvidence, ...]
    advice: str | None
    listen: bool
    reasons: tuple[str, ...]

"""What the classifier reads and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said. `mixed` when it is not known who spoke (mono recording)."""

    speaker: Literal["operator", "caller", "mixed"]
    text: str


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """Characters [start, end) of turns[turn].text that support a complaint type; weight is signed, in 0..1 by size."""

    turn: int
    start: int
    end: int
    supports: str
    weight: float


@dataclass(frozen=True, slots=True)
class Classification:
    """Calibrated distributions, each code -> probability, each summing to 1.

    `complaint_type` and `target_opd` are given whatever the disposition. `target_opd` comes from the types'
    distribution and the text's own cues, so the best OPD of a type is always one that the taxonomy allows for it.
    """

    disposition: dict[str, float]
    complaint_type: dict[str, float]
    target_opd: dict[str, float]
    priority: dict[str, float]
    ghost_kind: dict[str, float]
    evidence: tuple[EvidenceSpan, ...] = ()


class Classifier(Protocol):
    """A text classifier. Raises ModelError when its files are missing or damaged."""

    @property
    def name(self) -> str:
        """Name and version, as it stands in Suggestion.versions."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings (Indonesian) every suggestion made with it must carry."""

    def classify(self, calls: Sequence[Sequence[Turn]], *, evidence: bool = False) -> list[Classification]:
        """Classify a batch of calls, each a list of turns (possibly empty)."""

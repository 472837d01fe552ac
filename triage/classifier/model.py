"""What the classifier reads and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from triage.taxonomy import Taxonomy


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
class Limits:
    """From which calibrated probability on a model is trusted with how much; fitted on held-out calls.

    single_type  the likeliest type is suggested alone
    single_opd   else the likeliest OPD is
    pick_list    the pick list holds the likeliest types until their probabilities sum to this
    safety       a safety exception is suspected
    """

    single_type: float
    single_opd: float
    pick_list: float
    safety: float


@dataclass(frozen=True, slots=True)
class Classification:
    """Calibrated distributions, each code -> probability, each summing to 1.

    `complaint_type` and `target_opd` are given whatever the disposition. `target_opd` comes from the types'
    distribution and the text's own cues, so the best OPD of a type is always one that the taxonomy allows for it.
    `safety` goes over "none" and the short codes S1 to S8: what the wording alone suggests, beside the rules of
    triage.safety.

    sure_of    what may be suggested alone: the first type, else the first OPD, else nothing
    pick_list  the types of which one is right in nearly all calls, likeliest first
    suspected  the likeliest safety exception, where one is likely enough to be listened for
    """

    disposition: dict[str, float]
    complaint_type: dict[str, float]
    target_opd: dict[str, float]
    priority: dict[str, float]
    ghost_kind: dict[str, float]
    safety: dict[str, float]
    sure_of: Literal["type", "opd"] | None = None
    pick_list: tuple[str, ...] = ()
    suspected: str | None = None
    evidence: tuple[EvidenceSpan, ...] = ()


class Classifier(Protocol):
    """A text classifier. Raises ModelError when its files are missing or damaged."""

    @property
    def name(self) -> str:
        """Name and version, as it stands in Suggestion.versions."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings (Indonesian) every suggestion made with it must carry."""

    @property
    def taxonomy(self) -> Taxonomy:
        """What its codes mean: a model trained for another city brings its own."""

    def classify(self, calls: Sequence[Sequence[Turn]], *, evidence: bool = False) -> list[Classification]:
        """Classify a batch of calls, each a list of turns (possibly empty)."""

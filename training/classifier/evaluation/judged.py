"""One shape for whoever answers: the model, the suggestion an operator sees, or the baseline."""

from __future__ import annotations

from dataclasses import dataclass

from triage.classifier.model import Classification
from triage.suggestion.model import Suggestion


@dataclass(frozen=True, slots=True)
class Judged:
    """What was answered for a call. types: likeliest first, all of them or as many as are shown.

    confidence: probability of the first type. suspected: whether a safety exception was named or suspected.
    """

    disposition: str
    types: tuple[str, ...]
    confidence: float
    opd: str
    priority: str
    ghost_kind: str | None
    suspected: bool


def from_classification(answer: Classification) -> Judged:
    """The likeliest of every head."""
    types = _ranked(answer.complaint_type)
    return Judged(
        disposition=_ranked(answer.disposition)[0],
        types=types,
        confidence=answer.complaint_type[types[0]],
        opd=_ranked(answer.target_opd)[0],
        priority=_ranked(answer.priority)[0],
        ghost_kind=_ranked(answer.ghost_kind)[0],
        suspected=answer.suspected is not None,
    )


def from_suggestion(shown: Suggestion) -> Judged:
    """What the operator sees."""
    return Judged(
        disposition=shown.disposition.label,
        types=tuple(choice.code for choice in shown.complaint_type),
        confidence=shown.complaint_type[0].probability,
        opd=shown.target_opd[0].code,
        priority=shown.priority.code,
        ghost_kind=shown.ghost.kind,
        suspected=bool(shown.safety),
    )


def _ranked(distribution: dict[str, float]) -> tuple[str, ...]:
    return tuple(sorted(distribution, key=lambda code: -distribution[code]))

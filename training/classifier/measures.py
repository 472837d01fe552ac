"""Measures of a classifier's answers on labelled calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from training.corpus.load import Call
from triage.classifier.model import Classification


def expected_calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017), bins of equal width: the mean gap of confidence and accuracy."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == index].mean() - right[place == index].mean()) * (place == index).mean()
        for index in range(bins)
        if (place == index).any()
    ]
    return float(sum(gaps))


def measure(calls: Sequence[Call], answers: Sequence[Classification]) -> dict[str, float]:
    """Figures over the calls. Type, OPD, priority: over tickets and information calls, whatever disposition they got.

    false_ghost_rate: share of tickets and information calls whose likeliest disposition is ghost.
    """
    pairs = list(zip(calls, answers, strict=True))
    valid = [(call, answer) for call, answer in pairs if call.disposition != "ghost"]
    ghosts = [(call, answer) for call, answer in pairs if call.disposition == "ghost"]
    types = [call.complaint_type for call, _ in valid]
    ranked = [_ranked(answer.complaint_type) for _, answer in valid]
    confidence = np.asarray([max(answer.complaint_type.values()) for _, answer in valid])
    right = np.asarray([best[0] == kind for best, kind in zip(ranked, types, strict=True)])
    urgent = [(call, answer) for call, answer in valid if call.priority == "P1"]
    return {
        "type_accuracy": float(right.mean()),
        "type_macro_f1": float(f1_score(types, [best[0] for best in ranked], average="macro", zero_division=0)),
        "type_top3": _share(kind in best[:3] for kind, best in zip(types, ranked, strict=True)),
        "type_ece": expected_calibration_error(confidence, right),
        "opd_accuracy": _share(call.target_opd == _ranked(answer.target_opd)[0] for call, answer in valid),
        "priority_accuracy": _share(call.priority == _ranked(answer.priority)[0] for call, answer in valid),
        "p1_recall": _share(_ranked(answer.priority)[0] == "P1" for _, answer in urgent),
        "disposition_accuracy": _share(call.disposition == _ranked(a.disposition)[0] for call, a in pairs),
        "ghost_recall": _share(_ranked(answer.disposition)[0] == "ghost" for _, answer in ghosts),
        "false_ghost_rate": _share(_ranked(answer.disposition)[0] == "ghost" for _, answer in valid),
        "safety_called_ghost": float(
            sum(_ranked(answer.disposition)[0] == "ghost" for call, answer in valid if call.safety)
        ),
        "ghost_kind_accuracy": _share(call.ghost_kind == _ranked(a.ghost_kind)[0] for call, a in ghosts),
    }


def _ranked(distribution: dict[str, float]) -> list[str]:
    return sorted(distribution, key=lambda code: -distribution[code])


def _share(outcomes: Iterable[bool]) -> float:
    found = list(outcomes)
    return float(np.mean(found)) if found else float("nan")

"""Figures over labelled calls and what was answered for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from training.classifier.evaluation.judged import Judged
from training.corpus.load import Call
from triage.classifier.labels import GHOST

Pairs = Sequence[tuple[Call, Judged]]


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017), bins of equal width: the mean gap of confidence and accuracy."""
    return float(
        sum(abs(row["confidence"] - row["accuracy"]) * row["share"] for row in reliability(confidence, right, bins))
    )


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> list[dict[str, float]]:
    """For each filled bin of confidence: mean confidence, accuracy, and its share of the answers."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "confidence": float(confidence[place == index].mean()),
            "accuracy": float(right[place == index].mean()),
            "share": float((place == index).mean()),
        }
        for index in range(bins)
        if (place == index).any()
    ]


def measure(calls: Sequence[Call], answers: Sequence[Judged]) -> dict[str, float]:
    """Figures over the calls. Type, OPD, priority: over tickets and information calls, whatever disposition they got.

    false_ghost_rate: share of tickets and information calls answered as ghosts.
    """
    pairs = list(zip(calls, answers, strict=True))
    served = [(call, answer) for call, answer in pairs if call.disposition != GHOST]
    ghosts = [(call, answer) for call, answer in pairs if call.disposition == GHOST]
    urgent = [(call, answer) for call, answer in served if call.priority == "P1"]
    confidence, right = certainty(served)
    types = [call.complaint_type for call, _ in served]
    return {
        "type_accuracy": share(right),
        "type_macro_f1": macro_f1(types, [answer.types[0] for _, answer in served]),
        "type_top3": share(call.complaint_type in answer.types[:3] for call, answer in served),
        "type_ece": calibration_error(confidence, right) if served else float("nan"),
        "opd_accuracy": share(call.target_opd == answer.opd for call, answer in served),
        "priority_accuracy": share(call.priority == answer.priority for call, answer in served),
        "p1_recall": share(answer.priority == "P1" for _, answer in urgent),
        "disposition_accuracy": share(call.disposition == answer.disposition for call, answer in pairs),
        "ghost_recall": share(answer.disposition == GHOST for _, answer in ghosts),
        "false_ghost_rate": share(answer.disposition == GHOST for _, answer in served),
        "safety_called_ghost": float(sum(answer.disposition == GHOST for call, answer in pairs if call.safety)),
        "safety_suspected": share(answer.suspected for call, answer in pairs if call.safety),
        "safety_false_alarms": share(answer.suspected for call, answer in served if not call.safety),
        "ghost_kind_accuracy": share(call.ghost_kind == answer.ghost_kind for call, answer in ghosts),
    }


def certainty(served: Pairs) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidence in the first type, and whether it is right, each (calls,)."""
    confidence = np.asarray([answer.confidence for _, answer in served], dtype=np.float64)
    right = np.asarray([answer.types[0] == call.complaint_type for call, answer in served], dtype=bool)
    return confidence, right


def macro_f1(truth: Sequence[str | None], answered: Sequence[str]) -> float:
    """Mean F1 over the classes that occur in `truth`, so that a class nobody asked for costs nothing twice."""
    classes = sorted({code for code in truth if code is not None})
    return (
        float(f1_score(truth, answered, labels=classes, average="macro", zero_division=0)) if classes else float("nan")
    )


def by_type(pairs: Pairs) -> dict[str, dict[str, float]]:
    """Support, recall and precision of each type that the calls hold, over tickets and information calls."""
    served = [(call.complaint_type, answer.types[0]) for call, answer in pairs if call.complaint_type]
    return _by_class([(str(truth), found) for truth, found in served])


def by_ghost_kind(pairs: Pairs) -> dict[str, dict[str, float]]:
    """Support, recall and precision of each ghost kind; a call not answered as ghost has no kind.

    recall_any: share answered as a ghost of whatever kind.
    """
    found = _by_class(
        [
            (call.ghost_kind or "", (answer.ghost_kind or "") if answer.disposition == GHOST else "")
            for call, answer in pairs
        ]
    )
    for kind, row in found.items():
        row["recall_any"] = share(answer.disposition == GHOST for call, answer in pairs if call.ghost_kind == kind)
    return found


def _by_class(rows: Sequence[tuple[str, str]]) -> dict[str, dict[str, float]]:
    return {
        code: {
            "support": float(sum(truth == code for truth, _ in rows)),
            "recall": share(found == code for truth, found in rows if truth == code),
            "precision": share(truth == code for truth, found in rows if found == code),
        }
        for code in sorted({truth for truth, _ in rows} - {""})
    }


def interval(outcomes: Iterable[bool]) -> dict[str, float]:
    """Share of true outcomes with its 95 % confidence interval (Wilson 1927)."""
    found = list(outcomes)
    if not found:
        return {"share": float("nan"), "low": float("nan"), "high": float("nan"), "calls": 0}
    bounds = binomtest(sum(found), len(found)).proportion_ci(method="wilson")
    return {"share": share(found), "low": float(bounds.low), "high": float(bounds.high), "calls": len(found)}


def share(outcomes: Iterable[bool] | NDArray[np.bool_]) -> float:
    """Share of true outcomes; not a number where there are none."""
    found = list(outcomes)
    return float(np.mean(found)) if found else float("nan")

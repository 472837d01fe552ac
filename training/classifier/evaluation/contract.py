"""What the shipped limits promise, and what they cost: how often a single type is shown, and how often it is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classifier.evaluation.measures import interval
from training.corpus.load import Call
from triage.classifier.model import Classification

PRECISION = 0.95


def contract(calls: Sequence[Call], answers: Sequence[Classification]) -> dict[str, Any]:
    """Over tickets and information calls: the share at each level, its precision, and the pick list's coverage.

    type: a single type is suggested; opd: only the OPD is; listen: neither is sure enough.
    """
    served = [(call, answer) for call, answer in zip(calls, answers, strict=True) if call.complaint_type]
    levels = [answer.sure_of for _, answer in served]
    lists = [answer.pick_list for _, answer in served]
    types = [next(iter(answer.complaint_type)) == call.complaint_type for call, answer in served]
    opds = [next(iter(answer.target_opd)) == call.target_opd for call, answer in served]
    return {
        "type": {"share": _share(levels, "type")}
        | _named("precision", interval(right for right, level in zip(types, levels, strict=True) if level == "type")),
        "opd": {"share": _share(levels, "opd")}
        | _named("precision", interval(right for right, level in zip(opds, levels, strict=True) if level == "opd")),
        "listen": {"share": _share(levels, None)},
        "pick_list": {"mean_length": float(np.mean([len(codes) for codes in lists]))}
        | _named("coverage", interval(c.complaint_type in codes for (c, _), codes in zip(served, lists, strict=True))),
    }


def risk_coverage(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Accuracy among the surest answers, at every share of them answered (El-Yaniv and Wiener 2010)."""
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(right) + 1)
    return [{"coverage": (number + 1) / len(right), "accuracy": float(found)} for number, found in enumerate(accuracy)]


def coverage_at(confidence: NDArray[np.float64], right: NDArray[np.bool_], precision: float = PRECISION) -> float:
    """The largest share of answers, the surest first, with this accuracy."""
    return max(
        (row["coverage"] for row in risk_coverage(confidence, right) if row["accuracy"] >= precision), default=0.0
    )


def _share(levels: Sequence[str | None], wanted: str | None) -> float:
    return float(np.mean([level == wanted for level in levels]))


def _named(name: str, found: dict[str, float]) -> dict[str, float]:
    return {name: found["share"], "low": found["low"], "high": found["high"], "calls": found["calls"]}

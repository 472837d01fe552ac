"""How sure the model must be of what: limits fitted on cross-fitted answers (triage.classifier.model.Limits)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from training.corpus.load import Call
from triage.classifier.labels import NO_EXCEPTION
from triage.classifier.model import Classification, Limits

TYPE_PRECISION, OPD_PRECISION = 0.95, 0.85
"""A single suggested type is right in 19 calls of 20; a single OPD, where the type is not sure, in 17 of 20.

For 18 of 20 the bundled model has too few calls with a doubtful type and a clear OPD.
"""
PICK_LIST_COVERAGE = 0.97
SAFETY_FALSE_ALARMS = 0.02
"""Share of the ordinary calls (no exception, no ghost) for which an exception may be suspected."""
CONFIDENCE = 0.9
"""A promise on what is suggested alone and on the pick list is kept by the one-sided bound of this confidence: what
just holds on a few hundred calls fails on the next."""

Shares = NDArray[np.float64]


def fit_limits(calls: Sequence[Call], answers: Sequence[Classification]) -> Limits:
    """Limits that hold what the constants above promise, for calls like these."""
    served = [(call, answer) for call, answer in zip(calls, answers, strict=True) if call.complaint_type]
    type_of = [first(answer.complaint_type) for _, answer in served]
    type_right = np.asarray([best == call.complaint_type for (best, _), (call, _) in zip(type_of, served, strict=True)])
    single_type = lowest_limit(np.asarray([share for _, share in type_of]), type_right, TYPE_PRECISION)
    unsure = [pair for pair, (_, share) in zip(served, type_of, strict=True) if share < single_type]
    opd_of = [first(answer.target_opd) for _, answer in unsure]
    opd_right = np.asarray([best == call.target_opd for (best, _), (call, _) in zip(opd_of, unsure, strict=True)])
    return Limits(
        single_type=single_type,
        single_opd=lowest_limit(np.asarray([share for _, share in opd_of]), opd_right, OPD_PRECISION),
        pick_list=pick_list_mass(served, PICK_LIST_COVERAGE),
        safety=safety_limit(calls, answers),
    )


def safety_limit(calls: Sequence[Call], answers: Sequence[Classification]) -> float:
    """The limit that SAFETY_FALSE_ALARMS of the ordinary calls are above; 1 where no call has an exception.

    A model that was shown none gives them the probability 0, and the least bit more would be a suspicion.
    """
    served = [(call, answer) for call, answer in zip(calls, answers, strict=True) if call.complaint_type]
    if not any(call.safety for call, _ in served):
        return 1.0
    ordinary = [1 - answer.safety[NO_EXCEPTION] for call, answer in served if not call.safety]
    return float(np.quantile(ordinary, 1 - SAFETY_FALSE_ALARMS))


def first(distribution: dict[str, float]) -> tuple[str, float]:
    """The likeliest code and its probability."""
    return max(distribution.items(), key=lambda item: item[1])


def lowest_limit(confidence: Shares, right: NDArray[np.bool_], precision: float) -> float:
    """The lowest limit from which on at least `precision` of the answers are right by the lower bound; else 1.

    confidence, right: (answers,).
    """
    order = np.argsort(-confidence)
    bounds = lower_bound(np.cumsum(right[order]), np.arange(1, len(right) + 1))
    last_of_equals = np.diff(confidence[order], append=-np.inf) < 0
    good = np.flatnonzero((bounds >= precision) & last_of_equals)
    return float(confidence[order][good[-1]]) if len(good) else 1.0


def lower_bound(right: NDArray[np.int64], answers: NDArray[np.int64]) -> Shares:
    """One-sided lower bound (Wilson 1927, CONFIDENCE) of the share of right answers, each (n,)."""
    z = norm.ppf(CONFIDENCE)
    share = right / answers
    spread = z * np.sqrt(share * (1 - share) / answers + (z / (2 * answers)) ** 2)
    bound: Shares = (share + z**2 / (2 * answers) - spread) / (1 + z**2 / answers)
    return bound


def pick_list_mass(served: Sequence[tuple[Call, Classification]], coverage: float) -> float:
    """The mass up to which a list of the likeliest types holds the right one in `coverage` of the calls.

    Split conformal prediction with adaptive sets (Romano, Sesia and Candes 2020, without their randomisation): a call's
    score is the mass of all types likelier than the right one. Up to the k-th smallest of n scores the coverage of
    future calls is Beta(k, n + 1 - k) (Vovk 2012); k is the smallest that promises `coverage` with CONFIDENCE.
    """
    scores = []
    for call, answer in served:
        of_right = answer.complaint_type[call.complaint_type or ""]
        scores.append(sum(share for share in answer.complaint_type.values() if share > of_right))
    ranks = np.arange(1, len(scores) + 1)
    kept = np.flatnonzero(beta.ppf(1 - CONFIDENCE, ranks, len(scores) + 1 - ranks) >= coverage)
    return float(np.sort(scores)[kept[0] if len(kept) else -1])

"""Calibration on cross-fitted answers: share of the linear branch, temperatures (Guo et al. 2017), urgency bias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from training.classifier.dataset import Example
from training.classifier.losses import HEAD_WEIGHT, UNKNOWN, targets
from triage.classifier.labels import HEADS, Labels

SHARES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
LOG_TEMPERATURES = (np.log(0.2), np.log(20.0))
MOST_URGENT_RECALL = 0.98
"""The urgency bias is the smallest that finds this share of the P1 calls: missing one costs more than overrating."""
URGENCY_BIASES = tuple(np.arange(0.0, 4.01, 0.25))
FALSE_GHOSTS = 0.01
GHOST_BIASES = tuple(np.arange(0.0, -4.01, -0.25))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How much of the linear branch is added to the transformer; per head the temperature and the held-out log loss."""

    share: float
    temperature: dict[str, float]
    log_loss: dict[str, float]


def calibrate(
    deep: NDArray[np.float32], wide: NDArray[np.float32], examples: Sequence[Example], labels: Labels
) -> Calibration:
    """The share, one for all heads, and temperatures with the smallest sum of the heads' log losses.

    deep, wide: logits of the two branches, (examples, outputs), by models that did not see the example. A share for
    each head overfits.
    """
    fits = [_fit(deep + share * wide, share, examples, labels) for share in SHARES]
    return min(fits, key=lambda fit: sum(HEAD_WEIGHT[head] * fit.log_loss[head] for head in HEADS))


def urgency_bias(log_scores: NDArray[np.float64], is_most_urgent: NDArray[np.bool_]) -> float:
    """The smallest of URGENCY_BIASES with MOST_URGENT_RECALL, or the largest. log_scores (calls, priorities), P1 first.

    0 where no call is most urgent.
    """
    for bias in URGENCY_BIASES:
        found = (log_scores[:, 0] + bias) >= log_scores[:, 1:].max(axis=1)
        if not is_most_urgent.any() or found[is_most_urgent].mean() >= MOST_URGENT_RECALL:
            return float(bias)
    return float(URGENCY_BIASES[-1])


def ghost_bias(
    log_scores: NDArray[np.float64], ghost: int, is_served: NDArray[np.bool_], is_suspected: NDArray[np.bool_]
) -> float:
    """The bias nearest to 0 with which at most FALSE_GHOSTS of the real calls are suggested as ghosts, or the lowest.

    log_scores (calls, dispositions), column `ghost` that of the ghosts; is_served: tickets and information calls;
    is_suspected: calls that are held to be a safety exception, and so suggested as a ghost in no case (triage.ghost).
    """
    others = np.delete(log_scores, ghost, axis=1).max(axis=1)
    for bias in GHOST_BIASES:
        lost = ((log_scores[:, ghost] + bias) > others) & ~is_suspected
        if lost[is_served].mean() <= FALSE_GHOSTS:
            return float(bias)
    return float(GHOST_BIASES[-1])


def _fit(logits: NDArray[np.float32], share: float, examples: Sequence[Example], labels: Labels) -> Calibration:
    truth, blocks = targets(examples, labels).numpy(), labels.slices()
    temperature: dict[str, float] = {}
    log_loss: dict[str, float] = {}
    for column, head in enumerate(HEADS):
        known = truth[:, column] != UNKNOWN
        scores, prior = logits[known, blocks[head]], np.zeros((int(known.sum()), 1))
        if head == "target_opd":
            scores = scores + labels.log_opd_prior()[truth[known, HEADS.index("complaint_type")]]
        elif head == "priority":
            types = softmax(logits[known, blocks["complaint_type"]] / temperature["complaint_type"], axis=1)
            prior = np.log(types @ labels.priority_given_type())
        log_loss[head], temperature[head] = _fit_temperature(scores, prior, truth[known, column])
    return Calibration(share, temperature, log_loss)


def _fit_temperature(
    logits: NDArray[np.float32], prior: NDArray[np.float64], truth: NDArray[np.int64]
) -> tuple[float, float]:
    """The smallest log loss and the temperature that gives it; 1 where there is nothing to fit on."""
    if not len(truth):
        return 0.0, 1.0

    def loss(log_temperature: float) -> float:
        scores = log_softmax(logits / np.exp(log_temperature) + prior, axis=1)
        return float(-scores[np.arange(len(truth)), truth].mean())

    found = minimize_scalar(loss, bounds=LOG_TEMPERATURES, method="bounded")
    return float(found.fun), float(np.exp(found.x))

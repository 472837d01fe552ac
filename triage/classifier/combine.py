"""From logits to distributions: windows of a long call into one, types into OPDs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distributions:
    """What the model says of some text; opd_given_type is (types, OPDs), 0 where the taxonomy forbids the pair."""

    disposition: Array
    complaint_type: Array
    opd_given_type: Array
    priority: Array
    ghost_kind: Array
    safety: Array


def softmax(scores: Array) -> Array:
    """Softmax over the last axis; -inf becomes 0."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    normalised: Array = raised / raised.sum(axis=-1, keepdims=True)
    return normalised


def priority_of(scores: Array, complaint_type: Array, priority_given_type: Array, urgency_bias: float) -> Array:
    """P(priority) from the text's own scores (priorities,) and what the likely types lead one to expect: their product.

    `urgency_bias` is added to the score of the first, most urgent priority: missing a P1 costs more than
    overrating a P2.
    """
    combined = scores + np.log(complaint_type @ priority_given_type)
    combined[0] += urgency_bias
    return softmax(combined)


def combine(
    windows: Sequence[Distributions], ghost: int = 2, most_urgent: int = 0, no_exception: int = 0
) -> Distributions:
    """One answer for a call read in windows.

    Type: each by the window that is surest of it (a maximum over instances, as in multiple-instance learning), and the
    OPD given the type by the same window. Disposition: the window least like a ghost; priority: the most urgent window;
    safety: the window with the least doubt that there is an exception. One true sentence in a long call is enough, and
    an average would bury it. Ghost kind: the mean, a window weighted by the square of its best type's probability.
    """
    if len(windows) == 1:
        return windows[0]
    types = np.asarray([window.complaint_type for window in windows])
    surest = types.argmax(axis=0)
    likeliest = types.max(axis=0)
    weights = types.max(axis=1) ** 2 / (types.max(axis=1) ** 2).sum()
    return Distributions(
        disposition=min((window.disposition for window in windows), key=lambda found: float(found[ghost])),
        complaint_type=likeliest / likeliest.sum(),
        opd_given_type=np.asarray([windows[index].opd_given_type[row] for row, index in enumerate(surest)]),
        priority=max((window.priority for window in windows), key=lambda found: float(found[most_urgent])),
        ghost_kind=weights @ np.asarray([window.ghost_kind for window in windows]),
        safety=min((window.safety for window in windows), key=lambda found: float(found[no_exception])),
    )


def type_opd_pair(complaint_type: Array, opd_given_type: Array) -> tuple[Array, Array]:
    """P(type) and P(OPD) = sum over types of P(type) P(OPD | type), such that the two best never contradict.

    Many types can together put an OPD first that the best type forbids. Then P(OPD) is mixed with P(OPD | best type),
    by the least share that puts an allowed OPD first.
    """
    opds = complaint_type @ opd_given_type
    of_best = opd_given_type[int(complaint_type.argmax())]
    if of_best[int(opds.argmax())] > 0:
        return complaint_type, opds
    allowed = of_best > 0
    gap = opds.max() - opds[allowed]
    share = float(np.min(gap / (gap + of_best[allowed])))
    share = min(1.0, share + 1e-6)  # just past the tie
    return complaint_type, (1 - share) * opds + share * of_best

"""The linear branch's OPD head: a softmax regression over the OPDs that the taxonomy allows for the type.

A margin of each OPD against all others, over all types, mostly says again what the type is; what is asked is which of
the type's few OPDs the words call for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax

from training.classifier.dataset import Example
from training.classifier.losses import UNKNOWN, targets
from triage.classifier.labels import HEADS, Labels

PENALTY = 0.3
"""Of the squared weights; of 0.1, 0.3 and 1 the best on held-out calls."""
STEPS = 60
"""Of L-BFGS; it has mostly converged after 50."""


def fit_opd(rows: csr_matrix, examples: Sequence[Example], labels: Labels) -> NDArray[np.float64]:
    """Weights (features, OPDs) that are added to log P(OPD | type); 0 where no example has type and OPD.

    rows: the examples' features, (examples, features).
    """
    truth = targets(examples, labels).numpy()
    known = np.flatnonzero(truth[:, HEADS.index("target_opd")] != UNKNOWN)
    features, opds = rows.shape[1], len(labels.target_opd)
    if not len(known):
        return np.zeros((features, opds))
    right = truth[known, HEADS.index("target_opd")]
    prior = labels.log_opd_prior()[truth[known, HEADS.index("complaint_type")]].astype(np.float64)
    importance = np.asarray([examples[number].weight for number in known])
    chosen = rows[known].tocsr()
    columns, own = chosen.T.tocsr(), (np.arange(len(known)), right)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_share = log_softmax(chosen @ flat.reshape(features, opds) + prior, axis=1)
        error = np.exp(log_share)
        error[own] -= 1
        slope = (columns @ (error * importance[:, None])).ravel() + PENALTY * flat
        return float(-(importance * log_share[own]).sum() + PENALTY / 2 * flat @ flat), slope

    start = np.zeros(features * opds)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 5})
    weights: NDArray[np.float64] = found.x.reshape(features, opds)
    return weights

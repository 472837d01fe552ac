"""The linear branch: linear support vector machines on hashed TF-IDF n-grams, one for each label of each head but OPD.

A wide linear part beside a deep one, after Cheng et al. 2016 (wide & deep): with few examples, n-grams generalise in
ways that a small transformer does not, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from training.classifier.dataset import Example
from training.classifier.opd import fit_opd
from triage.classifier.features import hashed_ngrams
from triage.classifier.labels import Labels

UNSEEN = -1.0
"""Margin of a label that no example has: as far on the wrong side as an ordinary stranger."""
SCALE = {"disposition": 0.5, "target_opd": 0.25}
"""Of the heads that serve best with less of this branch, measured on held-out calls: its share is one for all heads."""
OF_DISPOSITION = {"ticket": 0.1, "information": 0.1, "ghost": 0.3}
"""What a phrase weighs in the disposition: a question holds the words of a report, so that they say little of it."""


@dataclass(frozen=True, slots=True)
class LinearBranch:
    """idf (features,), weight (features, outputs), bias (outputs,)."""

    bits: int
    idf: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write as .npz."""
        np.savez(path, bits=self.bits, idf=self.idf, weight=self.weight, bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> LinearBranch:
        """Read what `save` wrote."""
        with np.load(path) as kept:
            return cls(int(kept["bits"]), kept["idf"], kept["weight"], kept["bias"])

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits of normalised texts, (texts, outputs)."""
        return np.asarray(weighted(counts(texts, self.bits), self.idf, self.bits) @ self.weight + self.bias)


def counts(texts: Sequence[str], bits: int) -> csr_matrix:
    """1 + log(count) of every hashed n-gram, (texts, 2 ** (bits + 1))."""
    ids, values, ends = [], [], [0]
    for text in texts:
        found, number = hashed_ngrams(text, bits)
        ids.append(found)
        values.append(1 + np.log(number))
        ends.append(ends[-1] + len(found))
    shape = (len(texts), 2 << bits)
    return csr_matrix((np.concatenate(values), np.concatenate(ids), ends), shape=shape, dtype=np.float32)


def weighted(matrix: csr_matrix, idf: NDArray[np.float32], bits: int) -> csr_matrix:
    """TF-IDF, the word and the character half each scaled to length 1."""
    scaled = matrix.multiply(idf[None, :]).tocsr()
    half = 1 << bits
    return hstack([normalize(scaled[:, :half]), normalize(scaled[:, half:])]).tocsr().astype(np.float32)


def fit_linear(examples: Sequence[Example], labels: Labels, bits: int, c: float) -> LinearBranch:
    """Fit one linear SVM a label, each against the rest, with squared hinge loss and penalty `c` (LinearSVC's C).

    A margin is no log probability; calibration brings it to that. The OPD head is another: training.classifier.opd.
    """
    matrix = counts([example.text for example in examples], bits)
    present = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = (np.log((1 + len(examples)) / (1 + present)) + 1).astype(np.float32)
    used = np.flatnonzero(present)
    rows = weighted(matrix, idf, bits)[:, used]
    weight = np.zeros((matrix.shape[1], labels.outputs), dtype=np.float32)
    bias = np.zeros(labels.outputs, dtype=np.float32)
    for head, block in labels.slices().items():
        scale = SCALE.get(head, 1.0)
        if head == "target_opd":
            weight[used, block] = scale * fit_opd(rows, examples, labels)
            continue
        known = [number for number, example in enumerate(examples) if getattr(example, head) is not None]
        truth = [str(getattr(examples[number], head)) for number in known]
        if len(set(truth)) < 2:  # one label alone decides nothing
            continue
        weights = [_importance(examples[number], head) for number in known]
        # Balanced: questions, ghosts and exceptions are few, and count as much as the many tickets.
        machine = LinearSVC(C=c, class_weight="balanced", random_state=0).fit(rows[known], truth, sample_weight=weights)
        bias[block] = scale * UNSEEN
        for code, coefficients, intercept in zip(machine.classes_, *_one_a_class(machine), strict=True):
            column = block.start + labels.codes(head).index(code)
            weight[used, column], bias[column] = scale * coefficients, scale * intercept
    return LinearBranch(bits, idf, weight, bias)


def _importance(example: Example, head: str) -> float:
    part_of_a_call = head == "disposition" and example.source != "call"
    return example.weight * OF_DISPOSITION[str(example.disposition)] if part_of_a_call else example.weight


def _one_a_class(machine: LinearSVC) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (classes, features) and intercepts (classes,); of two classes scikit-learn keeps the second's."""
    if len(machine.classes_) > 2:
        return machine.coef_, machine.intercept_
    return np.vstack([-machine.coef_, machine.coef_]), np.concatenate([-machine.intercept_, machine.intercept_])

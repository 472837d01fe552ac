"""The linear branch: multi-task softmax regression on hashed TF-IDF n-grams, fitted by L-BFGS.

A wide linear part beside a deep one, after Cheng et al. 2016 (wide & deep): with few examples, n-grams generalise in
ways that a small transformer does not, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.preprocessing import normalize
from torch import Tensor

from training.classifier.dataset import Example
from training.classifier.losses import MultiTaskLoss, targets
from triage.classifier.features import hashed_ngrams
from triage.classifier.labels import Labels


@dataclass(frozen=True, slots=True)
class LinearBranch:
    """idf (features,), weight (features, outputs), bias (outputs,)."""

    bits: int
    idf: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

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


def fit_linear(examples: Sequence[Example], labels: Labels, bits: int, penalty: float, steps: int) -> LinearBranch:
    """Fit on the examples as they are. `penalty` is the L2 penalty on the mean loss, `steps` the L-BFGS iterations."""
    matrix = counts([example.text for example in examples], bits)
    present = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = (np.log((1 + len(examples)) / (1 + present)) + 1).astype(np.float32)
    rows = weighted(matrix, idf, bits)
    used = np.flatnonzero(present)
    inputs = _torch_sparse(rows[:, used])
    truth, weights = targets(examples, labels), torch.tensor([example.weight for example in examples])
    loss_of = MultiTaskLoss(labels)
    weight = torch.zeros(len(used), labels.outputs, requires_grad=True)
    bias = torch.zeros(labels.outputs, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=steps, history_size=6, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = loss_of(inputs @ weight + bias, truth, weights) + penalty * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    full = np.zeros((matrix.shape[1], labels.outputs), dtype=np.float32)
    full[used] = weight.detach().numpy()
    return LinearBranch(bits, idf, full, bias.detach().numpy())


def _torch_sparse(matrix: csr_matrix) -> Tensor:
    indices = (torch.from_numpy(part.astype(np.int64)) for part in (matrix.indptr, matrix.indices))
    return torch.sparse_csr_tensor(*indices, torch.from_numpy(matrix.data), size=matrix.shape)

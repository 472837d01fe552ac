"""Token embeddings from co-occurrence, as a start for pre-training: factorised PPMI (Levy and Goldberg 2014)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd

WINDOW = 5
SCALE = 0.04


def cooccurrence_embeddings(
    rows: Sequence[Sequence[int]], vocabulary: int, width: int, seed: int
) -> NDArray[np.float32]:
    """Embeddings (vocabulary, width) with standard deviation SCALE, from token ids within WINDOW tokens of each other.

    A small encoder spends thousands of steps learning what stands near what; counting gives it that at once.
    """
    flat = np.concatenate([np.asarray([*row, *[-1] * WINDOW]) for row in rows])
    counts = csr_matrix((vocabulary, vocabulary), dtype=np.float64)
    for distance in range(1, WINDOW + 1):
        left, right = flat[:-distance], flat[distance:]
        both = (left >= 0) & (right >= 0)
        near = csr_matrix((np.full(both.sum(), 1 / distance), (left[both], right[both])), shape=counts.shape)
        counts = counts + near + near.T
    counts = counts.tocoo()
    totals = np.asarray(counts.sum(axis=1)).ravel()
    information = np.log(
        counts.data
        * totals.sum()
        / (totals[counts.row] * (totals[counts.col] ** 0.75) * (totals.sum() / (totals**0.75).sum()))
    )  # context smoothing of Levy, Goldberg and Dagan 2015
    keep = information > 0
    matrix = csr_matrix((information[keep], (counts.row[keep], counts.col[keep])), shape=counts.shape)
    left_vectors, values, _ = randomized_svd(matrix, width, random_state=seed, n_iter=2)
    vectors = left_vectors * np.sqrt(values)
    return (SCALE * vectors / vectors.std()).astype(np.float32)

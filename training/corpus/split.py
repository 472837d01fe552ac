"""Story-grouped splits: near-duplicates stay together, so that held-out calls are truly unseen."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

NEAR_DUPLICATE = 0.6
"""Cosine of character 4-gram TF-IDF above which two texts tell the same story in the same words."""


def similarity(left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
    """Cosine similarity of character 4-gram TF-IDF, (left, right)."""
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True)
    vectoriser.fit([*left, *right])
    product: NDArray[np.float64] = (vectoriser.transform(left) @ vectoriser.transform(right).T).toarray()
    return product


def story_groups(texts: Sequence[str]) -> list[int]:
    """A group number for every text; texts linked by a chain of near-duplicates share one."""
    near = csr_matrix(similarity(texts, texts) > NEAR_DUPLICATE)
    _, groups = connected_components(near, directed=False)
    return [int(group) for group in groups]


def grouped_folds(texts: Sequence[str], folds: int, seed: int) -> list[int]:
    """A fold number in [0, folds) for every text, whole story groups at a time."""
    groups = story_groups(texts)
    numbers = sorted(set(groups))
    random.Random(seed).shuffle(numbers)
    fold_of = {group: index % folds for index, group in enumerate(numbers)}
    return [fold_of[group] for group in groups]

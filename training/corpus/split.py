"""Splits by story, writer and reporter: near-duplicates and one hand stay together, so held-out calls are unseen."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

from training.corpus.load import Call

NEAR_DUPLICATE = 0.6
"""Cosine of character 4-gram TF-IDF above which two texts tell the same story in the same words."""
BLOCK = 256
"""Texts compared with all others at once; with 50,000 texts a block takes some 200 MB."""
ALL_ROUND = 0.8
"""A writer who wrote on this share of all the types can be held out whole, and the rest still teaches every type."""


def _vectors(left: Sequence[str], right: Sequence[str]) -> tuple[csr_matrix, csr_matrix]:
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True)
    vectoriser.fit([*left, *right])
    return vectoriser.transform(left), vectoriser.transform(right)


def similarity(left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
    """Cosine similarity of character 4-gram TF-IDF, (left, right)."""
    rows, columns = _vectors(left, right)
    product: NDArray[np.float64] = (rows @ columns.T).toarray()
    return product


def story_groups(texts: Sequence[str], reporters: Sequence[str] = ()) -> list[int]:
    """A group number for every text; texts linked by a chain of near-duplicates or of one reporter share one.

    reporters: who wrote each text, "" where that is unknown; none at all where nobody is known.
    """
    groups = np.arange(len(texts))
    for left, right in near_pairs(texts):
        groups = merge(groups, left, right)
    first: dict[str, int] = {}
    pairs = [(number, first.setdefault(who, number)) for number, who in enumerate(reporters) if who]
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return merge(groups, left, right).tolist()


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Numbers (left, right) of near-duplicates, each pair both ways and each text with itself, a block at a time.

    In blocks: neither all pairs of a long history nor the near ones among them fit memory.
    """
    rows, columns = _vectors(texts, texts)
    for start in range(0, len(texts), BLOCK):
        left, right = (rows[start : start + BLOCK] @ columns.T > NEAR_DUPLICATE).nonzero()
        yield start + left, right


def merge(groups: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of every item once the items left[i] and right[i] share one, for all i."""
    ends, size = (groups[left], groups[right]), len(groups)
    links = csr_matrix((np.ones(len(left), dtype=bool), ends), shape=(size, size))
    joined: NDArray[np.int64] = connected_components(links, directed=False)[1][groups]
    return joined


def all_round_writers(calls: Sequence[Call]) -> set[str]:
    """Writers of every disposition and, in tickets, of nearly every type: their calls stand for an unseen writer's.

    An only writer (a city's history has no other) cannot be held out: nothing would be left.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    types: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        kinds[call.writer].add(call.disposition)
        if call.disposition == "ticket" and call.complaint_type:
            types[call.writer].add(call.complaint_type)
    if len(kinds) == 1:
        return set()
    every_kind = set().union(*kinds.values())
    every_type = set().union(*types.values())
    return {
        writer for writer in kinds if kinds[writer] == every_kind and len(types[writer]) >= ALL_ROUND * len(every_type)
    }


def grouped_folds(calls: Sequence[Call], folds: int, seed: int, reporters: Sequence[str] = ()) -> list[int]:
    """A fold number in [0, folds) for every call: an all-round writer's calls together, else whole stories together.

    reporters: as in story_groups. The folds get alike many writers and alike many stories.
    """
    stories = story_groups([call.text() for call in calls], reporters)
    all_round = all_round_writers(calls)
    chance = random.Random(seed)
    units = [call.writer if call.writer in all_round else story for call, story in zip(calls, stories, strict=True)]
    fold_of: dict[str | int, int] = {}
    for kind in (str, int):
        found = sorted({unit for unit in units if isinstance(unit, kind)}, key=str)
        chance.shuffle(found)
        fold_of |= {unit: index % folds for index, unit in enumerate(found)}
    return [fold_of[unit] for unit in units]

"""Hashed n-grams for the linear branch: the hashing trick (Weinberger et al. 2009), so no vocabulary file is needed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_CACHED_WORDS = 20_000
"""Words whose character n-grams are kept: callers use few words, and hashing them is most of the features' cost."""


@dataclass(frozen=True, slots=True)
class Ngrams:
    """Every n-gram of a text, each (n,): its feature id, and the first and last word that it spans."""

    ids: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


@lru_cache(maxsize=_CACHED_WORDS)
def _character_ids(word: str, bits: int) -> tuple[int, ...]:
    padded, mask = f"<{word}>", (1 << bits) - 1
    return tuple(
        (zlib.crc32(padded[start : start + size].encode()) & mask) + (1 << bits)
        for size in range(2, 6)
        for start in range(len(padded) - size + 1)
    )


def ngrams(text: str, bits: int) -> Ngrams:
    """The n-grams of normalised text, in no particular order.

    Word 1- and 2-grams hash into [0, 2**bits), character 2- to 5-grams inside words into [2**bits, 2**(bits+1)).
    """
    words, mask = text.split(), (1 << bits) - 1
    rows = [(zlib.crc32(word.encode()) & mask, index, index) for index, word in enumerate(words)]
    pairs = (f"{left} {right}" for left, right in pairwise(words))
    rows += [(zlib.crc32(pair.encode()) & mask, index, index + 1) for index, pair in enumerate(pairs)]
    for index, word in enumerate(words):
        rows += [(feature, index, index) for feature in _character_ids(word, bits)]
    table = np.asarray(rows, dtype=np.int64).reshape(-1, 3)
    return Ngrams(table[:, 0], table[:, 1], table[:, 2])


def hashed_ngrams(text: str, bits: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Feature ids, ascending, and counts, each (features,), of normalised text."""
    return counted(ngrams(text, bits))


def counted(found: Ngrams) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Distinct feature ids, ascending, and how often each occurs, each (features,)."""
    ids, counts = np.unique(found.ids, return_counts=True)
    return ids, counts.astype(np.float32)

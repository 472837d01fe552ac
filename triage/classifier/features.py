"""Hashed n-grams for the linear branch: the hashing trick (Weinberger et al. 2009), so no vocabulary file is needed."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def _word_ngrams(words: list[str]) -> Iterable[str]:
    yield from words
    yield from (f"{left} {right}" for left, right in pairwise(words))


def _character_ngrams(words: list[str]) -> Iterable[str]:
    for word in words:
        padded = f"<{word}>"
        for size in range(2, 6):
            yield from (padded[start : start + size] for start in range(len(padded) - size + 1))


def _count(ngrams: Iterable[str], bits: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    mask = (1 << bits) - 1
    counted = Counter(zlib.crc32(ngram.encode()) & mask for ngram in ngrams)
    ids = np.fromiter(sorted(counted), dtype=np.int64, count=len(counted))
    return ids, np.asarray([counted[index] for index in ids.tolist()], dtype=np.float32)


def hashed_ngrams(text: str, bits: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Feature ids, ascending, and counts, each (features,), of normalised text.

    Word 1- and 2-grams hash into [0, 2**bits), character 2- to 5-grams inside words into [2**bits, 2**(bits+1)).
    """
    words = text.split()
    word_ids, word_counts = _count(_word_ngrams(words), bits)
    character_ids, character_counts = _count(_character_ngrams(words), bits)
    return np.concatenate([word_ids, character_ids + (1 << bits)]), np.concatenate([word_counts, character_counts])

"""Which words made the type: the parts that the model's score is the sum of, brought down to words.

Both branches end in a sum. The linear branch's score is a sum over n-grams; the transformer's, by its mean and maximum
pooling, is a sum over tokens (class activation mapping, Zhou et al. 2016). So one pass of the model gives the answer
and its reasons; biases and special tokens apart, the words' shares add up to the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from triage.classifier.features import Ngrams
from triage.classifier.model import EvidenceSpan
from triage.classifier.text import Word

SMALLEST, MOST = 0.15, 4
FAINT = 0.05
"""Words of less weight belong to no span."""

Array = NDArray[np.float64]


def log_odds(scores: Array, probabilities: Array, best: int) -> Array:
    """Parts (n, types) of the types' scores -> parts (n,) of the log odds of `best` against the others.

    The others count by their probabilities (types,): the slope of the log odds.
    """
    others = probabilities.copy()
    others[best] = 0.0
    total = others.sum()
    rivals = scores @ (others / total) if total > 0 else np.zeros(len(scores))
    parts: Array = scores[:, best] - rivals
    return parts


def word_scores(
    count: int,
    token_words: Sequence[int | None],
    token_parts: Array,
    found: Ngrams,
    feature_parts: Array,
) -> Array:
    """The parts of tokens and n-grams as parts of words, (count,).

    token_words: the word of each token, None for a special token. A word pair's part is shared by both words, a feature
    that occurs several times has its part shared by all its places.
    """
    scores = np.zeros(count)
    for word, part in zip(token_words, token_parts, strict=True):
        if word is not None:
            scores[word] += part
    place, times = np.unique(found.ids, return_inverse=True, return_counts=True)[1:]
    share = (feature_parts / times)[place] / 2
    np.add.at(scores, found.first, share)
    np.add.at(scores, found.last, share)
    return scores


def spans(said: Sequence[Word], scores: Array, supports: str) -> tuple[EvidenceSpan, ...]:
    """Runs of words that speak for the type, or against it, strongest first, at most MOST.

    scores: each word's part of the log odds, (words,). A run's weight, -1 to 1, is Yule's Q of the factor by which it
    changes the odds. Runs under SMALLEST are not shown.
    """
    signs = [0 if abs(_weight(score)) < FAINT else (1 if score > 0 else -1) for score in scores]
    found = []
    for (turn, sign), run in groupby(range(len(said)), key=lambda index: (said[index].turn, signs[index])):
        members = list(run)
        weight = _weight(float(sum(scores[index] for index in members)))
        if sign and abs(weight) >= SMALLEST:
            found.append(EvidenceSpan(turn, said[members[0]].start, said[members[-1]].end, supports, weight))
    return tuple(sorted(found, key=lambda span: (-abs(span.weight), span.turn, span.start))[:MOST])


def _weight(score: float) -> float:
    """Yule's Q of odds that change by exp(score): (exp(s) - 1) / (exp(s) + 1)."""
    return float(np.tanh(score / 2))

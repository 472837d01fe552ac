"""Which words made the type: input erasure (Li, Monroe and Jurafsky 2016, arXiv 1612.08220), coarse to fine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from triage.classifier.model import EvidenceSpan
from triage.classifier.text import Word

PIECES, FINER_PIECES = 5, 4
"""A text is erased piece by piece, then its heaviest piece in finer pieces: ten passes of the model at most."""
SMALLEST, MOST = 0.15, 4


def erasure_evidence(
    said: Sequence[Word], probability: Callable[[Sequence[Word]], float], supports: str
) -> tuple[EvidenceSpan, ...]:
    """Spans whose erasure changes the odds of the type, strongest first, at most MOST.

    A span's weight, -1 to 1, is Yule's Q of the odds with it against the odds without it: positive for support,
    negative for words that speak against. Odds, since next to certainty a probability hardly moves. Weights under
    SMALLEST are not shown.
    """
    full = _odds(probability(said))

    def weigh(pieces: list[tuple[int, int]]) -> dict[tuple[int, int], float]:
        without = {(start, end): _odds(probability([*said[:start], *said[end:]])) for start, end in pieces}
        return {piece: (full - odds) / (full + odds) for piece, odds in without.items()}

    weights = weigh(_cut(0, len(said), PIECES))
    heaviest = max(weights, key=lambda piece: weights[piece])
    if heaviest[1] - heaviest[0] > 1 and weights[heaviest] >= SMALLEST:
        finer = weigh(_cut(*heaviest, FINER_PIECES))
        # Words that only count together stay together.
        if max(finer.values()) >= weights[heaviest] / 2:
            del weights[heaviest]
            weights |= finer
    return _spans(said, weights, supports)


def _odds(probability: float) -> float:
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return bounded / (1 - bounded)


def _cut(start: int, end: int, pieces: int) -> list[tuple[int, int]]:
    size = -(-(end - start) // pieces)
    return [(at, min(at + size, end)) for at in range(start, end, size)]


def _spans(said: Sequence[Word], weights: dict[tuple[int, int], float], supports: str) -> tuple[EvidenceSpan, ...]:
    """Pieces to spans of the original text: cut at turns, neighbours of the same sign joined."""
    by_word = [(said[index], weight) for (start, end), weight in sorted(weights.items()) for index in range(start, end)]
    spans = []
    for (turn, sign), run in groupby(by_word, key=lambda pair: (pair[0].turn, _sign(pair[1]))):
        members = list(run)
        if sign:
            strongest = max((weight for _, weight in members), key=abs)
            spans.append(EvidenceSpan(turn, members[0][0].start, members[-1][0].end, supports, strongest))
    return tuple(sorted(spans, key=lambda span: (-abs(span.weight), span.turn, span.start))[:MOST])


def _sign(weight: float) -> int:
    return 0 if abs(weight) < SMALLEST else (1 if weight > 0 else -1)

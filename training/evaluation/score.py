"""Word and character error rates of a slice with their uncertainty, and how far the words' times are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from training.evaluation.normalise import normalise

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """What was said and what was written of one channel; `said` and `heard` are raw text."""

    said: str
    heard: str
    doubted: int = 0
    segments: int = 0


def rates(pairs: Sequence[Pair]) -> dict[str, float]:
    """{"wer", "wer_low", "wer_high", "cer", "words", "recordings", "doubted_segments"} of pairs with words said.

    wer_low and wer_high: 95 % interval by bootstrap over recordings (Bisani & Ney 2004). All after normalise().
    A stereo call counts as two recordings, one a channel. Raises ValueError when no words were said at all.
    """
    said = [" ".join(normalise(pair.said)) for pair in pairs]
    heard = [" ".join(normalise(pair.heard)) for pair in pairs]
    kept = [(s, h, p) for s, h, p in zip(said, heard, pairs, strict=True) if s]
    if not kept:
        raise ValueError("no words were said in any of these recordings: there is nothing to score")
    errors, words = [], []
    for s, h, _ in kept:
        out = jiwer.process_words(s, h)
        errors.append(out.substitutions + out.deletions + out.insertions)
        words.append(len(s.split()))
    counts, totals = np.array(errors), np.array(words)
    drawn = np.random.default_rng(0).integers(len(kept), size=(RESAMPLES, len(kept)))
    low, high = np.quantile(counts[drawn].sum(1) / totals[drawn].sum(1), (0.025, 0.975))
    return {
        "wer": round(float(counts.sum() / totals.sum()), 4),
        "wer_low": round(float(low), 4),
        "wer_high": round(float(high), 4),
        "cer": round(float(jiwer.cer([s for s, _, _ in kept], [h for _, h, _ in kept])), 4),
        "words": int(totals.sum()),
        "recordings": len(kept),
        "doubted_segments": round(sum(p.doubted for _, _, p in kept) / max(1, sum(p.segments for _, _, p in kept)), 4),
    }


def start_errors(
    said: Sequence[str], starts: Sequence[float], heard: Sequence[str], heard_starts: Sequence[float]
) -> list[float]:
    """Absolute differences in seconds between the starts of the words that both texts have in the same place."""
    if not said or not heard:
        return []
    [alignment] = jiwer.process_words(" ".join(said), " ".join(heard)).alignments
    return [
        abs(starts[chunk.ref_start_idx + k] - heard_starts[chunk.hyp_start_idx + k])
        for chunk in alignment
        if chunk.type == "equal"
        for k in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]

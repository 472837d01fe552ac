"""How long one call takes on one core, alone and in a batch; ratios of one run, since absolute times are noisy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from training.corpus.load import Call
from triage.classifier.model import Turn
from triage.classifier.onnx import OnnxClassifier
from triage.classifier.text import plain

WORDS, CALLS, BATCH = 150, 40, 64


def speed(folder: Path, calls: Sequence[Call]) -> dict[str, float]:
    """Milliseconds (median of CALLS) for WORDS words with evidence and without, and a batch's throughput.

    batch_over_single: calls a second in a batch of BATCH, against one at a time.
    """
    classifier = OnnxClassifier(folder, threads=1)
    words = " ".join(plain(call.as_turns()) for call in calls).split()
    while len(words) < WORDS * CALLS:
        words += words
    turns = [[Turn("caller", " ".join(words[n * WORDS : (n + 1) * WORDS]))] for n in range(CALLS)]
    classifier.classify(turns[:3], evidence=True)
    alone = [_milliseconds(classifier, [one]) for one in turns]
    explained = [_milliseconds(classifier, [one], evidence=True) for one in turns]
    batch = (turns * 2)[:BATCH]
    together = median(_milliseconds(classifier, batch) for _ in range(3))
    return {
        "words": WORDS,
        "median_ms": median(alone),
        "median_ms_with_evidence": median(explained),
        "batch_over_single": median(alone) * BATCH / together,
    }


def _milliseconds(classifier: OnnxClassifier, calls: Sequence[Sequence[Turn]], *, evidence: bool = False) -> float:
    started = time.perf_counter()
    classifier.classify(calls, evidence=evidence)
    return 1000 * (time.perf_counter() - started)

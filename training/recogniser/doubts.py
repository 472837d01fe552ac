"""How low an average log-probability must be to doubt a segment: each model has a scale of its own."""

from __future__ import annotations

import jiwer
import numpy as np
from numpy.typing import NDArray

from training.recogniser.clips import make_clip, wav_bytes
from training.recogniser.texts import TextSource
from training.synthesis.spoken import written
from triage.recording.load import load_recording
from triage.settings import Settings
from triage.transcribers import Transcriber

MISLEADING_WER = 0.5
"""Half of the words wrong: such a segment may name another incident."""


MOST_FALSE_ALARMS = 0.1
"""Share of usable clips that may be doubted: what is doubted is not classified, and somebody must listen to it."""


def fit_low_logprob(transcriber: Transcriber, clips: int = 200, seed: int = 11) -> dict[str, float]:
    """The log-probability below which a segment is doubted, and what that finds and costs: see low_logprob_of.

    Fitted on new clips of the training sentences and voices, never on what the evaluation reports.
    """
    source, rng, settings = TextSource(), np.random.default_rng(seed), Settings()
    lowest: list[float] = []
    misleading: list[bool] = []
    for _ in range(clips):
        clip = make_clip(source, rng)
        if clip is None or len(clip.words) < 3:
            continue
        segments = transcriber.transcribe(load_recording(wav_bytes(clip), "clip.wav", settings)).segments
        known = [s.avg_logprob for s in segments if s.avg_logprob is not None]
        if known:
            heard = " ".join(written(" ".join(s.text for s in segments)))
            lowest.append(min(known))
            misleading.append(jiwer.wer(" ".join(clip.words), heard) > MISLEADING_WER)
    return low_logprob_of(np.asarray(lowest, np.float64), np.asarray(misleading, np.bool_))


def low_logprob_of(scores: NDArray[np.float64], misleading: NDArray[np.bool_]) -> dict[str, float]:
    """The threshold for clips of these log-probabilities, shape (n,), of which some mislead.

    `low_logprob` is the highest threshold that doubts at most MOST_FALSE_ALARMS of the usable clips, 0 (doubt
    everything) when none is usable; `found` the share of the misleading clips and `false_alarms` the share of the
    usable ones below it; `misleading` the share of all.
    """
    usable = scores[~misleading]
    threshold = 0.0
    if usable.size:
        threshold = float(np.floor(np.quantile(usable, MOST_FALSE_ALARMS, method="lower") * 1000)) / 1000
    return {
        "low_logprob": threshold,
        "found": _share(scores[misleading] < threshold),
        "false_alarms": _share(usable < threshold),
        "misleading": _share(misleading),
    }


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 3) if flags.size else 0.0

"""How low an average log-probability must be to doubt a segment: each model has a scale of its own."""

from __future__ import annotations

import jiwer
import numpy as np
from sklearn.metrics import roc_curve

from training.recogniser.clips import make_clip, wav_bytes
from training.recogniser.texts import TextSource
from training.synthesis.spoken import written
from triage.recording.load import load_recording
from triage.settings import Settings
from triage.transcribers import Transcriber

MISLEADING_WER = 0.5
"""Half of the words wrong: such a segment may name another incident."""


def fit_low_logprob(transcriber: Transcriber, clips: int = 120, seed: int = 11) -> float:
    """The log-probability that best tells misleading clips from usable ones (Youden 1950: true minus false alarms).

    Fitted on new clips of the training sentences and voices, never on what the evaluation reports.
    """
    source, rng, settings = TextSource(), np.random.default_rng(seed), Settings()
    lowest: list[float] = []
    misleading: list[bool] = []
    while len(lowest) < clips:
        clip = make_clip(source, rng)
        if clip is None or len(clip.words) < 3:
            continue
        segments = transcriber.transcribe(load_recording(wav_bytes(clip), "clip.wav", settings)).segments
        known = [s.avg_logprob for s in segments if s.avg_logprob is not None]
        if known:
            heard = " ".join(written(" ".join(s.text for s in segments)))
            lowest.append(min(known))
            misleading.append(jiwer.wer(" ".join(clip.words), heard) > MISLEADING_WER)
    if not 5 <= sum(misleading) <= clips - 5:
        # Too few of one kind to fit: doubt the least sure twentieth.
        return round(float(np.quantile(lowest, 0.05)), 3)
    false_alarms, found, thresholds = roc_curve(misleading, -np.asarray(lowest))
    return round(-float(thresholds[int(np.argmax(found - false_alarms))]), 3)

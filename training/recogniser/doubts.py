"""Where doubt begins for a model: how low an average log-probability, how far apart its two readings.

Each model has scales of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import jiwer
import numpy as np
from numpy.typing import NDArray

from training.classifier.knowledge import utterances
from training.evaluation.normalise import normalise
from training.recogniser.clips import wav_bytes
from training.synthesis import telephone
from training.synthesis.noises import NoiseBank
from training.synthesis.spoken import written
from training.synthesis.utterance import padded, speak
from training.synthesis.voices import draw_speaker
from triage.recording import Recording
from triage.recording.load import load_recording
from triage.settings import Settings
from triage.speech import Transcript
from triage.taxonomy import load_taxonomy
from triage.transcribers import Transcriber

MISLEADING_WER = 0.4
"""Two words of five wrong: such a segment may name another incident."""
MOST_FALSE_ALARMS = 0.03
"""Share of usable segments that may be doubted, about as many as there are misleading ones: what is doubted is not
classified, and somebody must listen to it."""
FEWEST_WORDS, MOST_WORDS = 3, 14
_STEPS = np.linspace(0.0, MOST_FALSE_ALARMS, 17)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def _sentences() -> list[list[str]]:
    """The taxonomy's example utterances: neither trained on nor evaluated on."""
    spoken = (written(utterance.text) for utterance in utterances(load_taxonomy()))
    return [words for words in spoken if len(words) >= FEWEST_WORDS]


def _clips(count: int, seed: int) -> Iterator[tuple[str, Recording]]:
    """Unheard sentences by the training voices over new lines, some in noise: what was said, and the recording.

    Noise belongs to it: on lines without, so few clips mislead that nothing could be fitted.
    """
    sentences, rng, settings = _sentences(), np.random.default_rng(seed), Settings()
    noises = NoiseBank()
    for _ in range(count):
        words = sentences[int(rng.integers(len(sentences)))]
        first = int(rng.integers(0, max(1, len(words) - MOST_WORDS + 1)))
        spoken = speak(words[first : first + MOST_WORDS], draw_speaker(rng))
        if spoken is None or len(spoken.words) < FEWEST_WORDS:
            continue
        spoken = padded(spoken, 0.4, 0.4)
        # espeak-ng's lengths vary by a few samples: with a generator of its own the line does not move the sentences.
        [own] = rng.spawn(1)
        background = noises.draw(len(spoken.samples), own)
        noises.hear(spoken.samples)
        sound = telephone.send(spoken.samples, telephone.draw_line(own), own, background)
        yield " ".join(normalise(" ".join(spoken.words))), load_recording(wav_bytes(sound), "clip.wav", settings)


def _text(transcript: Transcript) -> str:
    return " ".join(normalise(" ".join(s.text for s in transcript.segments)))


def fit_doubts(transcriber: Transcriber, clips: int = 1200) -> dict[str, float]:
    """The limits of doubt, and what they find and cost: see limits_of. Fitted on clips the evaluation does not have."""
    logprobs, distances, misleading = [], [], []
    for said, recording in _clips(clips, seed=11):
        transcript = transcriber.transcribe(recording)
        known = [s for s in transcript.segments if s.avg_logprob is not None]
        if known:
            logprobs.append(min(float(s.avg_logprob or 0.0) for s in known))
            distances.append(max(float(s.letter_distance or 0.0) for s in known))
            misleading.append(jiwer.wer(said, _text(transcript)) > MISLEADING_WER)
    return limits_of(np.array(logprobs), np.array(distances), np.array(misleading, np.bool_))


def limits_of(logprobs: Floats, distances: Floats, misleading: Flags) -> dict[str, float]:
    """The limits for segments of these measures, shape (n,), of which some mislead.

    `low_logprob` and `letters_apart`: the pair that finds most of the misleading segments and doubts at most
    MOST_FALSE_ALARMS of the usable ones; doubt everything when none is usable. `found` the share of the misleading
    segments and `false_alarms` of the usable ones that are doubted, `found_by_logprob` what the first alone would find
    at the same price; `misleading` the share of all.
    """
    usable = ~misleading
    if not usable.any():
        all_doubted = _found(np.ones(len(misleading), np.bool_), misleading)
        return {"low_logprob": 0.0, "letters_apart": 0.0} | all_doubted | {"found_by_logprob": all_doubted["found"]}
    best: tuple[tuple[float, float], float, float] | None = None
    alone = 0.0
    for share in _STEPS:
        low = float(np.floor(np.quantile(logprobs[usable], share, method="lower") * 1000)) / 1000
        for other in _STEPS:
            apart = float(np.ceil(np.quantile(distances[usable], 1 - other, method="higher") * 1000)) / 1000
            doubted = (logprobs < low) | (distances > apart)
            figures = _found(doubted, misleading)
            if figures["false_alarms"] > MOST_FALSE_ALARMS:
                continue
            if other == 0:
                alone = max(alone, _share(logprobs[misleading] < low))
            score = (figures["found"], -figures["false_alarms"])
            if best is None or score > best[0]:
                best = (score, low, apart)
    assert best is not None, "doubting nothing raises no false alarm"
    _, low, apart = best
    return (
        {"low_logprob": low, "letters_apart": apart}
        | _found((logprobs < low) | (distances > apart), misleading)
        | {"found_by_logprob": alone}
    )


def _found(doubted: Flags, misleading: Flags) -> dict[str, float]:
    return {
        "found": _share(doubted[misleading]),
        "false_alarms": _share(doubted[~misleading]),
        "misleading": _share(misleading),
        "segments": float(len(misleading)),
    }


def _share(flags: Flags) -> float:
    return round(float(flags.mean()), 3) if flags.size else 0.0

"""Clips to learn from: features of a spoken sentence with the times of its words and phonemes."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.recogniser.features import FeatureConfig, mel_power, to_bytes
from training.recogniser.texts import TextSource
from training.synthesis import telephone
from training.synthesis.noises import NoiseBank
from training.synthesis.telephone import SAMPLE_RATE, Samples
from training.synthesis.utterance import Spoken, padded, speak
from training.synthesis.voices import TRAINING_VARIANTS, UNUSUAL_VARIANTS, Speaker, draw_speaker

MAX_SECONDS = 11.5
"""Longest clip, and longest window joined from clips. At run time windows are cut at silences to this length."""
LINES_AN_UTTERANCE = 3
"""Speaking takes longer than sending over a line: each utterance is sent over several."""


@dataclass(frozen=True, slots=True)
class Clip:
    """mel: bytes (bins, frames), see features. word_times: start of each word in seconds, then the end of the last.

    phonemes: index into synthesis.utterance.PHONEMES of every 20 ms, empty where unknown (recordings of a site).
    """

    mel: NDArray[np.uint8]
    words: list[str]
    word_times: list[float]
    phonemes: NDArray[np.uint8]


def draw_spoken(source: TextSource, speaker: Speaker, rng: np.random.Generator) -> Spoken | None:
    """A sentence of the source with a little silence around it; None when too long or not spoken as written."""
    spoken = speak(source.draw(rng), speaker)
    if spoken is None:
        return None
    spoken = padded(spoken, float(rng.uniform(0.05, 0.45)), float(rng.uniform(0.0, 0.3)))
    return spoken if len(spoken.samples) <= MAX_SECONDS * SAMPLE_RATE else None


def make_clips(
    source: TextSource, noises: NoiseBank, features: FeatureConfig, rng: np.random.Generator
) -> Iterator[Clip]:
    """Clips without end: every utterance over LINES_AN_UTTERANCE lines, one in thirty of them without speech."""
    while True:
        spoken = draw_spoken(source, draw_speaker(rng, TRAINING_VARIANTS, UNUSUAL_VARIANTS), rng)
        if spoken is None:
            continue
        noises.hear(spoken.samples)
        for _ in range(LINES_AN_UTTERANCE):
            heard = spoken if rng.random() > 1 / 30 else _wordless(spoken)
            background = noises.draw(len(heard.samples), rng)
            recorded = telephone.send(heard.samples, telephone.draw_line(rng), rng, background)
            mel = to_bytes(mel_power(recorded, features))
            yield Clip(mel, heard.words, heard.word_times, heard.phonemes)


def _wordless(spoken: Spoken) -> Spoken:
    return Spoken(np.zeros_like(spoken.samples), [], [], np.zeros_like(spoken.phonemes))


def wav_bytes(samples: Samples, channels: int = 1) -> bytes:
    """float32 (n,) or (n, channels) at 8 kHz as a PBX would hand it over: a PCM WAV."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()

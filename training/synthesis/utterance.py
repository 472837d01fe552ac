"""One sentence spoken: sound at the line's rate with the times of its words and phonemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthesis import espeak, telephone
from training.synthesis.espeak import Voice
from training.synthesis.spoken import said
from training.synthesis.telephone import SAMPLE_RATE, Samples
from training.synthesis.voices import Speaker

PHONEMES = (
    "_", "a", "aI", "aU", "b", "C", "d", "dZ", "e", "E", "@", "f", "g", "h", "i", "I", "j", "k", "l", "m", "n", "N",
    "n^", "o", "O", "oI", "p", "R", "r", "s", "S", "t", "tS", "u", "U", "v", "w", "x", "z", "?", "other",
)  # fmt: skip
PHONEME_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Spoken:
    """samples: 8 kHz. word_times: the start of each word in seconds, then the end of the last.

    phonemes: index into PHONEMES of every PHONEME_SECONDS.
    """

    samples: Samples
    words: list[str]
    word_times: list[float]
    phonemes: NDArray[np.uint8]


def speak(words: Sequence[str], speaker: Speaker) -> Spoken | None:
    """Speak written words, or None when espeak-ng reported other words than it was given."""
    utterance, starts = speak_words(words, speaker.voice)
    if starts is None or not len(utterance.samples):
        return None
    warp = speaker.warp
    samples = telephone.to_line_rate(utterance.samples, int(espeak.SAMPLE_RATE * warp) // 50 * 50)
    seconds = len(samples) / SAMPLE_RATE
    labels = [(mark.start / warp, mark.label) for mark in utterance.phonemes]
    return Spoken(samples, list(words), [*(s / warp for s in starts), seconds], _phonemes(labels, seconds))


def padded(spoken: Spoken, before: float, after: float) -> Spoken:
    """The same with that many seconds of silence around it; times move along."""
    first, last = (np.zeros(int(seconds * SAMPLE_RATE), np.float32) for seconds in (before, after))
    offset = len(first) / SAMPLE_RATE
    samples = np.concatenate([first, spoken.samples, last])
    phonemes = np.zeros(int(len(samples) / SAMPLE_RATE / PHONEME_SECONDS), np.uint8)
    start = round(offset / PHONEME_SECONDS)
    count = min(len(spoken.phonemes), len(phonemes) - start)
    phonemes[start : start + count] = spoken.phonemes[:count]
    return Spoken(samples, spoken.words, [time + offset for time in spoken.word_times], phonemes)


def speak_words(words: Sequence[str], voice: Voice) -> tuple[espeak.Utterance, list[float] | None]:
    """Speak written words; the start in seconds of each, or None when espeak-ng reported other words."""
    text, first_character = "", {}
    for index, word in enumerate(words):
        first_character[len(text)] = index
        text += said(word) + " "
    utterance = espeak.speak(text, voice)
    starts: list[float | None] = [None] * len(words)
    for mark in utterance.words:
        index = first_character.get(int(mark.label))
        if index is not None and starts[index] is None:
            starts[index] = mark.start
    # A clitic may be joined to its neighbour and gets no mark of its own: it starts half-way to the next known one.
    known = [i for i, start in enumerate(starts) if start is not None]
    if len(known) < 0.6 * len(words) or not known:
        return utterance, None
    end = len(utterance.samples) / espeak.SAMPLE_RATE
    filled = np.interp(range(len(words)), [*known, len(words)], [*(starts[i] or 0.0 for i in known), end])
    return utterance, [float(x) for x in filled]


def _phonemes(labels: list[tuple[float, str]], seconds: float) -> NDArray[np.uint8]:
    ids = {phoneme: index for index, phoneme in enumerate(PHONEMES)}
    frames = np.zeros(int(seconds / PHONEME_SECONDS), np.uint8)
    for start, label in labels:
        plain = label.lstrip("',%=|").rstrip(":|;!0123456789") or "_"
        plain = "_" if plain.startswith("_") else plain
        frames[int(start / PHONEME_SECONDS) :] = ids.get(plain, ids["other"])
    return frames

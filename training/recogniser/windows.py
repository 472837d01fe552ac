"""Training windows drawn from clips: joined, cut off, prompted, in noise, at other levels and formants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.recogniser.clips import MAX_SECONDS, Clip
from training.recogniser.features import from_bytes, whisper_scale
from training.synthesis.utterance import PHONEME_SECONDS

PROMPTED, CUT_OFF = 0.1, 0.06
NOISY, OVERHEARD, WARPED = 0.3, 0.08, 0.4
"""Shares of windows with previous text, cut in mid-speech, with noise, with another voice beside, formants moved."""
UNKNOWN_PHONEME = 255

TRIES = 20


@dataclass(frozen=True, slots=True)
class Window:
    """mel: scaled as Whisper wants it, (bins, frames). prompt: text that came before, or names to listen for.

    phonemes: of every 20 ms, UNKNOWN_PHONEME in a site's recordings.
    """

    mel: Tensor
    words: list[str]
    word_times: list[float]
    phonemes: NDArray[np.uint8]
    prompt: list[str]


class Windows:
    """Draws windows from the clips it is given; `clips` may grow meanwhile."""

    def __init__(
        self, frame_seconds: float, rng: np.random.Generator, recordings: Sequence[Clip] = (), weight: float = 0.0
    ) -> None:
        """recordings: a site's own clips, drawn with a chance of `weight`; self.clips: the synthetic ones."""
        self.clips: list[Clip] = []
        self._recordings = recordings
        self._weight = weight if recordings else 0.0
        self._frame = frame_seconds
        self._rng = rng

    def draw(self, longest: float, joined: float, strength: float = 1.0) -> Window:
        """A window of at most `longest` seconds (longer clips are drawn anew), `joined` the chance of several in it.

        Several clips in a row are what a mono recording holds: voices and lines change.
        strength: share of the augmentation (noise, other voices, formants, masks) that is left.
        """
        rng = self._rng
        parts = [self._clip(longest)]
        while rng.random() < joined and self._seconds(parts) < longest - 1.5:
            parts.append(self._clip(longest - self._seconds(parts)))
        words, times, phonemes, offset = [], [], [], 0.0
        end = 0.0
        for part in parts:
            words += part.words
            times += [time + offset for time in part.word_times[:-1]]
            end = part.word_times[-1] + offset if part.words else end
            length = part.mel.shape[1] * self._frame
            phonemes.append(_fit(part.phonemes, round(length / PHONEME_SECONDS)))
            offset += length
        power = torch.cat([self._augment(from_bytes(part.mel), strength) for part in parts], dim=1)
        clip = Clip(np.zeros((0, 0), np.uint8), words, [*times, end] if words else [], np.concatenate(phonemes))
        if words and rng.random() < CUT_OFF and not np.isnan(clip.word_times).any():
            power, clip = self._cut(power, clip)
        prompt = self._prompt(clip.words) if rng.random() < PROMPTED else []
        mel = _mask(whisper_scale(power), rng, strength)
        return Window(mel, clip.words, clip.word_times, clip.phonemes, prompt)

    def _clip(self, longest: float) -> Clip:
        """A clip of at most `longest` seconds, or the shortest of TRIES drawn where none is."""
        clips = self._recordings if self._rng.random() < self._weight else self.clips
        drawn: list[Clip] = []
        for _ in range(TRIES):
            drawn.append(clips[int(self._rng.integers(len(clips)))])
            if drawn[-1].mel.shape[1] * self._frame <= longest:
                return drawn[-1]
        return min(drawn, key=lambda clip: clip.mel.shape[1])

    def _seconds(self, parts: Sequence[Clip]) -> float:
        return sum(part.mel.shape[1] for part in parts) * self._frame

    def _augment(self, power: Tensor, strength: float) -> Tensor:
        rng = self._rng
        if rng.random() < WARPED * strength:
            power = _warp(power, float(rng.uniform(0.93, 1.07)))
        if rng.random() < NOISY * strength:
            power = _louder(power, _noise(power, float(rng.uniform(6, 30)), rng))
        if rng.random() < OVERHEARD * strength:
            other = from_bytes(self._clip(MAX_SECONDS).mel)
            index = torch.arange(power.shape[1]) % other.shape[1]
            power = _louder(power, other[:, index] - float(rng.uniform(1.6, 3.0)))
        # At run time a whole channel is brought to its level; a window of it may be louder or quieter.
        return power + float(rng.normal(-0.1, 0.4))

    def _cut(self, power: Tensor, clip: Clip) -> tuple[Tensor, Clip]:
        """A window that begins or ends in mid-speech: words that are not whole are not to be written."""
        seconds = power.shape[1] * self._frame
        start = float(self._rng.uniform(0, seconds / 3)) if self._rng.random() < 0.5 else 0.0
        end = seconds if start else float(self._rng.uniform(seconds * 2 / 3, seconds))
        first, last = int(start / self._frame), max(int(end / self._frame), int(start / self._frame) + 10)
        whole = [
            i
            for i in range(len(clip.words))
            if clip.word_times[i] >= start - 0.04
            and min(clip.word_times[i + 1], clip.word_times[i] + 0.1 + 0.09 * len(clip.words[i])) <= end + 0.04
        ]
        words = [clip.words[i] for i in whole]
        times = [max(0.0, clip.word_times[i] - start) for i in whole]
        if words:
            times.append(max(times[-1], min(clip.word_times[whole[-1] + 1], end) - start))
        phonemes = clip.phonemes[round(start / PHONEME_SECONDS) : round(end / PHONEME_SECONDS)]
        return power[:, first:last], Clip(clip.mel, words, times, phonemes)

    def _prompt(self, words: list[str]) -> list[str]:
        """Text of another clip, as what was said before; a third of the time with some words of this one among it."""
        rng = self._rng
        previous = list(self.clips[int(rng.integers(len(self.clips)))].words)
        if words and rng.random() < 0.33:
            at = int(rng.integers(len(words)))
            previous += words[at : at + int(rng.integers(1, 4))]
        return previous


def _fit(phonemes: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    if not len(phonemes):
        return np.full(count, UNKNOWN_PHONEME, np.uint8)
    return np.pad(phonemes[:count], (0, max(0, count - len(phonemes))))


def _louder(a: Tensor, b: Tensor) -> Tensor:
    """log10 of the sum of two powers given as log10."""
    return torch.maximum(a, b) + torch.log10(1 + 10 ** -(a - b).abs())


def _noise(power: Tensor, snr_db: float, rng: np.random.Generator) -> Tensor:
    """Noise in mel power, tilted at random, snr_db below the clip's mean."""
    bins, frames = power.shape
    tilt = torch.linspace(0, float(rng.uniform(-1.5, 0.5)), bins)
    mean = torch.log10((10**power).mean())
    fluctuation = torch.from_numpy(np.log10(rng.gamma(4.0, 0.25, (bins, frames)).astype(np.float32) + 1e-3))
    return mean - snr_db / 10 + tilt[:, None] + fluctuation


def _warp(power: Tensor, factor: float) -> Tensor:
    """Vocal tract length perturbation (Jaitly & Hinton 2013): the mel axis stretched by `factor`."""
    at = (torch.arange(power.shape[0]) * factor).clamp(max=power.shape[0] - 1.001)
    low = at.long()
    share = (at - low)[:, None]
    return power[low] * (1 - share) + power[low + 1] * share


def _mask(mel: Tensor, rng: np.random.Generator, strength: float) -> Tensor:
    """SpecAugment (Park et al. 2019): up to two bands of mel bins and up to two of frames set to the clip's mean."""
    mean = mel.mean()
    if rng.random() >= strength:
        return mel
    for _ in range(int(rng.integers(0, 3))):
        start, size = int(rng.integers(0, 60)), int(rng.integers(1, 9))
        mel[start : start + size] = mean
    for _ in range(int(rng.integers(0, 3))):
        start, size = int(rng.integers(0, mel.shape[1])), int(rng.integers(1, 9))
        mel[:, start : start + size] = mean
    return mel

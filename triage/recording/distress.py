"""Bangs, knocks and screams: abrupt loud events that are neither tones nor ordinary speech. Estimates: a slammed door
is a bang too. They are evidence to listen, never to close."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, maximum_filter1d, median_filter  # type: ignore[import-untyped]

from triage.recording.level import TARGET_DBFS
from triage.recording.model import SAMPLE_RATE, Span, Tone
from triage.recording.spectrum import FRAME_SECONDS, Spectrum

_STEP = SAMPLE_RATE // 100
"""Samples of a 10 ms frame: an attack is shorter than the 20 ms of the other facts."""
_BACKGROUND_STEPS = 31
_RISE_DB = 20.0
"""Over the median of the 0.3 s before: a bang comes from nowhere."""
_QUIETEST_DB = TARGET_DBFS - 6.0
"""Of a bang where nobody speaks: about as loud as speech would be."""
_OVER_SPEECH_DB = TARGET_DBFS + 16.0
"""Of a bang under speech; the loudest vowels of six synthetic voices reach 11 dB above the active level."""
_ATTACK_STEPS, _ATTACK_DB = 3, 15.0
"""30 ms before its peak a bang is at least 15 dB weaker; a vowel takes longer to rise."""
_BODY_DB, _BODY_STEPS = 15.0, range(3, 16)
"""A bang stays within 15 dB of its peak for 30 to 150 ms; a click of the line is shorter, a syllable longer."""
_DECAY_DB, _DECAY_STEPS = 12.0, 25
"""A quarter of a second later it is gone; the onset of speech, engines or music is not."""

_SCREAM_SECONDS = 0.4
_SCREAM_PERIODICITY = 0.6
_SCREAM_RATIO = 0.95
"""Pitch above 600 Hz: the short lag must explain the wave as well as any longer one."""
_STEADY_HZ = 8.0
"""A pitch that holds still is a beep."""


def distress_sounds(
    samples: NDArray[np.float32], spectrum: Spectrum, speech: tuple[Span, ...], tones: tuple[Tone, ...]
) -> tuple[Span, ...]:
    """Distress sounds in order of start.

    samples: float32, shape (n,), at SAMPLE_RATE, level normalised; spectrum, speech and tones were measured on them.
    """
    found = [span for span in (*_bangs(samples, speech), *_screams(samples, spectrum)) if not _touches(span, tones)]
    return tuple(sorted(found, key=lambda span: span.start))


def _touches(span: Span, tones: tuple[Tone, ...]) -> bool:
    return any(tone.start - 0.1 < span.end and span.start < tone.end + 0.1 for tone in tones)


def _levels(samples: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    frames = samples[: samples.size // step * step].reshape(-1, step)
    powers: NDArray[np.float32] = np.einsum("ij,ij->i", frames, frames) / np.float32(step)
    levels: NDArray[np.float32] = 10 * np.log10(powers + np.float32(1e-9))
    return levels


def _bangs(samples: NDArray[np.float32], speech: tuple[Span, ...]) -> list[Span]:
    level = _levels(samples, _STEP)
    if not level.size:
        return []
    # origin shifts the window wholly before the frame, two frames of attack left out
    background = median_filter(level, _BACKGROUND_STEPS, mode="nearest", origin=_BACKGROUND_STEPS // 2)
    background = np.concatenate([background[:1].repeat(2), background[:-2]])[: level.size]
    least = np.full(level.size, _QUIETEST_DB)
    for span in speech:
        least[int(span.start * 100) : int(span.end * 100) + 1] = _OVER_SPEECH_DB
    before = np.concatenate([level[:1].repeat(_ATTACK_STEPS), level[:-_ATTACK_STEPS]])[: level.size]
    abrupt = (level - background >= _RISE_DB) & (level - before >= _ATTACK_DB)
    peaks = abrupt & (level >= least) & (level == maximum_filter1d(level, 11))
    bangs = []
    for peak in np.flatnonzero(peaks).tolist():
        body = int(np.count_nonzero(level[max(0, peak - 2) : peak + 20] >= level[peak] - _BODY_DB))
        after = level[peak + _DECAY_STEPS : peak + _DECAY_STEPS + 5]
        if body in _BODY_STEPS and (not after.size or after.mean() <= level[peak] - _DECAY_DB):
            bangs.append(Span(max(0, peak - 2) / 100, (peak + body) / 100))
    return bangs


def _screams(samples: NDArray[np.float32], spectrum: Spectrum) -> list[Span]:
    level = _levels(samples, round(FRAME_SECONDS * SAMPLE_RATE))
    frames = min(level.size, spectrum.first.size)
    high = spectrum.high_pitch[:frames]
    shrill = (high >= _SCREAM_PERIODICITY) & (high >= _SCREAM_RATIO * spectrum.low_pitch[:frames])
    shrill = binary_closing(shrill & (level[:frames] >= _QUIETEST_DB), np.ones(4))
    edges = np.flatnonzero(np.diff(shrill.astype(np.int8), prepend=0, append=0))
    runs = [(int(a), int(b)) for a, b in pairwise(edges) if shrill[a]]
    return [
        Span(a * FRAME_SECONDS, b * FRAME_SECONDS)
        for a, b in runs
        if (b - a) * FRAME_SECONDS >= _SCREAM_SECONDS and spectrum.first[a:b].std() > _STEADY_HZ
    ]

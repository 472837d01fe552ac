"""Short-time spectra of a channel at 8 kHz, reduced block by block to a few numbers a frame.

Telephone audio ends at 4 kHz, so 8 kHz loses nothing; a block at a time, so that 2 h fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import librosa
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d  # type: ignore[import-untyped]
from scipy.signal import resample_poly  # type: ignore[import-untyped]

from triage.recording.model import SAMPLE_RATE

RATE = 8_000
FRAME_SECONDS = 0.02
CHORD_SECONDS = 2.56
"""Length of the stretches that are judged as music or not (Seyerlehner et al. use 2.6 s)."""
_BLOCK_SECONDS = 24 * CHORD_SECONDS
_WINDOW, _HOP = 512, 160
"""64 ms, every 20 ms: tells the DTMF frequencies apart (73 Hz at least) and is no longer than a short digit."""
_LONG_WINDOW, _LONG_HOP = 1024, 320
"""128 ms, every 40 ms: resolves partials of a chord."""
_BAND = slice(13, 244)
"""Bins of 200 to 3,800 Hz: without mains hum, within the telephone band."""
_PEAK_BINS = 2
"""A Hann window's main lobe reaches two bins to each side."""
_PARTIAL_DB = 6.0
"""A bin this far above the mean of its 21 neighbours belongs to a partial."""
_HIGHEST_PITCH, _SCREAM_PITCH, _LOWEST_PITCH = 2_500, 600, 80


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Numbers a frame of 20 ms, shape (frames,), and activations a stretch of CHORD_SECONDS, shape (stretches, bins).

    first, second              frequency in Hz of the two strongest peaks
    first_share, second_share  their share of the power in 200..3,800 Hz
    high_pitch, low_pitch      autocorrelation at the best lag of 600..2,500 Hz and of 80..600 Hz, -1..1
    activations                share of time each bin of 7.8 Hz was part of a partial
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    first_share: NDArray[np.float32]
    second_share: NDArray[np.float32]
    high_pitch: NDArray[np.float32]
    low_pitch: NDArray[np.float32]
    activations: NDArray[np.float32]


def analyse(samples: NDArray[np.float32]) -> Spectrum:
    """The spectrum of one channel; samples: float32, shape (n,), n > 0, at SAMPLE_RATE."""
    rows = []
    activations: list[NDArray[np.float32]] = []
    for block, frames in _blocks(samples):
        power = np.abs(librosa.stft(block, n_fft=_WINDOW, hop_length=_HOP, center=False)[:, :frames]) ** 2
        rows.append(np.stack([*_peaks(power[_BAND]), *_pitches(power)]).astype(np.float32))
        long = np.abs(librosa.stft(block, n_fft=_LONG_WINDOW, hop_length=_LONG_HOP, center=False)[:, : frames // 2])
        activations.extend(_activations(long))
    first, second, first_share, second_share, high, low = np.concatenate(rows, axis=1)
    stretches = np.array(activations, np.float32).reshape(-1, _LONG_WINDOW // 2 + 1)
    return Spectrum(first, second, first_share, second_share, high, low, stretches)


def _blocks(samples: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Blocks at 8 kHz, each long enough for the windows of all its frames, and the number of its frames."""
    size = int(_BLOCK_SECONDS * SAMPLE_RATE)
    margin = 2 * _LONG_WINDOW
    step = SAMPLE_RATE // RATE
    for start in range(0, samples.size, size):
        before = min(start, margin)
        piece = samples[start - before : start + size + margin]
        block = resample_poly(piece, 1, step)[before // step :]
        frames = -(-min(size, samples.size - start) // (_HOP * step))
        yield librosa.util.fix_length(block, size=(frames - 1) * _HOP + _LONG_WINDOW), frames


def _peaks(power: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """first, second, first_share, second_share of a band's power spectrum, shape (bins, frames); power is spent."""
    total = power.sum(axis=0) + 1e-12
    logs = np.log(power + 1e-12)
    columns = np.arange(power.shape[1])
    frequencies, shares = [], []
    for _ in range(2):
        top = np.clip(power.argmax(axis=0), 1, power.shape[0] - 2)
        left, middle, right = logs[top - 1, columns], logs[top, columns], logs[top + 1, columns]
        curvature = left - 2 * middle + right
        shift = np.where(curvature < 0, 0.5 * (left - right) / np.minimum(curvature, -1e-9), 0.0)
        frequencies.append((top + np.clip(shift, -0.5, 0.5) + _BAND.start) * RATE / _WINDOW)
        near = np.clip(top + np.arange(-_PEAK_BINS, _PEAK_BINS + 1)[:, None], 0, power.shape[0] - 1)
        shares.append(power[near, columns].sum(axis=0) / total)
        power[near, columns] = 0.0
    yield from (*frequencies, *shares)


def _pitches(power: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Best autocorrelation over the lags of a scream and over those of a talking voice."""
    banded = power.copy()
    banded[: _BAND.start] = 0.0
    rate = 2 * RATE  # the spectrum is padded to twice its length: finer lags
    correlation = np.fft.irfft(banded, n=2 * _WINDOW, axis=0)[: rate // _LOWEST_PITCH + 1]
    correlation /= correlation[0] + 1e-12
    edge = rate // _SCREAM_PITCH
    return correlation[rate // _HIGHEST_PITCH : edge + 1].max(axis=0), correlation[edge + 4 :].max(axis=0)


def _activations(magnitudes: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """For each stretch the share of frames in which a bin stands out from its neighbours as a partial does."""
    level = librosa.amplitude_to_db(magnitudes, ref=1.0, amin=1e-4, top_db=None)
    partial = level - uniform_filter1d(level, 21, axis=0) >= _PARTIAL_DB
    frames = round(CHORD_SECONDS * RATE / _LONG_HOP)
    for start in range(0, partial.shape[1], frames):
        stretch = partial[:, start : start + frames]
        if stretch.shape[1] >= frames // 2:
            yield stretch.mean(axis=1)

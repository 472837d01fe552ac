"""Signalling tones. Frequencies and cadences: ITU-T Q.23 (DTMF), E.180 (call progress; Indonesia: 425 Hz, dial tone
continuous, ringback 1 s on 4 s off, busy 0.5/0.5 s, congestion 0.25/0.25 s), Q.35 (special information), T.30 (fax).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from triage.recording.model import Span, Tone, ToneKind
from triage.recording.spectrum import FRAME_SECONDS, Spectrum

_DTMF_LOW = (697.0, 770.0, 852.0, 941.0)
_DTMF_HIGH = (1209.0, 1336.0, 1477.0, 1633.0)
_DTMF_KEYS = ("123A", "456B", "789C", "*0#D")
_DTMF_TOLERANCE = 0.022
"""Q.24: accepted within 1.5 %, rejected beyond 3.5 %."""
_DTMF_SHARE, _DTMF_TWIST = 0.8, 10.0
"""Both peaks hold most of the power, and neither more than 10 dB (as a ratio) less than the other."""
_DTMF_FRAMES = 3
"""Frames a digit lasts at least: 50 ms of tone through a 64 ms window, less the frames that see only its edge."""

_SINGLE_SHARE = 0.85
_STEADY_HZ = 6.0
"""Standard deviation of a tone's frequency; voiced speech wanders further within 0.2 s."""
_WINDOW_BLUR = 0.06
"""Seconds by which the 64 ms window lengthens a tone's frames, and shortens the gap after it."""
_MIN_SECONDS = 0.15
_PROGRESS = (400.0, 495.0)
"""Hz: 425, and 440+480, which beat inside the window and show as one peak or two."""
_PROGRESS_PAIRS = (((400.0, 470.0), (450.0, 520.0)), ((465.0, 495.0), (605.0, 635.0)))
"""Hz: ringback of 440+480 and busy of 480+620, as in North America; both stand for 450 Hz below."""
_SIT_STEPS = ((900.0, 1000.0), (1350.0, 1450.0), (1740.0, 1830.0))
_FAX_CALLING, _FAX_ANSWER = (1062.0, 1138.0), (2080.0, 2120.0)


def find_tones(spectrum: Spectrum, loud: NDArray[np.bool_]) -> tuple[Tone, ...]:
    """Tones in order of start. loud: shape (frames,), frames of the spectrum above the noise."""
    runs = _steady_runs(spectrum, loud)
    tones = [
        *_digits(spectrum, loud),
        *_call_progress([run for run, hz in runs if _inside(hz, _PROGRESS)]),
        *_information_tones(runs),
        *_fax(runs),
    ]
    return tuple(sorted(tones, key=lambda tone: tone.start))


def _inside(frequency: float, band: tuple[float, float]) -> bool:
    return band[0] <= frequency <= band[1]


def _runs(labels: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """label, first frame and frame after the last, of each run of one label that is not empty."""
    position = 0
    for label, group in groupby(labels):
        length = sum(1 for _ in group)
        if label:
            yield label, position, position + length
        position += length


def _digits(spectrum: Spectrum, loud: NDArray[np.bool_]) -> Iterator[Tone]:
    low = np.minimum(spectrum.first, spectrum.second)
    high = np.maximum(spectrum.first, spectrum.second)
    twist = spectrum.first_share <= _DTMF_TWIST * spectrum.second_share
    dual = loud & twist & (spectrum.first_share + spectrum.second_share >= _DTMF_SHARE)
    labels = [""] * dual.size
    for frame in np.flatnonzero(dual):
        row, column = _nearest(low[frame], _DTMF_LOW), _nearest(high[frame], _DTMF_HIGH)
        if row is not None and column is not None:
            labels[frame] = _DTMF_KEYS[row][column]
    for digit, start, end in _runs(labels):
        if end - start >= _DTMF_FRAMES:
            yield Tone("dtmf", *_times(start, end), detail=digit)


def _nearest(frequency: float, nominal: tuple[float, ...]) -> int | None:
    return next((i for i, hz in enumerate(nominal) if abs(frequency - hz) <= _DTMF_TOLERANCE * hz), None)


def _times(start: int, end: int) -> tuple[float, float]:
    """Frames -> seconds of the tone itself; frame i sees 64 ms from 20*i ms."""
    blur = min(_WINDOW_BLUR / 2, (end - start) * FRAME_SECONDS / 4)
    middle = 0.032 - FRAME_SECONDS / 2
    return round(start * FRAME_SECONDS + middle + blur, 3), round(end * FRAME_SECONDS + middle - blur, 3)


def _steady_runs(spectrum: Spectrum, loud: NDArray[np.bool_]) -> list[tuple[Span, float]]:
    """Stretches of one steady frequency, with that frequency; a call progress pair counts as 450 Hz."""
    single = loud & (spectrum.first_share >= _SINGLE_SHARE)
    low, high = np.minimum(spectrum.first, spectrum.second), np.maximum(spectrum.first, spectrum.second)
    pair = np.zeros(loud.size, bool)
    for low_band, high_band in _PROGRESS_PAIRS:
        pair |= (low_band[0] <= low) & (low <= low_band[1]) & (high_band[0] <= high) & (high <= high_band[1])
    pair &= loud & (spectrum.second_share > 0.05) & (spectrum.first_share + spectrum.second_share >= _SINGLE_SHARE)
    frequency = np.where(pair, 450.0, np.where(single, spectrum.first, 0.0))
    runs = []
    edges = np.flatnonzero(np.abs(np.diff(frequency, prepend=0.0, append=0.0)) > 4 * _STEADY_HZ)
    for start, end in pairwise(edges):
        piece = frequency[start:end]
        span = Span(*_times(int(start), int(end)))
        if piece[0] and span.seconds >= _MIN_SECONDS and piece.std() <= _STEADY_HZ:
            runs.append((span, float(np.median(piece))))
    return runs


def _call_progress(runs: list[Span]) -> Iterator[Tone]:
    """Dial tone, ringback or busy by how long the tone is on and how long off before and after."""
    for index, run in enumerate(runs):
        gaps = [after.start - before.end for before, after in pairwise(runs[max(0, index - 1) : index + 2])]
        beats = [gap for gap in gaps if 0.1 <= gap <= 0.8]
        kind: ToneKind | None = None
        if run.seconds > 2.5:
            kind = "dial"
        elif run.seconds >= 0.75:
            kind = "ringback"
        elif beats and run.seconds <= 0.75:
            kind = "busy"
        if kind:
            yield Tone(kind, run.start, run.end)


def _information_tones(runs: list[tuple[Span, float]]) -> Iterator[Tone]:
    """Three rising tones in a row, each 0.2 to 0.5 s."""
    for three in zip(runs, runs[1:], runs[2:], strict=False):
        rising = all(_inside(hz, band) for (_, hz), band in zip(three, _SIT_STEPS, strict=True))
        joined = all(b.start - a.end < 0.2 for (a, _), (b, _) in pairwise(three))
        if rising and joined and all(run.seconds <= 0.5 for run, _ in three):
            yield Tone("sit", three[0][0].start, three[2][0].end)


def _fax(runs: list[tuple[Span, float]]) -> Iterator[Tone]:
    """Calling tone (1,100 Hz, 0.5 s) or answer tone (2,100 Hz, 2.6 to 4 s; one that is cut still counts)."""
    for run, hz in runs:
        if (_inside(hz, _FAX_CALLING) and 0.35 <= run.seconds <= 0.7) or (
            _inside(hz, _FAX_ANSWER) and run.seconds >= 1
        ):
            yield Tone("fax", run.start, run.end)

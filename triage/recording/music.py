"""Music, and speech from a TV or radio, as far as they can be told: estimates.

Music by continuous frequency activation (Seyerlehner, Pohle, Schedl, Widmer: Automatic Music Detection in Television
Productions, DAFx 2007): notes hold their partials for a second or more, the partials of a voice move all the time.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks  # type: ignore[import-untyped]

from triage.recording.model import Span, Tone
from triage.recording.spectrum import CHORD_SECONDS

_PARTIALS = 5
_MUSIC, _MUSIC_UNDER_SPEECH = 2.1, 4.0
"""Sum of the five most prominent activations. Measured through a telephone band, the steady part taken away: rain and
trains .9-1.7, car 1.3-2.1, fan 1.4-1.8, baby cries up to 1.5, guitar 2.1-3.3, arcade music 2.2-2.9, whistling crowd
1.7-3.2 (taken for music). Synthetic voices of any intonation (345 stretches): median 1.3, 95 % below 2.4, the most
monotonous 4.0; music as loud as the speech over it 1.4-2.6. So music is told in pauses, and hardly ever under speech.
"""
_STEADY_QUANTILE = 0.1
"""A line that is there in nine of ten stretches is hum or a motor, not a melody."""
_FEWEST_STRETCHES = 3
"""Below 7.7 s a hum cannot be told from a held note: no judgement."""
_TELEPHONE_BINS = slice(20, 490)
"""156 to 3,830 Hz."""
_SOME_SPEECH, _DENSE_SPEECH = 0.3, 0.8
_ANNOUNCEMENT_STRETCHES = 12
"""30 s: announcers between two pieces of music rarely speak longer."""


def voiced_shares(stretches: int, speech: tuple[Span, ...]) -> NDArray[np.float64]:
    """Share of each stretch of CHORD_SECONDS that is speech, shape (stretches,)."""
    starts = np.arange(stretches) * CHORD_SECONDS
    voiced = np.zeros(stretches)
    for span in speech:
        voiced += np.clip(np.minimum(span.end, starts + CHORD_SECONDS) - np.maximum(span.start, starts), 0, None)
    return voiced / CHORD_SECONDS


def music_stretches(
    activations: NDArray[np.float32], voiced: NDArray[np.float64], tones: tuple[Tone, ...]
) -> NDArray[np.bool_]:
    """Which stretches hold music; those with a tone hold none. activations as in Spectrum, voiced by voiced_shares."""
    music = np.zeros(len(activations), bool)
    if len(activations) < _FEWEST_STRETCHES:
        return music
    moving = np.maximum(activations - np.quantile(activations, _STEADY_QUANTILE, axis=0), 0)[:, _TELEPHONE_BINS]
    for index, row in enumerate(moving):
        _, found = find_peaks(row, prominence=0.05)
        least = _MUSIC_UNDER_SPEECH if voiced[index] > _SOME_SPEECH else _MUSIC
        music[index] = np.sort(found["prominences"])[-_PARTIALS:].sum() >= least
    for tone in tones:
        music[int(tone.start / CHORD_SECONDS) : int(tone.end / CHORD_SECONDS) + 1] = False
    return music


def broadcast_stretches(music: NDArray[np.bool_], voiced: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which stretches hold speech as from a TV or radio: dense, at most 30 s, with music before and after.

    A loudspeaker's speech without music sounds like any speech and is not told apart.
    """
    broadcast = np.zeros(music.size, bool)
    for before, after in pairwise(np.flatnonzero(music)):
        between = slice(before + 1, after)
        if 1 < after - before <= _ANNOUNCEMENT_STRETCHES and (voiced[between] >= _DENSE_SPEECH).all():
            broadcast[between] = True
    return broadcast

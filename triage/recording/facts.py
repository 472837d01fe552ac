"""Acoustic facts of one channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage.recording import level
from triage.recording.distress import distress_sounds
from triage.recording.model import SAMPLE_RATE, AcousticFacts, Channel, Role
from triage.recording.music import broadcast_stretches, music_stretches, voiced_shares
from triage.recording.spectrum import analyse
from triage.recording.tones import find_tones
from triage.speech.vad import silences, speech_spans

LOUDEST_FRAMES = 25
"""Half a second of 20 ms frames."""

_LOUD_POWER = 1e-6
"""-60 dBFS after normalisation: a tone is at least that loud, idle noise is not."""


def measure(samples: NDArray[np.float32], role: Role, peak: float, clipping_share: float) -> Channel:
    """Level, normalise and measure one channel. samples: float32, shape (n,), n > 0, at SAMPLE_RATE; changed in place.

    peak and clipping_share are of the original samples, before resampling.
    """
    duration = samples.size / SAMPLE_RATE
    level.remove_offset(samples)
    powers = level.frame_powers(samples)
    level_dbfs = level.to_dbfs(float(powers.mean()))
    noise_floor_dbfs = level.noise_floor(powers)
    half_second = np.ones(min(powers.size, LOUDEST_FRAMES)) / min(powers.size, LOUDEST_FRAMES)
    loudest_dbfs = level.to_dbfs(float(np.convolve(powers, half_second, "valid").max()))
    level.normalise(samples, powers)
    speech = speech_spans(samples)
    speech_seconds = sum(span.seconds for span in speech)
    spectrum = analyse(samples)
    tones = find_tones(spectrum, _loud(samples, spectrum.first.size))
    voiced = voiced_shares(len(spectrum.activations), speech)
    music = music_stretches(spectrum.activations, voiced, tones)
    return Channel(
        role,
        samples,
        speech,
        AcousticFacts(
            level_dbfs=level_dbfs,
            peak_dbfs=level.to_dbfs(peak**2),
            noise_floor_dbfs=noise_floor_dbfs,
            loudest_dbfs=loudest_dbfs,
            clipping_share=clipping_share,
            speech_seconds=speech_seconds,
            speech_share=speech_seconds / duration,
            longest_silence=max((span.seconds for span in silences(speech, duration)), default=0.0),
            tones=tones,
            music_share=_share(music),
            broadcast_share=_share(broadcast_stretches(music, voiced)),
            distress_sounds=distress_sounds(samples, spectrum, speech, tones),
        ),
    )


def _share(stretches: NDArray[np.bool_]) -> float:
    return float(stretches.mean()) if stretches.size else 0.0


def _loud(samples: NDArray[np.float32], frames: int) -> NDArray[np.bool_]:
    """Which frames of a spectrum see power; its window reaches over three frames of 20 ms and a bit."""
    loud = np.zeros(frames + 3, bool)
    powers = level.frame_powers(samples)[:frames] > _LOUD_POWER
    loud[: powers.size] = powers
    return loud[:frames] | loud[1 : frames + 1] | loud[2 : frames + 2]

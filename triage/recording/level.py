"""DC offset, levels and level normalisation of one channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage.recording.model import SAMPLE_RATE

FRAME = SAMPLE_RATE // 50
"""Samples of a 20 ms frame, the unit of all energies."""
SILENCE_DBFS = -120.0
"""What stands for the level of digital silence."""
TARGET_DBFS = -26.0
"""Active speech level after normalisation: ITU-T P.830's nominal level, 26 dB below overload.

The peaks of speech then stay below full scale, so that the cap below works on bangs only. For what voice activity
detection needs see triage.speech.vad.INPUT_GAIN.
"""
MAX_GAIN_DB = 35.0
"""Lifts speech of -61 dBFS to the target, and idle line noise of -72 dBFS no further than -37.

Silero's highest probability on the idle noise of mu-law (one step about zero): .08 as it is, .06 after 20 dB, .20 after
40 dB, .41 after 60 dB.
"""
_MARGIN_DB = 15.9
"""ITU-T P.56: activity is what lies above the active level less this margin."""
_FLOOR_PERCENTILE = 10


def to_dbfs(power: float) -> float:
    """Mean square -> dBFS (full-scale sine: -3), not below SILENCE_DBFS."""
    return max(SILENCE_DBFS, 10 * float(np.log10(power))) if power > 0 else SILENCE_DBFS


def remove_offset(samples: NDArray[np.float32]) -> None:
    """Take the mean away, in place: cheap analogue cards add a DC offset that would pass for level."""
    samples -= np.float32(samples.mean(dtype=np.float64))


def frame_powers(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square of each whole 20 ms frame, shape (frames,); a shorter recording is one frame."""
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME) if samples.size >= FRAME else samples[None]
    powers: NDArray[np.float32] = np.einsum("ij,ij->i", frames, frames) / np.float32(frames.shape[1])
    return powers


def noise_floor(powers: NDArray[np.float32]) -> float:
    """Noise floor in dBFS: a low percentile of the frames, those of digital silence (comfort-noise gaps) left out."""
    alive = powers[powers > 0]
    return to_dbfs(float(np.percentile(alive, _FLOOR_PERCENTILE))) if alive.size else SILENCE_DBFS


def active_level(powers: NDArray[np.float32]) -> float:
    """Active level in dBFS after ITU-T P.56: mean power of the frames above itself less the margin, by iteration."""
    level = to_dbfs(float(powers.mean()))
    if level <= SILENCE_DBFS:
        return level
    for _ in range(20):
        raised = to_dbfs(float(powers[powers >= 10 ** ((level - _MARGIN_DB) / 10)].mean()))
        if raised - level < 0.1:
            break
        level = raised
    return level


def normalise(samples: NDArray[np.float32], powers: NDArray[np.float32]) -> None:
    """Bring the active level to TARGET_DBFS in place, by at most MAX_GAIN_DB, peaks capped at full scale."""
    level = active_level(powers)
    if level <= SILENCE_DBFS:
        return
    samples *= np.float32(10 ** (min(TARGET_DBFS - level, MAX_GAIN_DB) / 20))
    np.clip(samples, -1.0, 1.0, out=samples)

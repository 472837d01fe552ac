"""Sounds that are no speech, made from nothing: music, fax tones, DTMF, knocks. float32 at 8 kHz, peak about 0.3."""

from __future__ import annotations

import numpy as np

from training.synthesis.telephone import SAMPLE_RATE, Samples

DTMF = {"1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "5": (770, 1336), "9": (852, 1477), "0": (941, 1336)}
"""ITU-T Q.23 frequency pairs in Hz."""

_CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (164.8, 207.7, 246.9))


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def silence(seconds: float, rng: np.random.Generator) -> Samples:
    """Nothing: the line adds its own noise."""
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


def music(seconds: float, rng: np.random.Generator) -> Samples:
    """Chords with a melody and a drum at 120 beats a minute."""
    t = _time(seconds)
    beat = (t * 2).astype(int)
    out = np.zeros(len(t))
    for index, chord in enumerate(_CHORDS):
        playing = (beat // 4) % len(_CHORDS) == index
        melody = np.array([chord[int(rng.integers(3))] * 2 for _ in range(beat.max() + 1)])[beat]
        for note in (*chord, melody):
            for harmonic in (1, 2, 3, 4):
                out += (
                    playing
                    * np.sin(2 * np.pi * np.cumsum(np.broadcast_to(note, t.shape)) * harmonic / SAMPLE_RATE)
                    / harmonic
                )
    drum = np.exp(-((t * 2) % 1) * 25) * rng.standard_normal(len(t))
    return (0.05 * out + 0.12 * drum).astype(np.float32)


def fax(seconds: float, rng: np.random.Generator) -> Samples:
    """ITU-T T.30 calling tone (CNG): 1,100 Hz, half a second on, three seconds off, from the start."""
    t = _time(seconds)
    return (0.3 * np.sin(2 * np.pi * 1100 * t) * (t % 3.5 < 0.5)).astype(np.float32)


def dtmf(seconds: float, rng: np.random.Generator) -> Samples:
    """Key 1 pressed for 250 ms at the start."""
    t = _time(seconds)
    low, high = DTMF["1"]
    return (0.15 * (np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * high * t)) * (t < 0.25)).astype(np.float32)


def knock(seconds: float, rng: np.random.Generator) -> Samples:
    """Three knocks on wood."""
    t = _time(seconds)
    out = np.zeros(len(t))
    for start in (0.2, 0.6, 1.0):
        since = np.maximum(t - start, 0)
        out += (t >= start) * np.exp(-since * 60) * (rng.standard_normal(len(t)) + np.sin(2 * np.pi * 420 * since))
    return (0.25 * out).astype(np.float32)


SOUNDS = {"silence": silence, "music": music, "fax": fax, "dtmf": dtmf, "knock": knock}

"""What else is on the line: recorded noises of a folder, sounds made from nothing, and other people talking."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import librosa
import numpy as np

from training.synthesis import sounds
from training.synthesis.telephone import SAMPLE_RATE, Samples, colored_noise
from triage.errors import InputError

BABBLE_VOICES = (3, 6)
"""From three voices on nobody can be followed; with more it becomes a hum."""


def hum(seconds: float, rng: np.random.Generator) -> Samples:
    """Mains hum: 50 Hz and its harmonics, as a bad cable gives."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    parts = [np.sin(2 * np.pi * 50 * k * t + rng.uniform(0, 6)) / k for k in (2, 3, 4, 6, 8, 10)]
    return (0.1 * np.sum(parts, axis=0)).astype(np.float32)


def engine(seconds: float, rng: np.random.Generator) -> Samples:
    """A motor-cycle: firing pulses of wandering speed in noise."""
    count = int(seconds * SAMPLE_RATE)
    speed = 45 + 20 * np.cumsum(rng.standard_normal(count)) / np.sqrt(count)
    phase = np.cumsum(np.clip(speed, 25, 90)) / SAMPLE_RATE % 1
    return (0.3 * np.exp(-6 * phase) - 0.05 + 0.05 * colored_noise(rng, count, 1.0)).astype(np.float32)


def rain(seconds: float, rng: np.random.Generator) -> Samples:
    """Rain on a zinc roof: white noise with drops."""
    count = int(seconds * SAMPLE_RATE)
    drops = rng.standard_normal(count) * (rng.random(count) < 0.02) * 4
    return (0.05 * (colored_noise(rng, count, 0.3) + drops)).astype(np.float32)


MADE = {"music": sounds.music, "fax": sounds.fax, "knock": sounds.knock, "hum": hum, "engine": engine, "rain": rain}


def made(name: str, count: int, rng: np.random.Generator) -> Samples:
    """`count` samples of a sound of MADE; some need a second and more to be made at all."""
    return MADE[name](max(1.5, count / SAMPLE_RATE + 0.01), rng)[:count]


def read_noises(folder: Path) -> dict[str, Samples]:
    """Every sound file of a folder at 8 kHz by its name, at most a minute of each. Raises InputError for none."""
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in (".flac", ".wav", ".ogg", ".mp3"))
    if not paths:
        raise InputError(
            "no_noises",
            f"Tidak ada rekaman derau di {folder}. Sebutkan folder berisi FLAC, WAV, Ogg atau MP3.",
            f"There is no sound file in {folder}. Name a folder of FLAC, WAV, Ogg or MP3.",
        )
    return {
        path.stem: librosa.load(path, sr=SAMPLE_RATE, mono=True, duration=60)[0].astype(np.float32) for path in paths
    }


class NoiseBank:
    """Draws backgrounds: recorded noises, made ones, and babble of the voices it has been given last."""

    def __init__(self, recorded: dict[str, Samples] | None = None) -> None:
        self._recorded = list((recorded or {}).values())
        self._voices: deque[Samples] = deque(maxlen=40)

    def hear(self, speech: Samples) -> None:
        """Remember a voice for later babble."""
        self._voices.append(speech)

    @property
    def ready(self) -> bool:
        """Whether enough voices are remembered for babble."""
        return len(self._voices) >= BABBLE_VOICES[1]

    def draw(self, count: int, rng: np.random.Generator) -> Samples | None:
        """Background of `count` samples, level of no account; None: plain line noise."""
        kind = rng.random()
        if kind < 0.62:
            return None
        if kind < 0.84 and self._recorded:
            return cut(self._recorded[int(rng.integers(len(self._recorded)))], count, rng)
        if kind < 0.93 and self.ready:
            return self.babble(count, rng)
        return made(list(MADE)[int(rng.integers(len(MADE)))], count, rng)

    def babble(self, count: int, rng: np.random.Generator) -> Samples:
        """Several of the remembered voices at once."""
        voices = rng.choice(len(self._voices), int(rng.integers(BABBLE_VOICES[0], BABBLE_VOICES[1] + 1)), replace=False)
        parts = [cut(self._voices[int(i)], count, rng) for i in voices]
        return np.sum([p / (np.sqrt(np.mean(p**2)) + 1e-6) for p in parts], axis=0).astype(np.float32)


def cut(samples: Samples, count: int, rng: np.random.Generator) -> Samples:
    """`count` samples from a random place on, looped where they are fewer."""
    start = int(rng.integers(len(samples)))
    return np.resize(np.roll(samples, -start), count)

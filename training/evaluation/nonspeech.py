"""An hour in which nobody speaks: silence, line noise, noises, tones, music. Babble is kept apart: it is speech."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from training.synthesis import sounds
from training.synthesis.noises import MADE
from training.synthesis.telephone import SAMPLE_RATE, Line, Samples, colored_noise, send

MINUTES = 60
_TONES = {"dial_tone": (425, 1.0, 0.0), "ringback": (425, 1.0, 4.0), "busy": (425, 0.5, 0.5)}
"""Hz, seconds on, seconds off of Indonesia's tones (ITU-T E.180 supplement 2)."""


def hour(noises: dict[str, Samples] | None = None, minutes: int = MINUTES) -> Iterator[tuple[str, Samples]]:
    """Name and samples (8 kHz) of recordings of a minute each, `minutes` of them; the kinds take turns."""
    kinds = _kinds(noises or {})
    names = list(kinds)
    for index in range(minutes):
        name = names[index % len(names)]
        rng = np.random.default_rng([11, index])
        level = float(rng.uniform(-45, -8))
        sound = kinds[name](rng)
        codec = str(rng.choice(["mulaw", "alaw", "gsm", "amr", "opus"]))
        # Without a sound there is the line's own noise; its level follows from the ratio.
        snr_db = 40.0 if np.any(sound) else float(rng.uniform(15, 60))
        yield name, send(sound, Line(snr_db=snr_db, level_dbfs=level, codec=codec), rng)


def _kinds(noises: dict[str, Samples]) -> dict[str, object]:
    count = 60 * SAMPLE_RATE

    def tone(hertz: int, on: float, off: float) -> Samples:
        t = np.arange(count) / SAMPLE_RATE
        return (0.3 * np.sin(2 * np.pi * hertz * t) * (t % (on + off) < on)).astype(np.float32)

    kinds = {"line": lambda rng: np.zeros(count, np.float32)}
    kinds |= {
        f"noise_{color}": lambda rng, c=c: colored_noise(rng, count, c)
        for color, c in (("white", 0), ("pink", 1), ("brown", 2))
    }
    kinds |= {name: lambda rng, n=name: MADE[n](60.01, rng)[:count] for name in MADE}
    kinds |= {name: lambda rng, spec=spec: tone(*spec) for name, spec in _TONES.items()}
    kinds["dtmf"] = lambda rng: np.resize(sounds.dtmf(1.0, rng), count)
    kinds |= {f"recorded_{name}": lambda rng, s=samples: np.resize(s, count) for name, samples in noises.items()}
    return kinds

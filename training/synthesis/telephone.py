"""A telephone line: room, echo, noise, band, level, clipping, codec, packet loss. Works at 8 kHz."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from training.synthesis.codecs import SAMPLE_RATE, Samples, through


@dataclass(frozen=True, slots=True)
class Line:
    """One line. snr_db: speech over noise; loss: share of lost 20 ms packets; level_dbfs: RMS of what is recorded.

    echo_db: the line's own echo after 120 ms, below the speech (None: none). codec: one of codecs.CODECS.
    clip: share of its peak at which the signal is cut off; besides, nothing passes full scale.
    """

    snr_db: float = 30.0
    noise_color: float = 1.0
    reverb_seconds: float = 0.0
    tilt_db: float = 0.0
    loss: float = 0.0
    clip: float = 1.0
    level_dbfs: float = -20.0
    echo_db: float | None = None
    codec: str = "mulaw"


ECHO_SECONDS = 0.12
"""One-way delay of a talker's echo that is heard as one (ITU-T G.131)."""


def draw_line(rng: np.random.Generator) -> Line:
    """A line as PBX recordings have them: mostly clean G.711, some noisy or mobile, few bad; -45 to -5 dBFS."""
    echoes = rng.random() < 0.12
    return Line(
        snr_db=float(np.clip(rng.normal(26, 8), 6, 45)),
        noise_color=float(rng.uniform(0, 2)),
        reverb_seconds=float(rng.choice([0, 0, 0.08, 0.15, 0.25])),
        tilt_db=float(rng.normal(0, 3)),
        loss=float(rng.choice([0, 0, 0, 0.005, 0.02])),
        clip=float(rng.choice([1, 1, 1, 0.6])),
        level_dbfs=float(np.clip(rng.normal(-23, 8), -45, -5)),
        echo_db=float(rng.uniform(15, 35)) if echoes else None,
        codec=str(
            rng.choice(["mulaw", "alaw", "gsm", "amr", "amr_low", "opus"], p=[0.56, 0.12, 0.14, 0.08, 0.04, 0.06])
        ),
    )


def colored_noise(rng: np.random.Generator, count: int, color: float) -> Samples:
    """Noise with a power spectrum of 1/f**color (0 white, 1 pink, 2 brown), RMS 1, shape (count,)."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE), 50.0)
    noise = np.fft.irfft(spectrum * frequency ** (-color / 2), count)
    return (noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32)


def to_line_rate(samples: Samples, rate: int) -> Samples:
    """Resample to SAMPLE_RATE."""
    divisor = int(np.gcd(rate, SAMPLE_RATE))
    return np.asarray(signal.resample_poly(samples, SAMPLE_RATE // divisor, rate // divisor), np.float32)


@cache
def _band() -> NDArray[np.float64]:
    return np.asarray(signal.butter(4, (280, 3450), "bandpass", fs=SAMPLE_RATE, output="sos"))


def send(speech: Samples, line: Line, rng: np.random.Generator, background: Samples | None = None) -> Samples:
    """What the PBX records of `speech` (8 kHz). `background` replaces the coloured noise, cut or looped to length.

    Silence stays silence plus noise: the noise level follows `snr_db` under the speech's own RMS (or under -20 dBFS
    when there is no speech at all).
    """
    count = len(speech)
    rms = float(np.sqrt(np.mean(speech**2))) if count else 0.0
    speech = speech / rms * 0.1 if rms > 1e-5 else np.zeros(count, np.float32)
    if line.reverb_seconds:
        tail = rng.standard_normal(int(line.reverb_seconds * SAMPLE_RATE)) * 0.08
        tail *= np.exp(-np.linspace(0, 6, len(tail)))
        tail[0] = 1.0
        speech = signal.fftconvolve(speech, tail)[:count].astype(np.float32)
    if line.echo_db is not None:
        delay = int(ECHO_SECONDS * SAMPLE_RATE)
        speech[delay:] += speech[:-delay].copy() * np.float32(10 ** (-line.echo_db / 20))
    noise = colored_noise(rng, count, line.noise_color) if background is None else _fit(background, count)
    mixed = speech + noise * 0.1 * 10 ** (-line.snr_db / 20)
    mixed = signal.sosfilt(_band(), mixed)
    if line.tilt_db:
        mixed = signal.lfilter([1, -0.9 * np.tanh(line.tilt_db / 6)], [1], mixed)
    target = 10 ** (line.level_dbfs / 20)
    mixed = mixed / (np.sqrt(np.mean(mixed**2)) + 1e-9) * target if rms > 1e-5 else mixed
    if line.clip < 1:
        ceiling = line.clip * float(np.max(np.abs(mixed)))
        mixed = np.clip(mixed, -ceiling, ceiling)
    recorded = through(mixed.astype(np.float32), line.codec)
    packet = SAMPLE_RATE // 50
    lost = np.repeat(rng.random(count // packet + 1) < line.loss, packet)[:count]
    recorded[lost] = 0
    return recorded


def _fit(background: Samples, count: int) -> Samples:
    looped = np.resize(background, count)
    return (looped / (np.sqrt(np.mean(looped**2)) + 1e-9)).astype(np.float32)

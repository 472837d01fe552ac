"""Signals of known truth, and WAV files written byte by byte, so that their headers can be wrong on purpose."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
FIXTURES = Path(__file__).parents[2] / "fixtures" / "audio"
PCM, FLOAT, MULAW = 1, 3, 7


def speech_bytes() -> bytes:
    """6.2 s of synthetic speech, mu-law 8 kHz mono; voice from about 0.8 s to 5.0 s."""
    return (FIXTURES / "speech_mulaw.wav").read_bytes()


def tone(frequencies: list[float], seconds: float, amplitude: float = 0.1) -> NDArray[np.float32]:
    time = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * sum(np.sin(2 * np.pi * f * time) for f in frequencies)).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE), np.float32)


def with_noise(samples: NDArray[np.float32], amplitude: float = 1e-3) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).standard_normal(samples.size)
    return (samples + amplitude * noise).astype(np.float32)


def knock(amplitude: float = 0.3) -> NDArray[np.float32]:
    """A fist on a door: a resonance of 280 Hz and a burst of noise, gone after 0.1 s."""
    time = np.arange(RATE * 3 // 10) / RATE
    noise = np.random.default_rng(1).standard_normal(time.size)
    return (amplitude * (np.sin(2 * np.pi * 280 * time) + 0.5 * noise) * np.exp(-time / 0.03)).astype(np.float32)


def wav(
    samples: NDArray[np.float32] | bytes,
    *,
    rate: int = RATE,
    channels: int = 1,
    encoding: int = PCM,
    bits: int = 16,
    data_size: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """A WAV file. samples: (n,) or (n, channels), or the raw data; data_size: what the header claims."""
    if isinstance(samples, bytes):
        data = samples
    elif encoding == FLOAT:
        data = samples.astype("<f4").tobytes()
    else:
        data = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    width = bits // 8 * channels
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, encoding, channels, rate, rate * width, width, bits)
    claimed = len(data) if data_size is None else data_size
    body = b"WAVE" + header + struct.pack("<4sI", b"data", claimed) + data + tail
    return struct.pack("<4sI", b"RIFF", len(body) & 0xFFFFFFFF) + body

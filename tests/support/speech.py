"""Channels with sound in known places, for transcribers."""

from __future__ import annotations

import numpy as np

from triage.recording import AcousticFacts, Channel, Recording, Role, Span
from triage.recording.model import SAMPLE_RATE

_FACTS = AcousticFacts(
    level_dbfs=-26.0, peak_dbfs=-6.0, noise_floor_dbfs=-60.0, loudest_dbfs=-20.0,
    clipping_share=0.0, speech_seconds=1.0, speech_share=0.1,
    longest_silence=1.0, tones=(), music_share=0.0, broadcast_share=0.0, distress_sounds=(),
)  # fmt: skip


def channel(role: Role, seconds: float, *speech: tuple[float, float]) -> Channel:
    """Noise at -20 dBFS where there is speech, silence elsewhere."""
    rng = np.random.default_rng(112)
    samples = np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
    for start, end in speech:
        part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
        part[:] = rng.normal(0, 0.1, part.size)
    return Channel(role, samples, tuple(Span(start, end) for start, end in speech), _FACTS)


def recording_of(*channels: Channel) -> Recording:
    """A recording with these channels."""
    seconds = channels[0].samples.size / SAMPLE_RATE
    return Recording("call.wav", "0" * 64, seconds, 8000, "pcm_mulaw", "wav", channels)

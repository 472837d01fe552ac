"""What a decoded recording is, and what was measured on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz. Everything after decoding works at this rate."""

Role = Literal["caller", "operator", "mixed"]
"""Who is on a channel; `mixed` is a mono recording with both."""

ToneKind = Literal["dtmf", "ringback", "busy", "sit", "fax", "dial"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds from the start of the recording."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Tone:
    """A signalling tone. `detail` is the DTMF digit, else empty."""

    kind: ToneKind
    start: float
    end: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AcousticFacts:
    """Facts of one channel. Levels in dBFS (full-scale sine = -3), shares in 0..1, times in seconds."""

    level_dbfs: float
    peak_dbfs: float
    noise_floor_dbfs: float
    loudest_dbfs: float
    """Of the loudest half second: a short cry drowns in the mean level of a long silence, a click in this."""
    clipping_share: float
    speech_seconds: float
    speech_share: float
    longest_silence: float
    tones: tuple[Tone, ...]
    music_share: float
    """Share of the recording that sounds like music (harmonic, beat or sustained chords); an estimate."""
    broadcast_share: float
    """Share that sounds like speech from a TV or radio (dense speech without turns); an estimate."""
    distress_sounds: tuple[Span, ...]
    """Bangs, knocks, screams: abrupt loud events that are not tones; an estimate."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. samples: float32, shape (n,), mono at SAMPLE_RATE, level normalised; speech: voiced spans by VAD."""

    role: Role
    samples: NDArray[np.float32]
    speech: tuple[Span, ...]
    facts: AcousticFacts


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded recording. `duration` in seconds; `sample_rate` (Hz), `codec` and `container` as the file had them."""

    file: str
    sha256: str
    duration: float
    sample_rate: int
    codec: str
    container: str
    channels: tuple[Channel, ...]

    def channel(self, role: Role) -> Channel | None:
        """The channel with this role, or None."""
        return next((c for c in self.channels if c.role == role), None)

    @property
    def caller(self) -> Channel:
        """The channel that carries the caller: its own, or the only one of a mono recording."""
        return self.channel("caller") or self.channels[0]

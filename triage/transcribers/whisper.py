"""faster_whisper.WhisperModel that does not pay for padding, and keeps what the encoder heard for the letter head.

Whisper pads every window to 30 s. That is what OpenAI's models were trained on; a model trained on windows as long as
their speech (Manifest.short_windows) hears as well without the padding, at a fraction of the cost.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from triage.transcribers.letters import LetterHead

KEPT_PADDING = 20
"""Frames of padding left, as in training: the model must hear that nothing follows."""


class WindowedWhisper(WhisperModel):  # type: ignore[misc]  # faster-whisper has no types
    """WhisperModel with two changes in `encode`; everything else is faster-whisper's own."""

    short_windows: bool = False
    letter_head: LetterHead | None = None
    letters: str | None = None
    """What the letter head read in the window encoded last; None without a head."""

    def encode(self, features: NDArray[np.float32]) -> Any:
        """Encode features (bins, frames) or (1, bins, frames), padded with 0.0 at the end."""
        heard = _heard_frames(features)
        if self.short_windows:
            features = features[..., : min(features.shape[-1], _even(heard + KEPT_PADDING))]
        output = super().encode(features)
        if self.letter_head is not None:
            states = np.asarray(output, dtype=np.float32)[0]
            self.letters = self.letter_head.read(states[: -(-heard // 2)])
        return output


def _heard_frames(features: NDArray[np.float32]) -> int:
    """Frames before the padding: 0.0 in every bin, to the end."""
    sounding = np.flatnonzero(features.reshape(-1, features.shape[-1]).any(axis=0))
    return int(sounding[-1]) + 1 if sounding.size else 2


def _even(frames: int) -> int:
    return frames + frames % 2

"""The Protocol every recogniser fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from triage.recording import Recording
from triage.speech import Transcript

Progress = Callable[[float], None]
"""Called with the share of audio done, 0..1."""


class Transcriber(Protocol):
    """Turns a recording into a transcript. Raises TranscriberError or ModelError."""

    @property
    def name(self) -> str:
        """Name and version, as it stands in Suggestion.versions."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings (Indonesian) that every suggestion made with it must carry; a demonstration model has one."""

    def transcribe(self, recording: Recording, progress: Progress | None = None) -> Transcript:
        """Transcribe each channel, with doubts already attached to the segments."""

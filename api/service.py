"""What the routes share: the loaded pipeline, and how many recordings it works on at once."""

from __future__ import annotations

from functools import cached_property
from typing import BinaryIO, Literal

import anyio
import anyio.to_thread

from api.health import Health, measure_health
from triage.pipeline import Pipeline
from triage.recording.load import load_recording
from triage.settings import Settings

AT_ONCE = 1
"""One recording at a time: a second would double the memory, and both would share the same cores. Others wait."""


class Service:
    """Settings, the loaded pipeline, and a limit on concurrent work."""

    def __init__(self, settings: Settings, pipeline: Pipeline) -> None:
        self.settings = settings
        self.pipeline = pipeline
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    @cached_property
    def health(self) -> Health:
        """Measured once: reading gigabytes of weights at every look would slow the calls down. Raises ModelError."""
        return measure_health(self.settings, self.pipeline)

    async def suggest(
        self, upload: BinaryIO, file: str, call_id: str | None, caller_channel: Literal["left", "right"] | None
    ) -> str:
        """The suggestion as JSON, ending in a line feed as the CLI's does. Runs in a thread.

        The upload is read there too: those that wait stay on disk.

        Raises RecordingError, TranscriberError, ModelError.
        """

        def work() -> str:
            update = {"caller_channel": caller_channel} if caller_channel else {}
            recording = load_recording(upload.read(), file, self.settings.model_copy(update=update))
            return self.pipeline.suggest(recording, call_id).to_json() + "\n"

        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

"""A worker with quick fake models, whose recogniser does what the name of the file says.

hang...     waits until a file of that name lies in the data folder
poison...   takes its process with it
broken...   fails each time
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from support.calls import FakeClassifier, FakeTranscriber, recording, segment
from triage.jobs import steps
from triage.jobs.worker import Worker, stop_on_signals
from triage.operations.logs import configure_logs
from triage.pipeline import Pipeline
from triage.recording import Recording
from triage.recording.load import check_recording
from triage.settings import Settings
from triage.speech import Transcript
from triage.taxonomy import load_taxonomy
from triage.transcribers.base import Progress

SAID = segment("ada pohon tumbang di jalan saranani")


class ActingTranscriber(FakeTranscriber):
    """Says SAID, unless the file's name asks for something else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(SAID)
        self.folder = folder

    def transcribe(self, recording: Recording, progress: Progress | None = None) -> Transcript:
        """The same for every recording."""
        if recording.file.startswith("poison"):
            os._exit(9)
        if recording.file.startswith("broken"):
            raise RuntimeError("said: rahasia")
        if recording.file.startswith("hang"):
            while not (self.folder / recording.file).exists():
                time.sleep(0.02)
        return super().transcribe(recording, progress)


def quick_recording(data: bytes, file: str, settings: Settings) -> Recording:
    """Refuses what load_recording refuses, and measures nothing: that needs libraries which take seconds to load."""
    check_recording(data, file, settings)
    return replace(recording("mixed"), file=file, sha256=sha256(data).hexdigest())


def work_in_process(environment: dict[str, str]) -> None:
    """Be a worker with these settings, until SIGTERM."""
    os.environ.update(environment)
    steps.load_recording = quick_recording
    settings = Settings()
    configure_logs(settings)
    pipeline = Pipeline(ActingTranscriber(settings.data_dir), FakeClassifier(), load_taxonomy())
    grace = int(os.environ.get("GRACE_SECONDS", "5"))
    Worker(settings, pipeline, settings.worker_concurrency, grace_seconds=grace, pace=0.1).run(stop_on_signals())
    os._exit(0)

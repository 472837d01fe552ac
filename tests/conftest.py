"""Fixtures for all tests. Being here puts tests/ on the import path, so that tests can import `support`."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a faster-whisper model that says support.tiny_whisper.TEXT to every window. Read only."""
    from support.tiny_whisper import make_tiny_whisper

    return make_tiny_whisper(tmp_path_factory.mktemp("whisper") / "tiny-scripted")


@pytest.fixture(scope="session")
def looping_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a faster-whisper model that says "tolong pak" without end. Read only."""
    from support.tiny_whisper import make_tiny_whisper

    return make_tiny_whisper(tmp_path_factory.mktemp("whisper") / "tiny-looping", text="tolong pak", loops=True)

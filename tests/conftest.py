"""Fixtures for all tests. Being here puts tests/ on the import path, so that tests can import `support`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from triage.store import Database


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


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Argon2 as cheap as it goes: what makes a password slow to guess makes a test slow too."""
    from triage.accounts import passwords

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database; every test that asks for it runs on SQLite and on a real PostgreSQL."""
    from support.databases import new_database

    made = new_database(request.param, tmp_path)
    yield made
    made.close()

"""Calls that wait for a worker, and workers as processes of their own that do quick fake work on them."""

from __future__ import annotations

import io
import multiprocessing
import os
import secrets
import sys
import time
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess

import numpy as np
import pytest
from sqlalchemy import select

from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.tables import Call

NOW = datetime(2025, 11, 18, 12, 30, 15, tzinfo=UTC)
PATIENCE = 60.0
"""Seconds after which something that should happen has not: generous, because the machine may be busy."""


def wav(seed: int = 1, seconds: float = 2.0) -> bytes:
    """A small recording, another for each seed: noise, 8 kHz mono."""
    samples = np.random.default_rng(seed).normal(0, 3000, round(8000 * seconds)).astype("<i2")
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return target.getvalue()


def add_call(database: Database, settings: Settings, data: bytes | None = None, **values: object) -> str:
    """A call as it has come in: its recording (by default one that no other call has) is in the storage."""
    call_id = f"call-{secrets.token_hex(8)}"
    data = wav(int(call_id[-8:], 16)) if data is None else data
    digest = sha256(data).hexdigest()
    own: dict[str, object] = {
        "call_id": call_id,
        "state": "received",
        "source": "api",
        "received_at": NOW,
        "started_at": NOW,
        "updated_at": datetime.now(UTC),
        "content_key": call_id,
        "sha256": digest,
        "file_name": "call.wav",
        "audio_uri": Storage(settings.recordings_url).write(f"{call_id}.wav", data),
        "audio_bytes": len(data),
    }
    with database.write() as session:
        session.add(Call(**{**own, **values}))
    return call_id


def the_call(database: Database, call_id: str) -> Call:
    """The call as it is now."""
    with database.read() as session:
        return session.scalars(select(Call).where(Call.call_id == call_id)).one()


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait for something to be true; False where it did not become so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def is_in(database: Database, call_id: str, *states: str) -> Callable[[], bool]:
    """Whether a call is in one of these states, to wait for."""
    return lambda: the_call(database, call_id).state in states


@cache
def _processes() -> ForkServerContext:
    """Processes forked from one that has imported everything: a worker's imports take longer than most tests."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["support.fake_worker"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # the server is not told the path of this process
        forkserver.ensure_running()
    return context


def start_worker(settings: Settings, name: str, **environment: str) -> BaseProcess:
    """A real worker process on this store with the fake models of support.fake_worker; end it with `kill`."""
    from support.fake_worker import work_in_process

    own = {
        "TRIAGE_DATABASE_URL": settings.database_url or "",
        "TRIAGE_DATA_DIR": str(settings.data_dir),
        "TRIAGE_WORKER_NAME": name,
    }
    process = _processes().Process(target=work_in_process, args=({**own, **environment},))
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """kill -9, and wait until it is gone."""
    process.kill()
    process.join(PATIENCE)

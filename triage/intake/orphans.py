"""Recordings that no call refers to: what a crash between writing the sound and entering its call leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from triage.storage import TEMPORARY, Storage
from triage.store import Database
from triage.store.repositories import intake as repository

_OURS = re.compile(
    rf"(\d{{4}})/(\d\d)/(\d\d)/(?:{re.escape(TEMPORARY)}[0-9a-f]+-)?(call-[0-9a-f]{{16}})-[0-9a-f]{{64}}\.\w+"
)
"""As triage.intake.accept and triage.storage name them. What is called otherwise is not ours, and is left alone."""
_YOUNG = timedelta(days=1)
"""Of younger ones the call may be entered this very moment."""
_BATCH = 500


def remove_orphans(database: Database, storage: Storage, now: datetime) -> int:
    """Delete the recordings that no call refers to and that are over a day old. Returns how many. Raises StoreError."""
    removed = 0
    old = _old(storage, (now - _YOUNG).date())
    while batch := list(islice(old, _BATCH)):
        with database.read() as session:
            existing = repository.existing_audio(session, {call_id for _, call_id in batch})
        for name, _ in batch:
            if name not in existing:
                storage.delete(name)
                removed += 1
    return removed


def _old(storage: Storage, before: date) -> Iterator[tuple[str, str]]:
    """Names of old recordings, each with the call_id in it."""
    for name in storage.names():
        found = _OURS.fullmatch(name)
        if found and "-".join(found.group(1, 2, 3)) < before.isoformat():
            yield name, found[4]

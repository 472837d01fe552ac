"""What changes in the calls, told to everybody who listens: one reader a process, whatever the number of listeners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import anyio.to_thread
import structlog

from triage.errors import StoreError
from triage.store import Database
from triage.store.repositories import changes
from triage.store.repositories.changes import Change

POLL_SECONDS = 0.5
STREAM_SECONDS = 300.0
"""A listener's time: he comes back with Last-Event-ID, and is asked anew who he is and what he may hear."""
OVERLAP = timedelta(seconds=10)
"""Read again at each poll: a change is stamped before it is committed, by the clock of whichever machine made it."""
BATCH = 5000
_BACKLOG = 2000
"""Changes that a listener may lag behind before he is cut off; he comes back with Last-Event-ID."""
_START = datetime(2000, 1, 1, tzinfo=UTC)
_log = structlog.get_logger(__name__)


class Listener:
    """One who listens: `async for change in listener`, until his time is up, he lags too far or all is closed."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue(_BACKLOG + 1)

    def tell(self, news: Sequence[Change]) -> bool:
        """Hand over changes; False where they are too many for him."""
        if self._queue.qsize() + len(news) > _BACKLOG:
            return False
        for change in news:
            self._queue.put_nowait(change)
        return True

    def end(self) -> None:
        """No more changes after those told."""
        with suppress(asyncio.QueueFull):  # it was ended before
            self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Change]:
        while (change := await self._queue.get()) is not None:
            yield change


class Changes:
    """Reads the changes of the calls while somebody listens. Belongs to one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Listener]:
        """Listen to all changes from here on. Raises StoreError."""
        listener = Listener()
        async with self._starting:
            if self._reader is None or self._reader.done():
                reached = await anyio.to_thread.run_sync(self._newest)
                seen = await self.since(reached)
                self._listeners.add(listener)
                self._reader = asyncio.get_running_loop().create_task(self._read(reached, seen))
            self._listeners.add(listener)
        over = asyncio.get_running_loop().call_later(STREAM_SECONDS, listener.end)
        try:
            yield listener
        finally:
            over.cancel()
            self._listeners.discard(listener)

    async def since(self, moment: datetime) -> Sequence[Change]:
        """The first BATCH changes since a moment, and those a little before it. Raises StoreError."""
        return await anyio.to_thread.run_sync(self._since, moment - OVERLAP)

    async def now(self, call_id: str) -> Change | None:
        """Where a call stands; None where there is none. Raises StoreError."""
        return await anyio.to_thread.run_sync(self._now, call_id)

    async def close(self) -> None:
        """End all listening."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        for listener in self._listeners:
            listener.end()

    async def _read(self, reached: datetime, seen: Sequence[Change]) -> None:
        """Tell what is new at each poll, as long as anybody listens."""
        while self._listeners:
            await asyncio.sleep(POLL_SECONDS)
            try:
                found = await self.since(reached)
            except StoreError:
                _log.warning("changes cannot be read")
                continue
            known = set(seen)
            self._tell([change for change in found if change not in known])
            if len(found) == BATCH:  # a flood: go on behind it, without reading it again
                reached, seen = found[-1].updated_at + OVERLAP + timedelta(microseconds=1), ()
            elif found:
                reached, seen = max(reached, found[-1].updated_at), found

    def _tell(self, news: Sequence[Change]) -> None:
        for listener in list(self._listeners):
            if not listener.tell(news):
                self._listeners.discard(listener)
                listener.end()

    def _newest(self) -> datetime:
        with self._database.read() as session:
            return changes.newest_change(session) or _START

    def _since(self, moment: datetime) -> Sequence[Change]:
        with self._database.read() as session:
            return changes.changes_since(session, moment, BATCH)

    def _now(self, call_id: str) -> Change | None:
        with self._database.read() as session:
            return changes.state_of(session, call_id)

"""How many recordings are taken in at once."""

from __future__ import annotations

from datetime import UTC, datetime

import anyio
import anyio.to_thread

from api.sent_call import SentCall
from triage.intake.accept import Accepted, Intake, Offered
from triage.intake.reference import read_reference
from triage.settings import Settings
from triage.storage import Storage

_AT_ONCE = 4
"""Enough to keep the processor busy while others wait for the disk."""
_LARGE = 16 * 1024 * 1024
"""Bytes. Of larger ones one at a time, the others wait on disk: four of the largest size would fill the memory."""


class IntakeGate:
    """Takes what was sent into the service, in threads."""

    def __init__(self, intake: Intake, storage: Storage, settings: Settings) -> None:
        self._intake = intake
        self._storage = storage
        self._settings = settings
        self._small = anyio.CapacityLimiter(_AT_ONCE)
        self._large = anyio.CapacityLimiter(1)

    async def take(self, sent: SentCall, sent_by: str, idempotency_key: str | None, now: datetime) -> Accepted:
        """The call that was sent. Raises what Intake.accept and read_reference raise; InputError for the start."""
        details = sent.fields.details(self._intake.zone, now)

        def work() -> Accepted:
            data = sent.upload.read() if sent.upload else read_reference(sent.url or "", self._storage, self._settings)
            return self._intake.accept(
                Offered(data, sent.name, "api", details, sent_by=sent_by, idempotency_key=idempotency_key),
                datetime.now(UTC),
            )

        limiter = self._small if sent.upload and sent.size <= _LARGE else self._large
        return await anyio.to_thread.run_sync(work, limiter=limiter)

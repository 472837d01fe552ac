"""Emptying the outbox: at least once, in order per ticket and OPD, however many processes do it."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog

from triage.assemble import load_taxonomy_in_use
from triage.dispatch.channels import Channel, Channels, EmailChannel, WebhookChannel, load_channels
from triage.dispatch.http import send_open311, send_webhook
from triage.dispatch.mail import send_mail
from triage.dispatch.result import Message, Result
from triage.errors import StoreError
from triage.places import load_gazetteer
from triage.settings import Settings
from triage.store import Database
from triage.store.repositories import outbox as repository
from triage.store.repositories.outbox import Claimed
from triage.store.tables import OutboxState
from triage.taxonomy import Taxonomy

ATTEMPTS = 16
"""With the waits below about nine hours: an OPD's server may be down over night."""
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 3600.0
_JITTER = 0.2
"""So that messages that failed together do not come back together."""
LEASE = timedelta(seconds=120)
"""Longer than an attempt can take: connecting, TLS and answer have 20 s each."""
_AT_ONCE = 4
_POLL_SECONDS = 1.0

_log = structlog.stdlib.get_logger(__name__)


class Sender:
    """Sends what is due. One a process; several processes share the work."""

    def __init__(self, database: Database, channels: Channels, taxonomy: Taxonomy) -> None:
        """taxonomy: for the names that people read."""
        self._database = database
        self._channels = channels
        self._taxonomy = taxonomy
        self._places = {place.id: place.name for place in load_gazetteer().places}
        self._client = httpx.Client()
        self._random = random.Random()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; goes on when the database is away for a while."""
        while not stop.is_set():
            try:
                sent = self.send_due()
            except StoreError:
                _log.warning("outbox: database not reachable")
                sent = 0
            if sent == 0:
                stop.wait(_POLL_SECONDS)
        self._client.close()

    def send_due(self, now: datetime | None = None) -> int:
        """Attempt every message that is due now, once; how many there were. Raises StoreError."""
        with self._database.write() as session:
            claimed = repository.claim(session, now or datetime.now(UTC), LEASE, _AT_ONCE)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda one: self._attempt(one, now or datetime.now(UTC)), claimed))
        return len(claimed)

    def _attempt(self, claimed: Claimed, now: datetime) -> None:
        channel = self._channels.of(claimed.opd)
        try:
            result = self._send(channel, claimed, now)
        except Exception as error:  # one message must not stop all others; in the end it is dead, and seen
            _log.exception("outbox: unexpected error", message=claimed.message_id)
            result = Result("later", f"galat tak terduga ({type(error).__name__}), lihat log")
        values = self._settled(result, claimed.attempt, now)
        with self._database.write() as session:
            repository.settle(session, claimed, channel=channel.kind if channel else "", **values)
        _log.info(
            "outbox", message=claimed.message_id, opd=claimed.opd, outcome=result.outcome, attempt=claimed.attempt
        )

    def _send(self, channel: Channel | None, claimed: Claimed, now: datetime) -> Result:
        message = Message(claimed.message_id, claimed.kind, self._named(claimed.payload))
        if channel is None:
            return Result("kept", "OPD ini tidak punya kanal di berkas kanal; kabari dengan cara lain.")
        if isinstance(channel, WebhookChannel):
            return send_webhook(channel, message, self._client, now)
        if isinstance(channel, EmailChannel):
            assert self._channels.mail_server is not None
            return send_mail(channel, self._channels.mail_server, message, now)
        return send_open311(channel, message, self._client, now)

    def _settled(self, result: Result, attempt: int, now: datetime) -> dict[str, Any]:
        """What is written down about an attempt."""
        if result.outcome == "sent":
            return {"state": OutboxState.sent, "sent_at": now, "receipt": result.receipt, "last_error": None}
        if result.outcome == "kept":
            return {"state": OutboxState.kept, "last_error": result.reason}
        if result.outcome == "never" or attempt >= ATTEMPTS:
            return {"state": OutboxState.dead, "last_error": result.reason}
        wait = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT) * self._random.uniform(1 - _JITTER, 1 + _JITTER)
        return {"next_at": now + timedelta(seconds=max(wait, result.wait)), "last_error": result.reason}

    def _named(self, payload: dict[str, Any]) -> dict[str, object]:
        """The message with the names of its codes; a code that the taxonomy no longer has stands for itself."""
        data = payload["data"]
        kind, opd = self._taxonomy.types.get(data["complaint_type"]), self._taxonomy.opds.get(data["target_opd"])
        names = {
            "complaint_name": kind.name if kind else data["complaint_type"],
            "opd_name": opd.name if opd else data["target_opd"],
            "place": data["place"] or self._places.get(data["place_id"]),
        }
        return {**payload, "data": {**data, **names}}


def make_sender(settings: Settings, database: Database) -> Sender:
    """The sender of this installation. Raises InputError (channels file), ModelError or KnowledgeError (taxonomy)."""
    taxonomy = load_taxonomy_in_use(settings)
    return Sender(database, load_channels(settings.channels_file, frozenset(taxonomy.opds)), taxonomy)

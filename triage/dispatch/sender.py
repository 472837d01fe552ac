"""Emptying the outbox: at least once, in order per ticket, OPD and channel, however many processes do it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import structlog

from triage.assemble import load_taxonomy_in_use
from triage.dispatch.channels import Channels, EmailChannel, WebhookChannel
from triage.dispatch.channels_file import load_channels
from triage.dispatch.http import send_open311, send_webhook
from triage.dispatch.mail import send_mail
from triage.dispatch.naming import Naming
from triage.dispatch.outbox import route
from triage.dispatch.result import Message, Result
from triage.errors import StoreError, TriageError
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
"""How long a message is a sender's own; renewed while it is being sent, so it ends only with the sender."""
AT_ONCE, TO_ONE_DESTINATION = 8, 3
"""Messages under way in a process: a server that does not answer must not hold up the messages to all others."""
_ROUTED_AT_ONCE = 500
_POLL_SECONDS = 1.0

_log = structlog.stdlib.get_logger(__name__)


class Sender:
    """Sends what is due. One a process; several processes share the work."""

    def __init__(self, database: Database, settings: Settings, channels: Channels, taxonomy: Taxonomy) -> None:
        """taxonomy: for the names that people read."""
        self._database = database
        self._channels = channels
        self._naming = Naming(taxonomy, settings.public_url)
        self._zone = ZoneInfo(settings.time_zone)
        self._client = httpx.Client()
        self._random = random.Random()
        self._under_way: dict[int, Claimed] = {}
        self._lock = threading.Lock()
        self._freed = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; goes on when the database is away for a while. What is under way ends first."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outbox") as pool:
            while not stop.is_set():
                self._freed.clear()
                try:
                    self._renew(datetime.now(UTC))
                    done, claimed = self._take(datetime.now(UTC))
                except StoreError:
                    _log.warning("outbox: database not reachable")
                    done, claimed = 0, []
                for one in claimed:
                    pool.submit(self._attempt, one, None)
                if not done and not claimed:
                    self._freed.wait(_POLL_SECONDS)
        self._client.close()

    def send_due(self, now: datetime | None = None) -> int:
        """Attempt messages that are due now, once, as many as may be under way; how many were. Raises StoreError."""
        done, claimed = self._take(now or datetime.now(UTC))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda one: self._attempt(one, now), claimed))
        return done + len(claimed)

    def _take(self, now: datetime) -> tuple[int, list[Claimed]]:
        """How many messages were kept here for want of a channel, and those to be sent now."""
        with self._lock:
            busy = Counter(one.destination for one in self._under_way.values())
        with self._database.read() as session:  # most of the time nothing is due, and nobody needs a lock
            if busy.total() >= AT_ONCE or not repository.has_due(session, now, _full(busy)):
                return 0, []
        claimed = []
        with self._database.write() as session:
            kept = route(session, self._channels, _ROUTED_AT_ONCE)
            while busy.total() < AT_ONCE:
                one = repository.claim(session, now, LEASE, _full(busy))
                if one is None:
                    break
                claimed.append(one)
                busy[one.destination] += 1
        with self._lock:
            self._under_way |= {one.id: one for one in claimed}
        return kept, claimed

    def _renew(self, now: datetime) -> None:
        """Keep messages that take long: a mail server may let one wait for minutes."""
        with self._lock:
            old = [one for one in self._under_way.values() if one.until - now < LEASE / 2]
        if not old:
            return
        with self._database.write() as session:
            for one in old:
                repository.settle(session, one, next_at=now + LEASE)
        with self._lock:
            self._under_way |= {one.id: replace(one, until=now + LEASE) for one in old if one.id in self._under_way}

    def _attempt(self, claimed: Claimed, now: datetime | None) -> None:
        """now: instead of the time at which the attempt begins."""
        try:
            values = self._send(claimed, now or datetime.now(UTC))
            with self._database.write() as session:
                repository.settle(session, claimed, **values)
        except TriageError as error:  # it is sent again when the lease has ended
            _log.warning("outbox: the outcome could not be stored", message=claimed.message_id, code=error.code)
        finally:
            with self._lock:
                self._under_way.pop(claimed.id, None)
            self._freed.set()

    def _send(self, claimed: Claimed, now: datetime) -> dict[str, Any]:
        """What is to be written down about an attempt."""
        try:
            result = self._result(claimed, now)
        except Exception as error:  # one message must not stop all others; in the end it is dead, and seen
            _log.exception("outbox: unexpected error", message=claimed.message_id)
            result = Result("later", f"galat tak terduga ({type(error).__name__}), lihat log")
        _log.info(
            "outbox",
            message=claimed.message_id,
            opd=claimed.opd,
            channel=claimed.channel,
            outcome=result.outcome,
            attempt=claimed.attempt,
        )
        return self._settled(result, claimed.attempt, now)

    def _result(self, claimed: Claimed, now: datetime) -> Result:
        channel = self._channels.of(claimed.opd).get(claimed.channel)
        if channel is None:
            return Result("elsewhere", f"kanal {claimed.channel} sudah tidak ada di berkas kanal")
        message = Message(claimed.message_id, claimed.kind, self._naming.named(claimed.payload))
        if isinstance(channel, WebhookChannel):
            return send_webhook(channel, message, self._client, now)
        if isinstance(channel, EmailChannel):
            assert self._channels.mail_server is not None
            return send_mail(channel, self._channels.mail_server, message, now, self._zone)
        return send_open311(channel, message, self._client, now)

    def _settled(self, result: Result, attempt: int, now: datetime) -> dict[str, Any]:
        reason = result.reason or None
        if result.outcome == "sent":
            return {"state": OutboxState.sent, "sent_at": now, "receipt": result.receipt, "last_error": reason}
        if result.outcome == "kept":
            return {"state": OutboxState.kept, "last_error": reason}
        if result.outcome == "elsewhere":
            return {"channel": "", "attempts": 0, "next_at": now, "last_error": reason}
        if result.outcome == "never" or attempt >= ATTEMPTS:
            return {"state": OutboxState.dead, "last_error": reason}
        wait = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT) * self._random.uniform(1 - _JITTER, 1 + _JITTER)
        return {"next_at": now + timedelta(seconds=max(wait, result.wait)), "last_error": reason}


def _full(busy: Counter[str]) -> list[str]:
    return [destination for destination, count in busy.items() if count >= TO_ONE_DESTINATION]


def make_sender(settings: Settings, database: Database) -> Sender:
    """The sender of this installation. Raises InputError (channels file), ModelError or KnowledgeError (taxonomy)."""
    taxonomy = load_taxonomy_in_use(settings)
    return Sender(database, settings, load_channels(settings.channels_file, taxonomy), taxonomy)

"""The nightly purge: what the retention policy no longer lets us keep, in small batches.

Each batch is one transaction in which its calls are locked; the next run goes on where one was cut off. A recording is
deleted before the database says so: a crash in between costs a deletion of nothing, never a recording nobody knows of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from triage.audit import Actor, Audit, current_anchor
from triage.errors import ConflictError
from triage.privacy.policy import Cutoffs, RetentionPolicy
from triage.privacy.text import mask_transcript, strip_quotes, without_caller
from triage.storage import Storage
from triage.store import Database
from triage.store.repositories import notes
from triage.store.repositories import retention as repository
from triage.store.repositories.work import index_text
from triage.store.tables import Call, Ticket

BATCH = 100
LAST, RUNNING = "purge.last", "purge.running"
"""Notes: when the last purge ended and what it did; what one that has not ended has done so far."""


@dataclass
class Counts:
    """What was removed, or would be: recordings, words of calls, tickets, calls, rows of the audit trail."""

    audio: int = 0
    text: int = 0
    tickets: int = 0
    calls: int = 0
    audit: int = 0


class Purge:
    """Purges one store by one policy."""

    def __init__(
        self, database: Database, storage: Storage, audit: Audit, actor: Actor, policy: RetentionPolicy
    ) -> None:
        self._database = database
        self._storage = storage
        self._audit = audit
        self._actor = actor
        self._policy = policy

    def count(self, now: datetime) -> Counts:
        """What a purge would remove first; it may then find more (a ticket whose calls it emptied). Changes nothing."""
        cutoffs = self._policy.at(now)
        with self._database.read() as session:
            audio, text, tickets, calls = (repository.count(session, one) for one in self._due(cutoffs))
            return Counts(audio, text, tickets, calls, self._audit.count_before(session, cutoffs.audit))

    def run(self, now: datetime) -> Counts:
        """Remove what is due, note it and record it. Raises StoreError: the next run does the rest.

        Raises ConflictError at the end where the audit trail has been tampered with and so was not cut.
        """
        cutoffs = self._policy.at(now)
        audio, text, tickets, calls = self._due(cutoffs)
        counts = Counts()
        self._record_interrupted(now)
        self._in_batches(audio, repository.lock_calls, self._purge_audio, "audio", counts, now)
        self._in_batches(text, repository.lock_calls, self._purge_text, "text", counts, now)
        with self._database.write() as session:
            repository.empty_tickets_without_calls(session, cutoffs.text)
        self._in_batches(tickets, repository.lock_tickets, self._purge_tickets, "tickets", counts, now)
        self._in_batches(calls, repository.lock_calls, self._purge_calls, "calls", counts, now)
        broken = self._cut_audit(cutoffs.audit, counts)
        with self._database.write() as session:
            notes.put(session, LAST, json.dumps({"at": now.isoformat(timespec="seconds")} | asdict(counts)), now)
            notes.remove(session, RUNNING)
            self._audit.record(session, self._actor, "privacy.purge", "store", "all", **asdict(counts))
        if broken is not None:
            raise broken
        return counts

    def anchor(self) -> str:
        """The end of the audit trail, for the log: kept outside the database, it shows a trail that was set back."""
        with self._database.read() as session:
            return str(current_anchor(session))

    def _cut_audit(self, before: datetime, counts: Counts) -> ConflictError | None:
        """Cut the old end of the audit trail; what forbids it, if anything does."""
        try:
            with self._database.write() as session:
                counts.audit = self._audit.cut(session, before)
        except ConflictError as error:
            return error
        return None

    def _due(self, cutoffs: Cutoffs) -> tuple[Select[Call], Select[Call], Select[Ticket], Select[Call]]:
        kept = self._policy.kept_types
        return (
            repository.due_audio(kept, cutoffs.ticket_audio, cutoffs.ghost_audio, cutoffs.other_audio),
            repository.due_text(kept, cutoffs.text),
            repository.due_tickets(cutoffs.record),
            repository.due_calls(cutoffs.record),
        )

    def _in_batches(
        self,
        due: Select[Any],
        lock: Callable[[Session, Select[Any], int, int], Sequence[Any]],
        remove: Callable[[Session, Sequence[Any], datetime], None],
        name: str,
        counts: Counts,
        now: datetime,
    ) -> None:
        after = 0
        while True:
            with self._database.write() as session:
                rows = lock(session, due, after, BATCH)
                if not rows:
                    return
                after = rows[-1].id
                done = len(rows)
                remove(session, rows, now)
                setattr(counts, name, getattr(counts, name) + done)
                notes.put(session, RUNNING, json.dumps(asdict(counts)), now)

    def _purge_audio(self, session: Session, calls: Sequence[Call], now: datetime) -> None:
        """Recordings go, and with them the names in the words: who must know them has had the time to."""
        masked: dict[int, str] = {}
        for row in repository.transcripts_of(session, [call.id for call in calls]):
            mask_transcript(row)
            masked[row.call_pk] = row.text
        for pk, said in masked.items():
            index_text(session, pk, said)
        for suggestion in repository.suggestions_of(session, [call.id for call in calls]):
            strip_quotes(suggestion, masked.get(suggestion.call_pk, ""))
        for call in calls:
            if call.audio_uri is not None:
                self._storage.delete(call.audio_uri)
            call.audio_uri, call.audio_purged_at = None, now

    def _purge_text(self, session: Session, calls: Sequence[Call], now: datetime) -> None:
        pks = [call.id for call in calls]
        repository.empty_tickets(session, pks)
        repository.remove_words(session, pks)
        for suggestion in repository.suggestions_of(session, pks):
            strip_quotes(suggestion)
        for call in calls:
            forget_caller(call)
            call.text_purged_at = now

    def _purge_tickets(self, session: Session, tickets: Sequence[Ticket], now: datetime) -> None:
        repository.remove_tickets(session, [ticket.id for ticket in tickets])

    def _purge_calls(self, session: Session, calls: Sequence[Call], now: datetime) -> None:
        repository.remove_calls(session, [call.id for call in calls])

    def _record_interrupted(self, now: datetime) -> None:
        """Record what a run did that was cut off before it could do so itself."""
        with self._database.write() as session:
            found = notes.get(session, RUNNING)
            if found is not None:
                notes.remove(session, RUNNING)
                self._audit.record(
                    session, self._actor, "privacy.purge", "store", "all", interrupted=True, **json.loads(found)
                )


def forget_caller(call: Call) -> None:
    """Remove all from a call's row that leads to a person: the caller, the file's and the PBX's names for it."""
    call.content_key = without_caller(call.content_key, call.call_id)
    call.caller_hash = call.caller_last3 = call.pbx_id = call.idempotency_key = call.error_message = None
    call.agent = None
    call.file_name = ""

"""Calls, and what the machine made of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from triage.store.tables.base import Base
from triage.store.types import Json, Key


class CallState(StrEnum):
    """Where a call stands.

    received -> queued -> working -> ready -> decided, or dead (an administrator may retry), or erased.
    """

    received = "received"
    queued = "queued"
    working = "working"
    ready = "ready"
    decided = "decided"
    dead = "dead"
    erased = "erased"


AHEAD, USUAL = 1, 2
"""Values of Call.urgency, which are priorities of the workflow too: the lower runs first. Ahead: maybe S5."""
URGENT = text("state = 'received' AND urgency = 1")
DROPPED = text("dropped AND caller_hash IS NOT NULL")
"""Conditions of partial indexes; a query must use them word for word."""


class Call(Base):
    """A recorded call. `id` never leaves the database; `call_id` is its public name.

    content_key     SHA-256 of the recording, and of what tells two calls with the same sound apart; unique
    caller_hash     keyed hash of the caller's number; caller_last3 its last digits. The number itself is not kept
    urgency         order of work: AHEAD (maybe S5) or USUAL
    attempt         counts retries by an administrator: part of the workflow's id
    progress        share of the audio that is transcribed, 0..1
    work_seconds    how long a worker took from decoding to storing, the last time
    disposition ... rank
                    the current answer: the last suggestion's, after a decision the decision's. For queues and filters
    verdict, agreed those of the last decision, so that QA finds what was misclassified or undecidable
    rank            order of the operator's queue, lower first (triage.store.repositories.work.rank_of)
    legal_hold      why nothing of the call may be removed; hold_released_at: since when that, or a type that is kept
                    until somebody releases it, holds it no longer (triage.privacy)
    revision        counts every change an operator could have seen: two who decide on the same revision conflict
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_state_rank_received_at_id", "state", "rank", "received_at", "id"),
        Index("ix_calls_received_at_id", "received_at", "id"),
        # Lists are read by id, newest first. Values that are never rare (disposition, verdict) need no index for that.
        Index("ix_calls_complaint_type_id", "complaint_type", "id"),
        Index("ix_calls_target_opd_id", "target_opd", "id"),
        Index("ix_calls_caller_last3_id", "caller_last3", "id"),
        Index("ix_calls_caller_hash_started_at", "caller_hash", "started_at"),
        Index("ix_calls_started_at_id", "started_at", "id"),
        # Few calls each: those that go ahead of the others, and those that S5 counts.
        Index("ix_calls_urgent", "received_at", sqlite_where=URGENT, postgresql_where=URGENT),
        Index("ix_calls_dropped", "started_at", "caller_hash", sqlite_where=DROPPED, postgresql_where=DROPPED),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)

    content_key: Mapped[str] = mapped_column(String(160), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    audio_uri: Mapped[str | None] = mapped_column(Text)
    audio_bytes: Mapped[int]
    duration: Mapped[float | None]
    work_seconds: Mapped[float | None]

    direction: Mapped[str | None] = mapped_column(String(8))
    queue: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(64))
    pbx_id: Mapped[str | None] = mapped_column(String(128))
    caller_hash: Mapped[str | None] = mapped_column(String(64))
    caller_last3: Mapped[str | None] = mapped_column(String(3))
    caller_channel: Mapped[str | None] = mapped_column(String(8))
    dropped: Mapped[bool | None]

    urgency: Mapped[int] = mapped_column(default=USUAL)
    attempt: Mapped[int] = mapped_column(default=1)
    progress: Mapped[float] = mapped_column(default=0.0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)

    listen: Mapped[bool | None]
    disposition: Mapped[str | None] = mapped_column(String(16))
    complaint_type: Mapped[str | None] = mapped_column(String(64))
    target_opd: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[str | None] = mapped_column(String(4))
    ghost_kind: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str | None] = mapped_column(String(16))
    agreed: Mapped[bool | None]
    rank: Mapped[int] = mapped_column(default=9)

    legal_hold: Mapped[str | None] = mapped_column(Text)
    hold_released_at: Mapped[datetime | None]
    audio_purged_at: Mapped[datetime | None]
    text_purged_at: Mapped[datetime | None]


class TranscriptRow(Base):
    """What a recogniser heard; append-only. `body` as in Suggestion.transcript, `text` for the search.

    measures: for each segment of the body what the contract does not show (triage.jobs.transcripts); numbers only.
    """

    __tablename__ = "transcripts"
    __table_args__ = (UniqueConstraint("call_pk", "recogniser"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    recogniser: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]]
    measures: Mapped[list[list[float | None]] | None] = mapped_column(Json)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class SuggestionRow(Base):
    """A suggestion; append-only, one row a set of model versions. `body` is the JSON contract less the transcript."""

    __tablename__ = "suggestions"
    __table_args__ = (UniqueConstraint("call_pk", "recogniser", "classifier", "taxonomy"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    transcript_pk: Mapped[int | None] = mapped_column(ForeignKey("transcripts.id"))
    recogniser: Mapped[str] = mapped_column(String(200))
    classifier: Mapped[str] = mapped_column(String(200))
    taxonomy: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class WatchedFile(Base):
    """A file that `triage watch` has dealt with: not read again after a restart, and shown where it was refused.

    path_key: keyed hash of the path (a PBX writes the caller's number into it); path: for people, numbers masked.
    """

    __tablename__ = "watched_files"
    __table_args__ = (
        Index(
            "ix_watched_files_refused",
            "id",
            sqlite_where=text("error_code IS NOT NULL"),
            postgresql_where=text("error_code IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    path_key: Mapped[str] = mapped_column(String(64), unique=True)
    path: Mapped[str] = mapped_column(String(1024))
    size: Mapped[int] = mapped_column(Key)
    modified_ns: Mapped[int] = mapped_column(Key)
    call_pk: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime]

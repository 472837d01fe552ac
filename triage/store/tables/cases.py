"""What people decide, and the tickets that follow."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from triage.store.tables.base import Base
from triage.store.types import Key


class Verdict(StrEnum):
    """What an operator said of a suggestion."""

    accept = "accept"
    correct = "correct"
    cannot_tell = "cannot_tell"
    bad_transcript = "bad_transcript"


class Decision(Base):
    """A decision on a call; append-only, the last one counts. `seconds` from showing the call to deciding.

    agreed: whether disposition, type and OPD are those of the suggestion (null where the operator could not tell).
    """

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_call_pk_id", "call_pk", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    suggestion_pk: Mapped[int | None] = mapped_column(ForeignKey("suggestions.id"))
    user_pk: Mapped[int] = mapped_column(ForeignKey("users.id"))
    verdict: Mapped[str] = mapped_column(String(16))
    disposition: Mapped[str | None] = mapped_column(String(16))
    complaint_type: Mapped[str | None] = mapped_column(String(64))
    target_opd: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[str | None] = mapped_column(String(4))
    ghost_kind: Mapped[str | None] = mapped_column(String(64))
    place_id: Mapped[str | None] = mapped_column(String(64))
    place_text: Mapped[str | None] = mapped_column(String(255))
    agreed: Mapped[bool | None]
    seconds: Mapped[float]
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Review(Base):
    """A QA reviewer's finding on a call; append-only. faults: of type, opd, disposition, ghost, place, transcript."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_call_pk_id", "call_pk", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    decision_pk: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    user_pk: Mapped[int] = mapped_column(ForeignKey("users.id"))
    faults: Mapped[list[str]]
    disposition: Mapped[str | None] = mapped_column(String(16))
    complaint_type: Mapped[str | None] = mapped_column(String(64))
    target_opd: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class TicketStatus(StrEnum):
    """baru -> diterima (by the OPD) -> selesai, or batal."""

    new = "baru"
    accepted = "diterima"
    done = "selesai"
    withdrawn = "batal"


class Ticket(Base):
    """Work for an OPD. `number` can be read out on the phone: city-112-day-count of the day (KDI-112-20251118-0042).

    idempotency_key: keyed hash of the key that another system sent its report with (Open311).
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_complaint_type_status_created_at", "complaint_type", "status", "created_at"),
        Index("ix_tickets_target_opd_created_at", "target_opd", "created_at"),
        Index("ix_tickets_created_at_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    revision: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(16))
    complaint_type: Mapped[str] = mapped_column(String(64))
    target_opd: Mapped[str] = mapped_column(String(64))
    priority: Mapped[str] = mapped_column(String(4))
    place_id: Mapped[str | None] = mapped_column(String(64))
    place_text: Mapped[str | None] = mapped_column(String(255))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    description: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(16), default="call")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    idempotency_key: Mapped[str | None] = mapped_column(String(64), unique=True)


class TicketCall(Base):
    """A call about a ticket's incident: many callers, one event. A call has at most one ticket."""

    __tablename__ = "ticket_calls"

    call_pk: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    ticket_pk: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    created_at: Mapped[datetime]


class TicketCounter(Base):
    """The last number given out on a day of the call centre."""

    __tablename__ = "ticket_counters"

    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class OutboxState(StrEnum):
    """pending -> sent; dead after the last attempt; kept: no way leads to the OPD; dropped by an administrator.

    Of dead and kept ones an administrator decides: again, or never. A dead one holds up those after it.
    """

    pending = "pending"
    sent = "sent"
    dead = "dead"
    kept = "kept"
    dropped = "dropped"


class OutboxMessage(Base):
    """A message to an OPD that must go out: at least once, in order per ticket, OPD and channel.

    message_id is the same at every attempt, so that a receiver can tell a repetition. channel: the kind it goes by,
    empty until a sender has looked it up. next_at: when it is due; while a process sends it, when others may take it
    for lost.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_next_at", "state", "next_at"),
        Index("ix_outbox_ticket_pk_id", "ticket_pk", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    ticket_pk: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    opd: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)
    receipt: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

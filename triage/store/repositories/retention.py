"""What the retention policy lets go: which calls and tickets are due, and how they are emptied and removed.

"Held" is a call under legal hold, and one of the kept types that nobody has released; what belongs to it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from triage.store.tables import (
    Call,
    CallState,
    DatasetRow,
    Decision,
    OutboxMessage,
    OutboxState,
    Review,
    SuggestionRow,
    Ticket,
    TicketCall,
    TranscriptRow,
    WatchedFile,
)
from triage.store.types import UtcDateTime


def due_audio(kept_types: Collection[str], ticket: datetime, ghost: datetime, other: datetime) -> Select[Call]:
    """Calls whose recording may go: decided, not held, their ticket closed, and all that before the moment for it."""
    moment = UtcDateTime()
    before = case(
        (Call.disposition == "ghost", literal(ghost, moment)),
        (Ticket.id.is_not(None), literal(ticket, moment)),
        else_=literal(other, moment),
    )
    decided_at = select(func.max(Decision.created_at)).where(Decision.call_pk == Call.id).scalar_subquery()
    return _of_tickets().where(
        Call.state == CallState.decided,
        Call.audio_uri.is_not(None),
        ~_held(kept_types, before),
        decided_at < before,
        or_(Ticket.id.is_(None), Ticket.closed_at < before),
    )


def due_text(kept_types: Collection[str], before: datetime) -> Select[Call]:
    """Calls whose words may go: decided, not held, their recording gone, and older than this."""
    return _of_tickets().where(
        Call.state == CallState.decided,
        Call.started_at < before,
        Call.audio_uri.is_(None),
        Call.text_purged_at.is_(None),
        ~_held(kept_types, before),
    )


def due_calls(before: datetime) -> Select[Call]:
    """Calls that may go altogether: their words are gone or they were erased, they have no ticket, and are that old."""
    return select(Call).where(
        Call.started_at < before,
        Call.text_purged_at.is_not(None),
        ~_on_hold(before),
        ~exists().where(TicketCall.call_pk == Call.id),
    )


def due_tickets(before: datetime) -> Select[Ticket]:
    """Tickets that may go: closed that long ago, and no call of theirs has its words still."""
    with_words = (
        exists()
        .where(TicketCall.ticket_pk == Ticket.id, Call.id == TicketCall.call_pk)
        .where(or_(Call.text_purged_at.is_(None), _on_hold(before)))
    )
    return select(Ticket).where(Ticket.closed_at < before, ~with_words)


def count(session: Session, due: Select[Any]) -> int:
    """How many are due."""
    return session.scalar(select(func.count()).select_from(due.subquery())) or 0


def lock_calls(session: Session, due: Select[Call], after: int, limit: int) -> Sequence[Call]:
    """The next calls that are due, by id, locked until the end of the transaction."""
    return session.scalars(
        due.where(Call.id > after).order_by(Call.id).limit(limit).with_for_update(of=Call, skip_locked=True)
    ).all()


def lock_tickets(session: Session, due: Select[Ticket], after: int, limit: int) -> Sequence[Ticket]:
    """The next tickets that are due, by id, locked until the end of the transaction."""
    return session.scalars(
        due.where(Ticket.id > after).order_by(Ticket.id).limit(limit).with_for_update(of=Ticket, skip_locked=True)
    ).all()


def lock_call(session: Session, call_id: str) -> Call | None:
    """One call by its public name, locked until the end of the transaction."""
    return session.scalar(select(Call).where(Call.call_id == call_id).with_for_update())


def transcripts_of(session: Session, call_pks: Collection[int]) -> Sequence[TranscriptRow]:
    """All transcripts of these calls, the oldest first."""
    return session.scalars(
        select(TranscriptRow).where(TranscriptRow.call_pk.in_(call_pks)).order_by(TranscriptRow.id)
    ).all()


def suggestions_of(session: Session, call_pks: Collection[int]) -> Sequence[SuggestionRow]:
    """All suggestions of these calls."""
    return session.scalars(select(SuggestionRow).where(SuggestionRow.call_pk.in_(call_pks))).all()


def remove_words(session: Session, call_pks: Collection[int]) -> None:
    """Remove transcripts and search rows, and empty what people wrote of these calls."""
    session.execute(update(SuggestionRow).where(SuggestionRow.call_pk.in_(call_pks)).values(transcript_pk=None))
    session.execute(delete(TranscriptRow).where(TranscriptRow.call_pk.in_(call_pks)))
    key = "rowid" if session.get_bind().dialect.name == "sqlite" else "call_pk"
    session.execute(text(f"DELETE FROM call_search WHERE {key} = :pk"), [{"pk": pk} for pk in call_pks])
    session.execute(update(Decision).where(Decision.call_pk.in_(call_pks)).values(note=None, place_text=None))
    session.execute(update(Review).where(Review.call_pk.in_(call_pks)).values(note=None))
    session.execute(delete(WatchedFile).where(WatchedFile.call_pk.in_(call_pks)))


def remove_suggestions(session: Session, call_pk: int) -> None:
    """Remove all suggestions of a call, and the place from its decisions."""
    session.execute(update(Decision).where(Decision.call_pk == call_pk).values(suggestion_pk=None, place_id=None))
    session.execute(delete(SuggestionRow).where(SuggestionRow.call_pk == call_pk))


def has_ticket(session: Session, call_pk: int) -> bool:
    """Whether a ticket is about this call."""
    return session.get(TicketCall, call_pk) is not None


def empty_tickets(session: Session, call_pks: Collection[int]) -> int:
    """Remove free text and exact position from the tickets about these calls, but for those about others with words.

    Returns how many. What was sent of them is emptied in the outbox too; what was not is called off.
    """
    of_ticket = exists().where(TicketCall.ticket_pk == Ticket.id, TicketCall.call_pk == Call.id)
    others = of_ticket.where(Call.id.not_in(call_pks), Call.text_purged_at.is_(None))
    return _empty(session, select(Ticket.id).where(of_ticket.where(Call.id.in_(call_pks)), ~others))


def empty_tickets_without_calls(session: Session, before: datetime) -> int:
    """The same for tickets that came from another system, once they have been closed so long. Returns how many."""
    without = ~exists().where(TicketCall.ticket_pk == Ticket.id)
    full = or_(Ticket.description != "", Ticket.place_text.is_not(None), Ticket.latitude.is_not(None))
    return _empty(session, select(Ticket.id).where(Ticket.closed_at < before, full, without))


def _empty(session: Session, wanted: Select[int]) -> int:
    tickets = session.scalars(wanted).all()
    if tickets:
        session.execute(
            update(Ticket)
            .where(Ticket.id.in_(tickets))
            .values(description="", place_text=None, latitude=None, longitude=None)
        )
        messages = update(OutboxMessage).where(OutboxMessage.ticket_pk.in_(tickets))
        unsent = OutboxMessage.state != OutboxState.sent
        session.execute(messages.where(unsent).values(state=OutboxState.dropped))
        session.execute(messages.values(payload={}, last_error=None))
    return len(tickets)


def remove_calls(session: Session, call_pks: Collection[int]) -> None:
    """Remove these calls with all that belongs to them; rows of data sets stay, without knowing whose they were."""
    remove_words(session, call_pks)
    session.execute(update(DatasetRow).where(DatasetRow.call_pk.in_(call_pks)).values(call_pk=None))
    for table in (Review, Decision, SuggestionRow):
        session.execute(delete(table).where(table.call_pk.in_(call_pks)))
    session.execute(delete(Call).where(Call.id.in_(call_pks)))


def remove_tickets(session: Session, ticket_pks: Collection[int]) -> None:
    """Remove these tickets, their messages, and that calls were about them."""
    for table in (OutboxMessage, TicketCall):
        session.execute(delete(table).where(table.ticket_pk.in_(ticket_pks)))
    session.execute(delete(Ticket).where(Ticket.id.in_(ticket_pks)))


def _of_tickets() -> Select[Call]:
    return (
        select(Call)
        .outerjoin(TicketCall, TicketCall.call_pk == Call.id)
        .outerjoin(Ticket, Ticket.id == TicketCall.ticket_pk)
    )


def _held(kept_types: Collection[str], before: Any) -> ColumnElement[bool]:
    """Of a kept type that was never released, or on hold."""
    kept = or_(
        func.coalesce(Call.complaint_type, "").in_(kept_types), func.coalesce(Ticket.complaint_type, "").in_(kept_types)
    )
    return or_(and_(kept, Call.hold_released_at.is_(None)), _on_hold(before))


def _on_hold(before: Any) -> ColumnElement[bool]:
    """Under legal hold, or released no longer ago than this."""
    return or_(Call.legal_hold.is_not(None), func.coalesce(Call.hold_released_at >= before, False))

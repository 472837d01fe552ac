"""What the steps of a call's work read and write.

Every write is guarded: by the call's state and attempt, and by the unique versions of what is written. A worker that
was taken for dead and wakes up late finds its place taken and changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from triage.safety.history import DAY, HALF_HOUR, UNKNOWN_CALLER, CallHistory
from triage.store.tables import Call, CallState, SuggestionRow, TicketCall, TranscriptRow

IN_WORK = (CallState.received, CallState.queued, CallState.working, CallState.dead)
"""States in which the work of a call's present attempt may go on. Received: a worker took it before the dispatcher had
noted that it is queued. Dead: another execution gave up, but this one still has a result."""

_RANKS = {"P1": 1, "P2": 3, "P3": 4, "P4": 5}
_SAFETY_RANK, _LISTEN_RANK, _GHOST_RANK = 0, 2, 6


def rank_of(*, safety: bool, listen: bool, disposition: str | None, priority: str | None) -> int:
    """Place in the operator's queue, lower first.

    A safety exception, then P1, what must be listened to, P2, P3, P4 and questions, ghosts.
    """
    if safety:
        return _SAFETY_RANK
    if disposition == "ghost":
        return _LISTEN_RANK if listen else _GHOST_RANK
    rank = _RANKS.get(priority or "", _RANKS["P4"])
    return min(rank, _LISTEN_RANK) if listen else rank


def find_in_work(session: Session, call_id: str, attempt: int) -> Call | None:
    """The call, if its work at this attempt may still go on."""
    return session.scalar(_in_work(call_id, attempt))


def in_work(session: Session, call_id: str, attempt: int) -> Call | None:
    """The same, locked until the end of the transaction."""
    return session.scalar(_in_work(call_id, attempt).with_for_update())


def _in_work(call_id: str, attempt: int) -> Select[Call]:
    return select(Call).where(Call.call_id == call_id, Call.attempt == attempt, Call.state.in_(IN_WORK))


def begin(session: Session, call_id: str, attempt: int, now: datetime) -> Call | None:
    """Mark a call as worked on; None where this attempt is over."""
    call = in_work(session, call_id, attempt)
    if call is not None and call.state in (CallState.received, CallState.queued):
        call.state, call.progress, call.updated_at = CallState.working, 0.0, now
    return call


def note_progress(session: Session, call_id: str, attempt: int, share: float, now: datetime) -> None:
    """Share of the audio transcribed, 0..1; it never goes back."""
    session.execute(
        update(Call)
        .where(
            Call.call_id == call_id,
            Call.attempt == attempt,
            Call.state == CallState.working,
            Call.progress < share,
        )
        .values(progress=share, updated_at=now)
    )


def has_transcript(session: Session, call_pk: int, recogniser: str) -> bool:
    """Whether this recogniser has heard the call."""
    query = exists().where(TranscriptRow.call_pk == call_pk, TranscriptRow.recogniser == recogniser)
    return bool(session.scalar(select(query)))


def last_transcript(session: Session, call_pk: int) -> TranscriptRow | None:
    """The newest transcript of a call."""
    return session.scalar(
        select(TranscriptRow).where(TranscriptRow.call_pk == call_pk).order_by(TranscriptRow.id.desc()).limit(1)
    )


def last_suggestion(session: Session, call_pk: int) -> SuggestionRow | None:
    """The newest suggestion of a call."""
    return session.scalar(
        select(SuggestionRow).where(SuggestionRow.call_pk == call_pk).order_by(SuggestionRow.id.desc()).limit(1)
    )


def add_once(session: Session, row: TranscriptRow | SuggestionRow) -> None:
    """Insert a row unless one of the same call and versions is there: the first one stays."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = type(row)
    values = {column.key: getattr(row, column.key) for column in table.__mapper__.column_attrs if column.key != "id"}
    session.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


def history_of(session: Session, call: Call) -> CallHistory:
    """The dropped calls of this call's number up to it, itself included (S5)."""
    if call.caller_hash is None:
        return UNKNOWN_CALLER
    of_number = Call.caller_hash == call.caller_hash
    drops = session.scalars(
        select(Call.started_at).where(
            of_number,
            Call.started_at > call.started_at - DAY,
            Call.started_at <= call.started_at,
            Call.dropped.is_(True),
        )
    ).all()
    had_ticket = select(exists().where(of_number, Call.started_at < call.started_at, TicketCall.call_pk == Call.id))
    return CallHistory(
        drops_of_half_hour=sum(time > call.started_at - HALF_HOUR for time in drops),
        drops_of_day=len(drops),
        had_ticket=bool(session.scalar(had_ticket)),
    )


def finish(session: Session, call: Call, work_seconds: float | None, now: datetime) -> bool:
    """Put the newest suggestion into the queue's columns and the transcript into the search; the call is ready.

    call: locked by `in_work`. False where the call has no suggestion yet.
    """
    suggestion, transcript = last_suggestion(session, call.id), last_transcript(session, call.id)
    if suggestion is None:
        return False
    _show(call, suggestion.body)
    if transcript is not None:
        index_text(session, call.id, transcript.text)
    call.state, call.progress, call.updated_at = CallState.ready, 1.0, now
    call.error_code = call.error_message = None
    call.work_seconds = work_seconds if work_seconds is not None else call.work_seconds
    call.revision += 1
    return True


def _show(call: Call, body: dict[str, Any]) -> None:
    """The columns by which a queue is filtered and sorted; a ghost has neither type nor OPD."""
    call.listen = body["decision"] == "listen"
    call.disposition = body["disposition"]["label"]
    call.priority = body["priority"]["code"]
    ghost = call.disposition == "ghost"
    call.complaint_type = None if ghost else body["complaint_type"][0]["code"]
    call.target_opd = None if ghost else body["target_opd"][0]["code"]
    call.ghost_kind = body["ghost"]["kind"]
    call.rank = rank_of(
        safety=bool(body["safety"]), listen=call.listen, disposition=call.disposition, priority=call.priority
    )


def index_text(session: Session, call_pk: int, words: str) -> None:
    """Make a call findable by these words, in place of what was indexed before."""
    values = {"pk": call_pk, "text": words}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DELETE FROM call_search WHERE rowid = :pk"), values)
        session.execute(text("INSERT INTO call_search (rowid, text) VALUES (:pk, :text)"), values)
        return
    session.execute(
        text(
            "INSERT INTO call_search (call_pk, document) VALUES (:pk, to_tsvector('simple', :text)) "
            "ON CONFLICT (call_pk) DO UPDATE SET document = excluded.document"
        ),
        values,
    )

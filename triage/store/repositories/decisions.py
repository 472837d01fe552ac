"""What a person is shown of a call, and what he decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from triage.store.tables import Call, CallState, Decision, SuggestionRow, TranscriptRow, User

DECIDABLE = (CallState.ready, CallState.decided, CallState.dead)
"""States in which a call may be decided. Dead: the machine gave up, a person may still have heard what it is about."""


def suggestion_with_transcript(session: Session, call_pk: int) -> tuple[SuggestionRow, TranscriptRow | None] | None:
    """The newest suggestion of a call, with the transcript it was made from."""
    row = session.execute(
        select(SuggestionRow, TranscriptRow)
        .outerjoin(TranscriptRow, TranscriptRow.id == SuggestionRow.transcript_pk)
        .where(SuggestionRow.call_pk == call_pk)
        .order_by(SuggestionRow.id.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def suggestion_versions(session: Session, call_pk: int) -> Sequence[Row[str, str, str, datetime]]:
    """recogniser, classifier, taxonomy and created_at of all suggestions of a call, the newest first."""
    return session.execute(
        select(SuggestionRow.recogniser, SuggestionRow.classifier, SuggestionRow.taxonomy, SuggestionRow.created_at)
        .where(SuggestionRow.call_pk == call_pk)
        .order_by(SuggestionRow.id.desc())
    ).all()


def take(session: Session, call_pk: int, revision: int, now: datetime, **answer: Any) -> bool:
    """Mark a call as decided if it is still at this revision; False where somebody was faster, or it cannot be decided.

    answer: the columns by which lists are filtered. Of two who decide at once, one waits here for the other.
    """
    taken = session.execute(
        update(Call)
        .where(Call.id == call_pk, Call.revision == revision, Call.state.in_(DECIDABLE))
        .values(state=CallState.decided, revision=revision + 1, updated_at=now, **answer)
        .execution_options(synchronize_session=False)
        .returning(Call.id)
    )
    return taken.first() is not None


def decisions_of(session: Session, call_pk: int) -> Sequence[tuple[Decision, str]]:
    """All decisions on a call with the names of who made them, the last one first."""
    return [(row[0], row[1]) for row in session.execute(_with_names(call_pk))]


def last_decision(session: Session, call_pk: int) -> tuple[Decision, str] | None:
    """The decision that counts, and who made it."""
    row = session.execute(_with_names(call_pk).limit(1)).first()
    return (row[0], row[1]) if row else None


def _with_names(call_pk: int) -> Select[Decision, str]:
    return (
        select(Decision, User.name)
        .join(User, User.id == Decision.user_pk)
        .where(Decision.call_pk == call_pk)
        .order_by(Decision.id.desc())
    )

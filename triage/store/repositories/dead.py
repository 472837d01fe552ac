"""Dead letters: calls whose work was given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.store.repositories.work import in_work
from triage.store.tables import Call, CallState


def bury(session: Session, call_id: str, attempt: int, code: str, message: str, now: datetime) -> bool:
    """Give up a call at this attempt; False where it is ready, given up or retried already."""
    call = in_work(session, call_id, attempt)
    if call is None or call.state == CallState.dead:
        return False
    call.state, call.error_code, call.error_message = CallState.dead, code, message
    call.revision += 1
    call.updated_at = now
    return True


def dead_calls(session: Session, before: int | None, limit: int) -> Sequence[Call]:
    """Dead letters, the call that came last first. before: id of the last one of the page before."""
    calls = select(Call).where(Call.state == CallState.dead).order_by(Call.id.desc()).limit(limit)
    if before is not None:
        calls = calls.where(Call.id < before)
    return session.scalars(calls).all()


def revive(call: Call, now: datetime) -> None:
    """Give a dead letter back to the dispatcher; `call` is locked."""
    call.state, call.progress = CallState.received, 0.0
    call.error_code = call.error_message = None
    call.attempt += 1
    call.revision += 1
    call.updated_at = now

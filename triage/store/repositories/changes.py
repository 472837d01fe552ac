"""What changed since a time: what server-sent events are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from triage.store.tables import Call

Change = Row[str, str, int, int, float, str | None, datetime]
"""call_id, state, rank, revision, progress, error_code, updated_at."""

_SEEN = (Call.call_id, Call.state, Call.rank, Call.revision, Call.progress, Call.error_code, Call.updated_at)


def changes_since(session: Session, since: datetime, limit: int) -> Sequence[Change]:
    """Changes since then, the oldest first."""
    return session.execute(select(*_SEEN).where(Call.updated_at >= since).order_by(Call.updated_at).limit(limit)).all()


def newest_change(session: Session) -> datetime | None:
    """When a call changed last."""
    return session.scalar(select(Call.updated_at).order_by(Call.updated_at.desc()).limit(1))


def state_of(session: Session, call_id: str) -> Change | None:
    """Where one call stands."""
    return session.execute(select(*_SEEN).where(Call.call_id == call_id)).one_or_none()

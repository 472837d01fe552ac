"""Calls as they come in, and the files of a watched folder."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from triage.store.tables import Call, WatchedFile


def lock_names(session: Session, *names: str) -> None:
    """Let nobody else who locks one of these names go on before this transaction ends.

    SQLite has only one writer anyway; PostgreSQL has advisory locks (two names may share one: they wait, no more).
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    # always in the same order: two transactions with the same names cannot wait for each other
    for number in sorted(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names):
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def find_call(session: Session, call_id: str) -> Call | None:
    """The call with this public name."""
    return session.scalar(select(Call).where(Call.call_id == call_id))


def find_by_idempotency_key(session: Session, idempotency_key: str) -> Call | None:
    """The call that was sent with this key (as stored)."""
    return session.scalar(select(Call).where(Call.idempotency_key == idempotency_key))


def find_by_content(session: Session, sha256: str) -> Sequence[Call]:
    """The calls whose recording has these bytes, the first one first."""
    return session.scalars(select(Call).where(Call.sha256 == sha256).order_by(Call.id)).all()


def has_dropped_call(session: Session, caller_hash: str, since: datetime, until: datetime, seconds: float) -> bool:
    """Whether this caller had a dropped call in this time; one nobody has looked at yet counts when it is so short."""
    dropped = or_(Call.dropped.is_(True), Call.dropped.is_(None) & (Call.duration < seconds))
    return (
        session.scalar(
            select(Call.id)
            .where(Call.caller_hash == caller_hash, Call.started_at.between(since, until), dropped)
            .limit(1)
        )
        is not None
    )


def existing_audio(session: Session, call_ids: Collection[str]) -> set[str]:
    """References of the recordings that these calls have."""
    uris = session.scalars(select(Call.audio_uri).where(Call.call_id.in_(call_ids), Call.audio_uri.is_not(None)))
    return {uri for uri in uris if uri is not None}


def known_files(session: Session, path_keys: Collection[str]) -> Sequence[WatchedFile]:
    """What is known of these files of a watched folder."""
    return session.scalars(select(WatchedFile).where(WatchedFile.path_key.in_(path_keys))).all()


def remember_file(session: Session, file: WatchedFile) -> None:
    """Keep what became of a file, in place of what was known of it."""
    lock_names(session, file.path_key)
    known = session.scalar(select(WatchedFile.id).where(WatchedFile.path_key == file.path_key))
    if known is not None:
        file.id = known
    session.merge(file)


def refused_files(session: Session, before: int | None, limit: int) -> Sequence[WatchedFile]:
    """Files that could not be taken, the last one to appear first. before: id of the last one of the previous page."""
    rows = select(WatchedFile).where(WatchedFile.error_code.is_not(None)).order_by(WatchedFile.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(WatchedFile.id < before)
    return session.scalars(rows).all()

"""The audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from triage.store.tables import ApiToken, AuditHead, AuditRow, User

ACTOR_KINDS = ("user", "token", "cli", "system")
_HEAD = 1
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows; None: all. since, until: bounds of `at`, the second exclusive."""

    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def read_head(session: Session) -> AuditHead | None:
    """The head as it is."""
    return session.get(AuditHead, _HEAD, populate_existing=True)


def lock_head(session: Session) -> AuditHead | None:
    """The head, locked until the end of the transaction."""
    return session.scalar(
        select(AuditHead).where(AuditHead.id == _HEAD).with_for_update(),
        execution_options={"populate_existing": True},
    )


def make_head(session: Session, **values: Any) -> None:
    """Insert the head, unless somebody else did so first."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(AuditHead).values(id=_HEAD, **values).on_conflict_do_nothing())


def row_at(session: Session, row_id: int) -> AuditRow | None:
    """One row."""
    return session.get(AuditRow, row_id)


def last_row(session: Session) -> AuditRow | None:
    """The newest row."""
    return session.scalar(select(AuditRow).order_by(AuditRow.id.desc()).limit(1))


def last_id(session: Session) -> int:
    """Id of the newest row; 0 without any."""
    return session.scalar(select(func.max(AuditRow.id))) or 0


def all_rows(session: Session, before: int | None = None) -> Iterator[AuditRow]:
    """The rows in order, those below an id; never many of them in memory."""
    rows = select(AuditRow).order_by(AuditRow.id)
    if before is not None:
        rows = rows.where(AuditRow.id < before)
    for part in session.scalars(rows, execution_options={"yield_per": _BATCH}).partitions():
        yield from part


def first_since(session: Session, moment: datetime) -> int | None:
    """Id of the first row that is not older than this."""
    return session.scalar(select(func.min(AuditRow.id)).where(AuditRow.at >= moment))


def delete_below(session: Session, row_id: int) -> None:
    """Remove the rows below an id."""
    session.execute(delete(AuditRow).where(AuditRow.id < row_id))


def should_have_rows(session: Session) -> bool:
    """Whether there is anything that was made with a row in the trail: users and tokens always are."""
    return any(session.scalar(select(table.id).limit(1)) is not None for table in (User, ApiToken))


def audit_page(session: Session, wanted: AuditFilter, before: int | None, limit: int) -> Sequence[AuditRow]:
    """Rows below an id, newest first. An actor without a colon is a name of any kind of actor."""
    rows = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(AuditRow.id < before)
    if wanted.actor is not None:
        names = [wanted.actor] if ":" in wanted.actor else [f"{kind}:{wanted.actor}" for kind in ACTOR_KINDS]
        rows = rows.where(AuditRow.actor.in_(names))
    for column, value in (
        (AuditRow.action, wanted.action),
        (AuditRow.object_kind, wanted.object_kind),
        (AuditRow.object_id, wanted.object_id),
    ):
        if value is not None:
            rows = rows.where(column == value)
    if wanted.since is not None:
        rows = rows.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(AuditRow.at < wanted.until)
    return session.scalars(rows).all()

"""Reviews by QA."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.store.tables import Review, User


def reviews_of(session: Session, call_pk: int) -> Sequence[tuple[Review, str]]:
    """All reviews of a call with the names of the reviewers, the last one first."""
    rows = session.execute(
        select(Review, User.name)
        .join(User, User.id == Review.user_pk)
        .where(Review.call_pk == call_pk)
        .order_by(Review.id.desc())
    )
    return [(row[0], row[1]) for row in rows]

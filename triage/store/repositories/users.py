"""Users, log-ins and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from triage.store.tables import ApiToken, LoginSession, User


def find_user(session: Session, name: str) -> User | None:
    """The user with this name, also a deactivated one."""
    return session.scalar(select(User).where(User.name == name))


def lock_user(session: Session, name: str) -> User | None:
    """The same, locked against other writers until the end of the transaction."""
    return session.scalar(select(User).where(User.name == name).with_for_update())


def find_user_by_subject(session: Session, subject: str) -> User | None:
    """The user who logs in by OIDC as this subject."""
    return session.scalar(select(User).where(User.oidc_subject == subject))


def all_users(session: Session) -> Sequence[User]:
    """All users by name."""
    return session.scalars(select(User).order_by(User.name)).all()


def lock_active(session: Session, role: str) -> Sequence[User]:
    """Who may log in with this role, locked until the end of the transaction.

    Two transactions cannot both take the last one away. In one order, and before any other user's row is locked, so
    that they do not wait for each other for ever.
    """
    return session.scalars(select(User).where(User.role == role, User.active).order_by(User.id).with_for_update()).all()


def find_login(session: Session, token_hash: str) -> tuple[LoginSession, User] | None:
    """A log-in by the hash of its cookie, with its user."""
    row = session.execute(
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_pk)
        .where(LoginSession.token_hash == token_hash)
    ).first()
    return (row[0], row[1]) if row else None


def end_logins(session: Session, user_pk: int) -> None:
    """End all log-ins of a user."""
    session.execute(delete(LoginSession).where(LoginSession.user_pk == user_pk))


def end_login(session: Session, token_hash: str) -> None:
    """End one log-in."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))


def drop_expired_logins(session: Session, now: datetime) -> None:
    """Forget log-ins that are over."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at < now))


def find_token(session: Session, token_hash: str) -> ApiToken | None:
    """A token by its hash, also a revoked one."""
    return session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash))


def find_token_by_name(session: Session, name: str) -> ApiToken | None:
    """A token by its name, also a revoked one."""
    return session.scalar(select(ApiToken).where(ApiToken.name == name))


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """All tokens by name."""
    return session.scalars(select(ApiToken).order_by(ApiToken.name)).all()

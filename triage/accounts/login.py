"""Logging in: password, lock-out, and the session behind the cookie."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from triage.accounts.passwords import hash_password, needs_rehash, verify_password
from triage.accounts.rights import RIGHTS, Principal, Role
from triage.accounts.users import Users
from triage.audit import Actor, Audit
from triage.errors import AccessError, RateError
from triage.secret import keyed_hash
from triage.settings import Settings
from triage.store import Database
from triage.store.repositories import users as repository
from triage.store.tables import LoginSession, User

_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used: not every request needs to write."""


@dataclass(frozen=True, slots=True)
class Login:
    """A new session. token goes into the cookie, of which only a hash is kept; csrf to the page."""

    user: User
    token: str
    csrf: str


def digest(secret: str) -> str:
    """SHA-256 of a random secret: enough where nothing can be guessed, and quick at every request."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Logins:
    """Log-ins of one installation."""

    def __init__(self, database: Database, audit: Audit, settings: Settings, key: bytes) -> None:
        self._database = database
        self._audit = audit
        self._key = key
        self._attempts = settings.login_attempts
        self._lock = timedelta(minutes=settings.login_lock_minutes)
        self._length = timedelta(hours=settings.session_hours)
        self._idle = timedelta(minutes=settings.session_idle_minutes)
        self._seen_every = min(_SEEN_EVERY, self._idle / 4)

    def log_in(self, name: str, password: str, source: str, now: datetime, replaces: str | None = None) -> Login:
        """Check a password and begin a session; the one behind the cookie `replaces` ends.

        Raises AccessError 401 (name or password wrong: the same whether the account exists) or RateError (locked).
        """
        with self._checked(name, password, source, now) as (session, user):
            return self.begin(session, user, source, now, replaces)

    def change_password(self, users: Users, actor: Actor, name: str, old: str, new: str, now: datetime) -> None:
        """Change one's own password; all one's sessions end.

        Raises AccessError 403 (the old one is wrong), RateError (locked) or InputError (the new one cannot be taken).
        """
        with self._checked(name, old, actor.source, now, 403) as (session, _):
            users.set_password(session, actor, name, new)

    def begin(self, session: Session, user: User, source: str, now: datetime, replaces: str | None = None) -> Login:
        """Begin a session for a user who has shown who he is."""
        token = secrets.token_urlsafe(32)
        login = Login(user, token, self.csrf_of(token))
        user.failed_logins, user.locked_until = 0, None
        repository.drop_expired_logins(session, now)
        if replaces:
            repository.end_login(session, digest(replaces))
        session.add(
            LoginSession(
                token_hash=digest(login.token),
                user_pk=user.id,
                created_at=now,
                seen_at=now,
                expires_at=now + self._length,
            )
        )
        self._audit.record(session, Actor(f"user:{user.name}", source), "login", "user", user.name)
        return login

    def begin_by_subject(
        self, subject: str, name: str | None, source: str, now: datetime, replaces: str | None = None
    ) -> Login:
        """Begin a session for whom an OpenID Connect issuer has shown to be somebody.

        subject: who, for ever, at most 255 characters. name: of the account for the first log-in; it must have been
        made for this, and nobody may have logged in to it before. Raises AccessError 403 where there is none: here no
        account is made, and none gets rights.
        """
        with self._database.write() as session:
            user = repository.find_user_by_subject(session, subject)
            if user is None and name is not None:
                user = repository.lock_user(session, name)
                if user is not None and (user.password_hash is not None or user.oidc_subject is not None):
                    user = None
            if user is None or not user.active:
                raise AccessError(
                    "oidc_no_account",
                    "Belum ada akun untuk Anda di sini. Minta pengelola membuatnya (triage users add NAMA --oidc).",
                    "There is no account for you here. Ask the administrator for one (triage users add NAME --oidc).",
                )
            if user.oidc_subject is None:
                user.oidc_subject = subject
                self._audit.record(session, Actor(f"user:{user.name}", source), "user.oidc", "user", user.name)
            return self.begin(session, user, source, now, replaces)

    def find(self, token: str, source: str, now: datetime) -> Principal | None:
        """Who is behind a cookie, or None where the session is unknown, over or idle too long."""
        with self._database.read() as session:
            found = repository.find_login(session, digest(token))
        if found is None:
            return None
        login, user = found
        if not user.active or login.expires_at <= now or login.seen_at + self._idle <= now:
            return None
        if now - login.seen_at > self._seen_every:
            with self._database.write() as session:
                kept = session.get(LoginSession, login.token_hash)
                if kept is not None:
                    kept.seen_at = now
        role = Role(user.role)
        return Principal(Actor(f"user:{user.name}", source), RIGHTS[role], user.id, role)

    def csrf_of(self, token: str) -> str:
        """The CSRF token of a session: made from its cookie and the key, so that every tab has the same.

        A signed double-submit token bound to the session (OWASP CSRF Prevention Cheat Sheet).
        """
        return keyed_hash(self._key, "csrf", token)

    def log_out(self, token: str, actor: Actor, name: str) -> None:
        """End a session."""
        with self._database.write() as session:
            repository.end_login(session, digest(token))
            self._audit.record(session, actor, "logout", "user", name)

    @contextmanager
    def _checked(
        self, name: str, password: str, source: str, now: datetime, refusal: int = 401
    ) -> Iterator[tuple[Session, User]]:
        """A transaction in which the user has shown his password; his row is locked.

        Two attempts at once count as two, and a lock holds for every process. A failed one is counted in a transaction
        of its own, so that the error does not undo it. Raises AccessError with the status `refusal`, or RateError.
        """
        with self._database.read() as session:
            found = repository.find_user(session, name)
        stored = found.password_hash if found else None
        right = verify_password(password, stored)  # slow by design, so in no transaction
        with self._database.write() as session:
            user = repository.lock_user(session, name)
            locked = self._lock_of(user, now)
            # the password may have been changed in between
            if right and locked is None and user is not None and user.active and user.password_hash == stored:
                if stored is not None and needs_rehash(stored):
                    user.password_hash = hash_password(password)
                yield session, user
                return
            if locked is None:
                self._count_failure(session, user, source, now)
        raise locked or _refused(refusal)

    def _count_failure(self, session: Session, user: User | None, source: str, now: datetime) -> None:
        if user is None:
            self._audit.record(session, Actor("user:?", source), "login.failed", "user", "?")
            return
        user.failed_logins += 1
        action = "login.failed"
        if user.failed_logins >= self._attempts:
            user.failed_logins, user.locked_until = 0, now + self._lock
            action = "login.locked"
        self._audit.record(session, Actor(f"user:{user.name}", source), action, "user", user.name)

    @staticmethod
    def _lock_of(user: User | None, now: datetime) -> RateError | None:
        if user is None or user.locked_until is None or user.locked_until <= now:
            return None
        seconds = math.ceil((user.locked_until - now).total_seconds())
        minutes = math.ceil(seconds / 60)
        return RateError(
            "login_locked",
            f"Akun terkunci karena kata sandi salah berkali-kali. Coba lagi dalam {minutes} menit, "
            "atau minta pengelola membukanya.",
            f"The account is locked after too many wrong passwords. Try again in {minutes} minutes, or ask the "
            "administrator to unlock it.",
            retry_after=seconds,
        )


def _refused(status: int) -> AccessError:
    return AccessError(
        "login_refused",
        "Nama atau kata sandi salah. Periksa dan coba lagi; setelah beberapa kali salah akun terkunci.",
        "The name or the password is wrong. Check and try again; after several wrong attempts the account is locked.",
        status=status,
    )

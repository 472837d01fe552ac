"""Logging in: password, lock-out, and the session behind the cookie."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from triage.accounts.passwords import hash_password, needs_rehash, verify_password
from triage.accounts.rights import RIGHTS, Principal, Role
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

    def log_in(self, name: str, password: str, source: str, now: datetime) -> Login:
        """Check a password and begin a session.

        Raises AccessError 401 (name or password wrong: the same whether the account exists) or RateError (locked).
        A failed attempt is counted in a transaction of its own, so that the error does not undo it.
        """
        with self._database.read() as session:
            found = repository.find_user(session, name)
        right = verify_password(password, found.password_hash if found else None)  # slow by design: in no transaction
        actor = Actor(f"user:{name}" if found else "user:?", source)
        with self._database.write() as session:
            user = repository.lock_user(session, name)
            until = user.locked_until if user is not None else None
            locked = until is not None and until > now
            if user is not None and right and user.active and not locked:
                if user.password_hash is not None and needs_rehash(user.password_hash):
                    user.password_hash = hash_password(password)
                return self.begin(session, user, source, now)
            if user is not None and not locked:
                self._count_failure(session, user, actor, now)
            elif user is None:
                self._audit.record(session, actor, "login.failed", "user", "?")
        raise self._locked(until, now) if until is not None and until > now else _refused()

    def begin(self, session: Session, user: User, source: str, now: datetime) -> Login:
        """Begin a session for a user who has shown who he is."""
        token = secrets.token_urlsafe(32)
        login = Login(user, token, self.csrf_of(token))
        user.failed_logins, user.locked_until = 0, None
        repository.drop_expired_logins(session, now)
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

    def begin_by_subject(self, subject: str, names: Sequence[str], source: str, now: datetime) -> Login:
        """Begin a session for whom an OpenID Connect issuer names.

        subject: issuer and sub, which never change. names: tried at the first log-in, for an account that was made for
        it and that nobody has logged in to yet. Raises AccessError 403: here no account is made, and none gets rights.
        """
        with self._database.write() as session:
            user = repository.find_user_by_subject(session, subject)
            if user is None:
                found = (repository.lock_user(session, name) for name in names)
                user = next(
                    (one for one in found if one and one.password_hash is None and one.oidc_subject is None), None
                )
            if user is None or not user.active:
                raise AccessError(
                    "oidc_no_account",
                    "Belum ada akun untuk Anda di sini. Minta pengelola membuatnya (triage users add NAMA --oidc).",
                    "There is no account for you here. Ask the administrator for one (triage users add NAME --oidc).",
                )
            user.oidc_subject = subject
            return self.begin(session, user, source, now)

    def find(self, token: str, source: str, now: datetime) -> tuple[Principal, User] | None:
        """Who is behind a cookie, or None where the session is unknown, over or idle too long."""
        with self._database.read() as session:
            found = repository.find_login(session, digest(token))
        if found is None:
            return None
        login, user = found
        if not user.active or login.expires_at <= now or login.seen_at + self._idle <= now:
            return None
        if now - login.seen_at > _SEEN_EVERY:
            with self._database.write() as session:
                kept = session.get(LoginSession, login.token_hash)
                if kept is not None:
                    kept.seen_at = now
        return Principal(Actor(f"user:{user.name}", source), RIGHTS[Role(user.role)], user.id), user

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

    def _count_failure(self, session: Session, user: User, actor: Actor, now: datetime) -> None:
        user.failed_logins += 1
        if user.failed_logins >= self._attempts:
            user.failed_logins, user.locked_until = 0, now + self._lock
            self._audit.record(session, actor, "login.locked", "user", user.name)
        else:
            self._audit.record(session, actor, "login.failed", "user", user.name)

    def _locked(self, until: datetime, now: datetime) -> RateError:
        seconds = max(1, math.ceil((until - now).total_seconds()))
        minutes = math.ceil(seconds / 60)
        return RateError(
            "login_locked",
            f"Akun terkunci karena kata sandi salah berkali-kali. Coba lagi dalam {minutes} menit, "
            "atau minta pengelola membukanya.",
            f"The account is locked after too many wrong passwords. Try again in {minutes} minutes, or ask the "
            "administrator to unlock it.",
            retry_after=seconds,
        )


def _refused() -> AccessError:
    return AccessError(
        "login_refused",
        "Nama atau kata sandi salah. Periksa dan coba lagi; setelah beberapa kali salah akun terkunci.",
        "The name or the password is wrong. Check and try again; after several wrong attempts the account is locked.",
        status=401,
    )

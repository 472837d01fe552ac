"""Tokens of machines: a PBX that sends recordings, a monitor that reads figures."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from triage.accounts.login import digest
from triage.accounts.rights import Principal, Right
from triage.audit import Actor, Audit
from triage.errors import ConflictError, InputError, MissingError
from triage.store import Database
from triage.store.repositories import users as repository
from triage.store.tables import ApiToken

PREFIX = "t112_"
"""Makes a leaked token recognisable to secret scanners."""
PEOPLE_ONLY = frozenset({Right.calls_decide, Right.reviews_write, Right.users_manage})
"""What answers for itself: a person decides, and a machine hands out no rights."""
_USED_EVERY = timedelta(minutes=1)


class Tokens:
    """Tokens of one installation."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(
        self, session: Session, actor: Actor, name: str, scopes: Sequence[Right], now: datetime, days: int | None
    ) -> tuple[ApiToken, str]:
        """A new token and its secret, which is shown this once. days: until it ends. Raises Input- or ConflictError."""
        refused = PEOPLE_ONLY.intersection(scopes)
        if not scopes or refused:
            raise InputError(
                "token_scopes",
                f"Token perlu paling sedikit satu hak, selain {', '.join(sorted(PEOPLE_ONLY))} (hanya untuk orang).",
                f"A token needs at least one right, and none of: {', '.join(sorted(PEOPLE_ONLY))} (people only).",
            )
        if not name or len(name) > 64 or repository.find_token_by_name(session, name) is not None:
            raise ConflictError(
                "token_exists",
                f"Nama token '{name}' sudah dipakai atau tidak sah. Pilih nama lain (1 sampai 64 karakter).",
                f"The token name '{name}' is taken or invalid. Choose another (1 to 64 characters).",
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken(
            name=name,
            token_hash=digest(secret),
            scopes=sorted(scope.value for scope in scopes),
            created_by=actor.name,
            created_at=now,
            expires_at=now + timedelta(days=days) if days else None,
        )
        session.add(token)
        session.flush()
        self._audit.record(session, actor, "token.create", "token", name, scopes=token.scopes)
        return token, secret

    def revoke(self, session: Session, actor: Actor, name: str, now: datetime) -> ApiToken:
        """End a token. Raises MissingError."""
        token = repository.find_token_by_name(session, name)
        if token is None:
            raise MissingError(
                "token_missing",
                f"Tidak ada token '{name}'. Lihat `triage tokens list`.",
                f"There is no token '{name}'. See `triage tokens list`.",
            )
        if token.revoked_at is None:
            token.revoked_at = now
            self._audit.record(session, actor, "token.revoke", "token", name)
        return token

    def find(self, secret: str, source: str, now: datetime) -> Principal | None:
        """Who is behind a token, or None where it is unknown, revoked or over."""
        with self._database.read() as session:
            token = repository.find_token(session, digest(secret))
        if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
            return None
        if token.used_at is None or now - token.used_at > _USED_EVERY:
            with self._database.write() as session:
                kept = session.get(ApiToken, token.id)
                if kept is not None:
                    kept.used_at = now
        rights = frozenset(Right(scope) for scope in token.scopes) - PEOPLE_ONLY
        return Principal(Actor(f"token:{token.name}", source), rights)

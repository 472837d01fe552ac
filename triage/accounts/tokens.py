"""Tokens of machines: a PBX that sends recordings, a monitor that reads figures."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from triage.accounts.login import digest
from triage.accounts.rights import Principal, Right
from triage.audit import Actor, Audit
from triage.errors import ConflictError, InputError, MissingError
from triage.store import Database
from triage.store.repositories import users as repository
from triage.store.tables import ApiToken

NAME = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"
"""What a token's name looks like."""
PREFIX = "t112_"
"""Makes a leaked token recognisable to secret scanners."""
PEOPLE_ONLY = frozenset({Right.calls_decide, Right.reviews_write, Right.users_manage, Right.privacy_manage})
"""A person decides and answers for it; a machine neither hands out rights nor erases calls."""
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
        if not re.fullmatch(NAME, name):
            raise InputError(
                "token_name",
                "Nama token: 1 sampai 64 huruf, angka, titik, titik dua, garis bawah, tanda hubung; misalnya pbx-1.",
                "A token's name: 1 to 64 letters, digits, dots, colons, underscores, hyphens; for instance pbx-1.",
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken(
            name=name,
            token_hash=digest(secret),
            scopes=sorted({scope.value for scope in scopes}),
            created_by=actor.name,
            created_at=now,
            expires_at=now + timedelta(days=days) if days else None,
        )
        session.add(token)
        try:
            session.flush()
        except IntegrityError as error:
            raise ConflictError(
                "token_exists",
                f"Nama token {name} sudah dipakai, mungkin oleh token yang sudah berakhir. Pilih nama lain.",
                f"The token name {name} is taken, perhaps by a token that has ended. Choose another.",
            ) from error
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
        # a scope may be of a newer version that was rolled back
        rights = frozenset(Right(scope) for scope in token.scopes if scope in set(Right)) - PEOPLE_ONLY
        return Principal(Actor(f"token:{token.name}", source), rights)

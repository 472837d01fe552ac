"""Adding users and changing what they may do. Every change is in the audit trail; none leaves nobody in charge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from triage.accounts.passwords import check_password, hash_password
from triage.accounts.rights import Role
from triage.audit import Actor, Audit
from triage.errors import ConflictError, InputError, MissingError
from triage.store.repositories import users as repository
from triage.store.tables import User

NAME = r"[a-z0-9][a-z0-9._-]{1,63}"
"""What an account's name looks like."""


class Users:
    """Users of one installation. Methods work inside the caller's transaction and audit what they do."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def add(self, session: Session, actor: Actor, name: str, role: Role, password: str | None) -> User:
        """A new user. password None: he can only log in by OIDC. Raises InputError or ConflictError."""
        if not re.fullmatch(NAME, name):
            raise InputError(
                "user_name",
                "Nama akun: 2 sampai 64 huruf kecil, angka, titik, garis bawah, tanda hubung; misalnya budi.santoso.",
                "An account's name: 2 to 64 of a-z, 0-9, dot, underscore, hyphen; for instance budi.santoso.",
            )
        if password is not None:
            check_password(password, name)
        user = User(
            name=name,
            role=role.value,
            password_hash=hash_password(password) if password is not None else None,
            active=True,
            failed_logins=0,
            created_at=datetime.now(UTC),
        )
        session.add(user)
        try:
            session.flush()
        except IntegrityError as error:
            raise ConflictError(
                "user_exists",
                f"Akun {name} sudah ada. Pilih nama lain, atau ubah akun itu.",
                f"The account {name} exists. Choose another name, or change that account.",
            ) from error
        self._audit.record(session, actor, "user.create", "user", name, role=role.value)
        return user

    def set_role(self, session: Session, actor: Actor, name: str, role: Role) -> User:
        """Give another role; his log-ins end. Raises MissingError or ConflictError."""
        admins = repository.lock_active(session, Role.admin)
        user = self.get(session, name)
        before = user.role
        if role.value != before:
            _keep_an_admin(user, admins)
            user.role = role.value
            repository.end_logins(session, user.id)
            self._audit.record(session, actor, "user.role", "user", name, before=before, after=role.value)
        return user

    def set_password(self, session: Session, actor: Actor, name: str, password: str) -> User:
        """Set a password, unlock the account and end its log-ins. Raises InputError or MissingError."""
        user = self.get(session, name)
        check_password(password, name)
        user.password_hash = hash_password(password)
        user.failed_logins, user.locked_until = 0, None
        repository.end_logins(session, user.id)
        self._audit.record(session, actor, "user.password", "user", name)
        return user

    def set_active(self, session: Session, actor: Actor, name: str, active: bool) -> User:
        """Let a user log in, or end that. Rows keep his name. Raises MissingError or ConflictError."""
        admins = repository.lock_active(session, Role.admin)
        user = self.get(session, name)
        if active == user.active:
            return user
        if not active:
            _keep_an_admin(user, admins)
            repository.end_logins(session, user.id)
        user.active = active
        self._audit.record(session, actor, "user.activate" if active else "user.deactivate", "user", name)
        return user

    def unlock(self, session: Session, actor: Actor, name: str) -> User:
        """End a lock after too many wrong passwords. Raises MissingError."""
        user = self.get(session, name)
        user.failed_logins, user.locked_until = 0, None
        self._audit.record(session, actor, "user.unlock", "user", name)
        return user

    def get(self, session: Session, name: str) -> User:
        """The user, locked until the end of the transaction. Raises MissingError."""
        user = repository.lock_user(session, name)
        if user is None:
            raise MissingError(
                "user_missing",
                f"Tidak ada akun {name}. Lihat `triage users list`.",
                f"There is no account {name}. See `triage users list`.",
            )
        return user


def _keep_an_admin(user: User, admins: Sequence[User]) -> None:
    """Raises ConflictError where the user is the only one of the active administrators (locked: see lock_active)."""
    if [admin.name for admin in admins] == [user.name]:
        raise ConflictError(
            "last_admin",
            f"{user.name} adalah admin terakhir. Tambahkan admin lain dahulu.",
            f"{user.name} is the last admin. Add another admin first.",
        )

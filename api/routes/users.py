"""Users and machines' tokens, for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from api.access import require
from api.context import InContext
from api.responses import problems
from triage.accounts.passwords import MAX_LENGTH
from triage.accounts.rights import Principal, Right, Role
from triage.accounts.tokens import NAME as TOKEN_NAME
from triage.accounts.users import NAME as USER_NAME
from triage.store.repositories import users as repository
from triage.store.tables import ApiToken, User

router = APIRouter(tags=["users"])
Admin = Annotated[Principal, Depends(require(Right.users_manage))]
UserName = Annotated[str, Path(pattern=f"^{USER_NAME}$")]
TokenName = Annotated[str, Path(pattern=f"^{TOKEN_NAME}$")]


class UserView(BaseModel):
    """A user."""

    name: str
    role: Role
    active: bool
    locked_until: datetime | None
    oidc: bool = Field(description="Has logged in by OpenID Connect.")
    created_at: datetime


class NewUser(BaseModel):
    """A user to add. Without a password he can only log in by OpenID Connect."""

    name: str = Field(max_length=64)
    role: Role
    password: str | None = Field(default=None, max_length=MAX_LENGTH)


class UserChange(BaseModel):
    """What to change; what is left out stays."""

    role: Role | None = None
    active: bool | None = None
    password: str | None = Field(default=None, max_length=MAX_LENGTH)
    unlock: bool = False


class TokenView(BaseModel):
    """A machine's token, without its secret."""

    name: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None = Field(description="To the minute.")


class NewToken(BaseModel):
    """A token to make."""

    name: str = Field(max_length=64)
    scopes: list[Right]
    days: int | None = Field(default=None, ge=1, le=3650, description="Until it ends; null: it does not.")


class MadeToken(TokenView):
    """A new token with its secret."""

    token: str = Field(description="Shown this once; only its hash is kept.")


@router.get("/v1/users", summary="Semua akun / all users", responses=problems(401, 403))
def get_users(context: InContext, principal: Admin) -> list[UserView]:
    """By name, deactivated ones included."""
    with context.database.read() as session:
        return [_user(user) for user in repository.all_users(session)]


@router.post("/v1/users", status_code=201, summary="Tambah akun / add a user", responses=problems(401, 403, 409, 422))
def add_user(body: NewUser, context: InContext, principal: Admin) -> UserView:
    """The user can log in at once."""
    with context.database.write() as session:
        return _user(context.users.add(session, principal.actor, body.name, body.role, body.password))


@router.patch("/v1/users/{name}", summary="Ubah akun / change a user", responses=problems(401, 403, 404, 409, 422))
def change_user(name: UserName, body: UserChange, context: InContext, principal: Admin) -> UserView:
    """All of it happens or nothing. A new role, a new password and deactivation end the user's sessions."""
    with context.database.write() as session:
        users, actor = context.users, principal.actor
        if body.role is not None:  # these two first: they lock rows in an order of their own
            users.set_role(session, actor, name, body.role)
        if body.active is not None:
            users.set_active(session, actor, name, body.active)
        if body.password is not None:
            users.set_password(session, actor, name, body.password)
        if body.unlock:
            users.unlock(session, actor, name)
        return _user(users.get(session, name))


@router.get("/v1/tokens", summary="Semua token / all tokens", responses=problems(401, 403))
def get_tokens(context: InContext, principal: Admin) -> list[TokenView]:
    """By name, ended ones included."""
    with context.database.read() as session:
        return [_token(token) for token in repository.all_tokens(session)]


@router.post("/v1/tokens", status_code=201, summary="Buat token / make a token", responses=problems(401, 403, 409, 422))
def add_token(body: NewToken, context: InContext, principal: Admin) -> MadeToken:
    """For a machine. It cannot have a right that only a person may use."""
    with context.database.write() as session:
        token, secret = context.tokens.add(
            session, principal.actor, body.name, body.scopes, datetime.now(UTC), body.days
        )
        return MadeToken(**dict(_token(token)), token=secret)


@router.delete("/v1/tokens/{name}", summary="Akhiri token / end a token", responses=problems(401, 403, 404, 422))
def revoke_token(name: TokenName, context: InContext, principal: Admin) -> TokenView:
    """From now on the token opens nothing; its row stays."""
    with context.database.write() as session:
        return _token(context.tokens.revoke(session, principal.actor, name, datetime.now(UTC)))


def _user(user: User) -> UserView:
    return UserView(
        name=user.name,
        role=Role(user.role),
        active=user.active,
        locked_until=user.locked_until,
        oidc=user.oidc_subject is not None,
        created_at=user.created_at,
    )


def _token(token: ApiToken) -> TokenView:
    return TokenView(
        name=token.name,
        scopes=token.scopes,
        created_by=token.created_by,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        used_at=token.used_at,
    )

"""Rights, and which role has them. A token's scopes are rights too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from triage.audit import Actor


class Right(StrEnum):
    """What may be done; named thing:deed, as they stand in a token's scopes."""

    calls_ingest = "calls:ingest"
    calls_read = "calls:read"
    """Queue, search, suggestion, transcript."""
    calls_listen = "calls:listen"
    calls_decide = "calls:decide"
    reviews_write = "reviews:write"
    tickets_read = "tickets:read"
    tickets_write = "tickets:write"
    """Status of a ticket."""
    open311_write = "open311:write"
    """New tickets by another system's Open311 client."""
    reports_read = "reports:read"
    """Monthly figures and exports without transcripts."""
    data_export = "data:export"
    """Redacted training rows."""
    models_promote = "models:promote"
    jobs_manage = "jobs:manage"
    """Dead letters, refused files, the outbox: see and retry."""
    users_manage = "users:manage"
    """Users and tokens."""
    audit_read = "audit:read"
    privacy_manage = "privacy:manage"
    """Legal hold, erasure."""
    metrics_read = "metrics:read"


class Role(StrEnum):
    """The role of a user."""

    operator = "operator"
    qa = "qa"
    data = "data"
    admin = "admin"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.operator: frozenset(
        {Right.calls_read, Right.calls_listen, Right.calls_decide, Right.tickets_read, Right.tickets_write}
    ),
    Role.qa: frozenset(
        {Right.calls_read, Right.calls_listen, Right.reviews_write, Right.tickets_read, Right.reports_read}
    ),
    Role.data: frozenset({Right.reports_read, Right.data_export, Right.models_promote}),
    # An administrator keeps the machine, and has no need to read or hear what callers said.
    Role.admin: frozenset(
        {
            Right.calls_ingest,
            Right.tickets_read,
            Right.reports_read,
            Right.models_promote,
            Right.jobs_manage,
            Right.users_manage,
            Right.audit_read,
            Right.privacy_manage,
            Right.metrics_read,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from. user_pk, role: None for a machine."""

    actor: Actor
    rights: frozenset[Right]
    user_pk: int | None = None
    role: Role | None = None

    @property
    def name(self) -> str:
        """The user's or token's name, without what kind it is."""
        return self.actor.name.partition(":")[2]

"""What the routes share: settings, store, key, audit trail, and the loaded pipeline."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from api.changes import Changes
from api.intake_gate import IntakeGate
from api.rates import Rates
from api.service import Service
from triage.accounts.login import Logins
from triage.accounts.tokens import Tokens
from triage.accounts.users import Users
from triage.audit import Audit
from triage.casework.desk import Desk
from triage.intake.accept import Intake
from triage.operations.metrics import StoreCollector
from triage.secret import load_key
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.taxonomy import Taxonomy


class Context:
    """One a process. Nothing is read from disk or database before it is asked for. Raises InputError (rate limits)."""

    def __init__(self, settings: Settings, service: Service, database: Database) -> None:
        self.settings = settings
        self.service = service
        self.database = database
        self.rates = Rates(settings)
        # browsers take a cookie of this name over HTTPS only, from this very host
        self.cookie = "__Host-triage_session" if settings.cookie_secure else "triage_session"

    @cached_property
    def key(self) -> bytes:
        """The installation's key. Raises StoreError."""
        return load_key(self.settings)

    @cached_property
    def audit(self) -> Audit:
        """The audit trail. Raises StoreError."""
        return Audit(self.key)

    @cached_property
    def users(self) -> Users:
        """Users of this installation. Raises StoreError."""
        return Users(self.audit)

    @cached_property
    def logins(self) -> Logins:
        """Log-ins of this installation. Raises StoreError."""
        return Logins(self.database, self.audit, self.settings, self.key)

    @cached_property
    def tokens(self) -> Tokens:
        """Tokens of this installation. Raises StoreError."""
        return Tokens(self.database, self.audit)

    @cached_property
    def storage(self) -> Storage:
        """Where recordings are kept."""
        return Storage(self.settings.recordings_url)

    @cached_property
    def figures(self) -> StoreCollector:
        """The figures of the store, for Prometheus."""
        return StoreCollector(self.database)

    @cached_property
    def gate(self) -> IntakeGate:
        """Where recordings come in. Raises StoreError."""
        return IntakeGate(Intake(self.database, self.storage, self.settings, self.key), self.storage, self.settings)

    @cached_property
    def changes(self) -> Changes:
        """What changes in the calls, for server-sent events."""
        return Changes(self.database)

    @cached_property
    def desk(self) -> Desk:
        """Where calls are decided. Raises StoreError."""
        return Desk(self.database, self.audit, self.taxonomy, self.settings)

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy in use: the classifier's."""
        return self.service.pipeline.taxonomy


def get_context(request: Request) -> Context:
    """The context of the application that a request belongs to."""
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(get_context)]

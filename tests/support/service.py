"""The service for tests: an application on a test's database, and clients that are logged in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.context import Context
from support.calls import FakeClassifier, FakeTranscriber
from triage.accounts.rights import Right, Role
from triage.audit import Actor
from triage.pipeline import Pipeline
from triage.settings import Settings
from triage.store import Database
from triage.taxonomy import load_taxonomy

PASSWORD = "kuda laut terbang"
SETUP = Actor("cli:test", "test")


class ServiceUnderTest:
    """An application with fake models on a real database; recordings lie in a folder of the test."""

    def __init__(self, database: Database, folder: Path, **settings: object) -> None:
        values: dict[str, object] = {
            "data_dir": folder,
            "rate_limit": "100000/second",
            "login_rate_limit": "100000/second",
        }
        self.settings = Settings(_env_file=None, **{**values, **settings})  # type: ignore[arg-type, call-arg]
        self.database = database
        pipeline = Pipeline(FakeTranscriber(), FakeClassifier(), load_taxonomy())
        self.app: FastAPI = create_app(self.settings, pipeline, database)

    @property
    def context(self) -> Context:
        """What the application's routes share."""
        context: Context = self.app.state.context
        return context

    def anonymous(self) -> TestClient:
        """A client that has not logged in."""
        return TestClient(self.app, raise_server_exceptions=False)

    def client(self, role: str, name: str | None = None) -> TestClient:
        """A client logged in as a user of this role (made at the first call), with cookie and CSRF token."""
        name = name or f"{role}.uji"
        if all(user.name != name for user in self.users()):
            with self.database.write() as session:
                self.context.users.add(session, SETUP, name, Role(role), PASSWORD)
        client = self.anonymous()
        answer = client.post("/login", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def machine(self, *scopes: Right, name: str = "pbx") -> TestClient:
        """A client with a token of these scopes."""
        with self.database.write() as session:
            _, secret = self.context.tokens.add(session, SETUP, name, scopes, datetime.now(UTC), None)
        client = self.anonymous()
        client.headers["Authorization"] = f"Bearer {secret}"
        return client

    def users(self) -> list:
        """All users."""
        from triage.store.repositories.users import all_users

        with self.database.read() as session:
            return list(all_users(session))

"""Fixtures of the tests that drive the HTTP service."""

import pytest
from support.service import ServiceUnderTest


@pytest.fixture
def service(database, tmp_path):
    """The service on a store of its own, SQLite and PostgreSQL in turn."""
    return ServiceUnderTest(database, tmp_path)


@pytest.fixture
def admin(service):
    """A client logged in as an admin."""
    return service.client("admin")

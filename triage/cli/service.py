"""What the commands of the service share: the store, who acts, and its parts."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass

from triage.audit import Actor, Audit
from triage.operations.ready import check_key
from triage.secret import load_key
from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import prepare


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """The parts that a command on the service's own machine works with."""

    settings: Settings
    database: Database
    key: bytes
    audit: Audit
    actor: Actor


def open_service(settings: Settings, *, restoring: bool = False) -> ServiceParts:
    """Open the store and the key. Raises StoreError, also where the key is not the one of this store.

    restoring: what the store holds will be replaced, so its key does not matter.
    """
    database = Database(settings.store_url)
    prepare(database)
    key = load_key(settings)
    if not restoring:
        check_key(database, key)
    return ServiceParts(settings, database, key, Audit(key), Actor(f"cli:{_login()}", socket.gethostname()))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return "?"

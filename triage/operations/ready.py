"""Whether this process can do its work now."""

from __future__ import annotations

from datetime import UTC, datetime

from triage.errors import StoreError
from triage.secret import fingerprint
from triage.storage import Storage
from triage.store import Database
from triage.store.migrate import require_newest
from triage.store.repositories import notes

_FINGERPRINT = "key_fingerprint"


def check_key(database: Database, key: bytes) -> None:
    """Remember the key's fingerprint at the first start; afterwards raises StoreError where the key is another.

    With another key no caller is recognised any more, and the audit trail seems forged.
    """
    with database.write() as session:
        known = notes.get(session, _FINGERPRINT)
        if known is None:
            notes.put(session, _FINGERPRINT, fingerprint(key), datetime.now(UTC))
        elif known != fingerprint(key):
            raise StoreError(
                "key_changed",
                "Kunci (TRIAGE_SECRET_KEY atau data/secret.key) bukan kunci basis data ini. Pasang kunci yang semula; "
                "cadangannya disimpan terpisah.",
                "The key (TRIAGE_SECRET_KEY or data/secret.key) is not the one of this database. Put the original key "
                "back; its copy is kept apart from the backup.",
            )


def check_ready(database: Database, storage: Storage) -> None:
    """Raises StoreError where the database or the storage cannot be used."""
    require_newest(database)
    storage.exists("ready")

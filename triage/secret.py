"""The installation's key, and the keyed hashes made with it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from triage.errors import StoreError
from triage.settings import Settings

_BYTES = 32


def load_key(settings: Settings) -> bytes:
    """The key from TRIAGE_SECRET_KEY, else from data_dir/secret.key, which is made at the first use (mode 0600).

    Whoever has the database but not the key can neither look up a caller's number nor forge the audit chain.
    Raises StoreError where the file cannot be read or made.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / "secret.key"
    try:
        return path.read_bytes() if path.exists() else _make(path)
    except OSError as error:
        raise StoreError(
            "key_unreadable",
            f"Kunci {path} tidak dapat dibaca atau dibuat. Periksa izin foldernya, atau setel TRIAGE_SECRET_KEY.",
            f"The key {path} can be neither read nor made. Check the folder's permissions, or set TRIAGE_SECRET_KEY.",
        ) from error


def _make(path: Path) -> bytes:
    """Make the key file in one step, so that of two processes that start at once one wins and both use its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


def keyed_hash(key: bytes, purpose: str, value: str) -> str:
    """HMAC-SHA256 (RFC 2104) as 64 hex digits. `purpose` keeps hashes of different uses apart."""
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def fingerprint(key: bytes) -> str:
    """What may be stored to tell later whether the key is still the same; says nothing about the key."""
    return keyed_hash(key, "fingerprint", "")[:16]

"""Backup and restore: the rows of every table, and if wanted the recordings, in one tar file that says what is in it.

Rows, not the database's own files: a backup of SQLite goes back into PostgreSQL and the other way round. The key is not
in it, so that who finds a backup cannot look up callers; keep its copy elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from triage import __version__
from triage.errors import ConflictError, InputError
from triage.secret import fingerprint
from triage.storage import Storage
from triage.store import Database
from triage.store.migrate import current, newest, prepare
from triage.store.repositories import dump

_MANIFEST = "manifest.json"


class Part(BaseModel):
    """A file of the backup."""

    rows: int | None = None
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds."""

    version: str
    schema_version: str
    key_fingerprint: str
    created_at: datetime
    tables: dict[str, Part]
    audio: dict[str, Part]


def back_up(database: Database, storage: Storage, key: bytes, target: Path, *, audio: bool) -> Manifest:
    """Write a backup of one moment, while the service runs. The file is there whole, or not at all; mode 0600.

    audio: recordings too. Raises StoreError, ConflictError where the file exists already.
    """
    if target.exists():
        raise ConflictError(
            "backup_exists",
            f"{target.name} sudah ada. Pilih nama lain; cadangan lama tidak ditimpa.",
            f"{target.name} exists. Choose another name; an old backup is not overwritten.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        version=__version__,
        schema_version=current(database) or "",
        key_fingerprint=fingerprint(key),
        created_at=datetime.now(UTC),
        tables={},
        audio={},
    )
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as archive:
                with dump.snapshot(database) as connection:
                    for table in dump.TABLES:
                        manifest.tables[table.name] = _add_table(archive, connection, table)
                for reference in _recordings(storage) if audio else ():
                    manifest.audio[reference] = _add(archive, f"audio/{reference}", storage.read(reference))
                _add(archive, _MANIFEST, manifest.model_dump_json(indent=1).encode())
            raw.flush()
            os.fsync(raw.fileno())
        Path(draft).rename(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return manifest


def restore(database: Database, storage: Storage, key: bytes, source: Path, *, force: bool) -> Manifest:
    """Put a backup back, all or nothing as far as the database goes, after checking every part of it.

    force: remove what the database holds. Calls that were being worked on go out to workers again.
    Raises InputError (not a whole backup), ConflictError (database not empty), StoreError.
    """
    manifest = verify_backup(source)
    prepare(database)
    _check_fit(manifest, key)
    with tarfile.open(source, "r:gz") as archive, database.engine.begin() as connection:
        if not dump.is_empty(connection) and not force:
            raise ConflictError(
                "restore_not_empty",
                "Basis data tujuan tidak kosong. Pakai basis data baru, atau --force untuk mengganti semua isinya.",
                "The target database is not empty. Use a new one, or --force to replace all it holds.",
            )
        dump.clear(connection)
        for table in dump.TABLES:
            with _member(archive, f"tables/{table.name}.jsonl") as file:
                dump.load(connection, table, (json.loads(line) for line in file))
        dump.finish(connection)
        for reference in manifest.audio:
            with _member(archive, f"audio/{reference}") as file:
                storage.write(reference, file.read())
    return manifest


def verify_backup(source: Path) -> Manifest:
    """The manifest of a backup whose every part is whole. Raises InputError."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            with _member(archive, _MANIFEST) as file:
                manifest = Manifest.model_validate_json(file.read())
            parts = {f"tables/{name}.jsonl": part for name, part in manifest.tables.items()}
            parts |= {f"audio/{name}": part for name, part in manifest.audio.items()}
            damaged = [name for name, part in parts.items() if _digest_of(archive, name) != part.sha256]
    except (OSError, EOFError, tarfile.TarError, ValidationError, KeyError) as error:
        raise _damaged(source, "") from error
    if damaged:
        raise _damaged(source, damaged[0])
    return manifest


def _check_fit(manifest: Manifest, key: bytes) -> None:
    if manifest.schema_version != newest():
        raise InputError(
            "backup_schema",
            f"Cadangan ini berskema {manifest.schema_version}, versi ini perlu {newest()}. Pulihkan dengan "
            f"Triage 112 {manifest.version}, lalu `triage db upgrade`.",
            f"This backup has schema {manifest.schema_version}, this version needs {newest()}. Restore it with "
            f"Triage 112 {manifest.version}, then run `triage db upgrade`.",
        )
    if manifest.key_fingerprint != fingerprint(key):
        raise InputError(
            "backup_key",
            "Cadangan ini dibuat dengan kunci lain. Pasang dahulu kunci semula (TRIAGE_SECRET_KEY atau secret.key).",
            "This backup was made with another key. First put the original key back (TRIAGE_SECRET_KEY or secret.key).",
        )


def _recordings(storage: Storage) -> Iterator[str]:
    return (name for name in storage.names() if not Path(name).name.startswith("."))


def _add_table(archive: tarfile.TarFile, connection: Connection, table: Any) -> Part:
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as file:
        for row in dump.rows(connection, table):
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
        size = file.tell()
        file.seek(0)
        _add_file(archive, f"tables/{table.name}.jsonl", file, size)
    return Part(rows=count, bytes=size, sha256=digest.hexdigest())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> Part:
    _add_file(archive, name, io.BytesIO(data), len(data))
    return Part(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _add_file(archive: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, file)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _digest_of(archive: tarfile.TarFile, name: str) -> str:
    with _member(archive, name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _damaged(source: Path, part: str) -> InputError:
    where = f" ({part})" if part else ""
    return InputError(
        "backup_damaged",
        f"{source.name}{where} bukan cadangan yang utuh. Pakai cadangan lain; tidak ada yang diubah.",
        f"{source.name}{where} is not a whole backup. Use another one; nothing was changed.",
    )

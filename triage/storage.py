"""Where recordings are kept: a folder, S3 or anything else that fsspec knows, behind one URL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any

import fsspec

from triage.errors import MissingError, StoreError

_OBJECT_STORES = frozenset({"s3", "gs", "az", "abfs", "oci", "memory"})
"""A put there is atomic, and a rename a copy; elsewhere a file is written under a temporary name and renamed."""
TEMPORARY = ".tmp-"
"""Names that begin so are unfinished: a crash may leave them."""


class Storage:
    """The files under one URL.

    A file is known by its reference: its path below the URL. What `write` returns is what the database keeps, so the
    whole storage can be moved (a bigger disk, a bucket) by changing the URL alone, and no reference leads outside.
    All methods raise StoreError where the storage cannot be reached, and for a reference that is none.
    """

    def __init__(self, url: str) -> None:
        """url: Settings.recordings_url. Connects at the first use."""
        self.url = url

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """File system and root folder."""
        try:
            # others write too: a cached listing would not know of their files
            file_system, root = fsspec.url_to_fs(self.url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise StoreError(
                "storage_unsupported",
                f"Penyimpanan {_scheme(self.url)} tidak dapat dipakai. Periksa TRIAGE_AUDIO_URL; untuk s3:// pasang "
                "`triage112[s3]`.",
                f"The storage {_scheme(self.url)} cannot be used. Check TRIAGE_AUDIO_URL; for s3:// install "
                "`triage112[s3]`.",
            ) from error
        return file_system, root.rstrip("/")

    @property
    def local_folder(self) -> Path | None:
        """The folder of this machine (or mounted on it) where the files are; None for other stores."""
        return Path(self._place[1]) if "file" in self._protocols else None

    @property
    def _protocols(self) -> frozenset[str]:
        protocol = self._place[0].protocol
        return frozenset({protocol} if isinstance(protocol, str) else protocol)

    def write(self, name: str, data: bytes) -> str:
        """Keep these bytes under a path of folders and a file name, and return the reference to them.

        Either the whole file is there afterwards, safe from a power cut, or none: nobody ever reads half of one.
        A file of this name is replaced.
        """
        path = self._path(name)
        with self._translated(name):
            if self.local_folder:
                _write_local(Path(path), data)
            elif self._protocols & _OBJECT_STORES:
                self._place[0].pipe_file(path, data)
            else:
                self._write_and_rename(path, data)
        return name

    def read(self, uri: str) -> bytes:
        """The bytes of a file. Raises MissingError."""
        path = self._path(uri)
        with self._translated(uri):
            data: bytes = self._place[0].cat_file(path)
            return data

    def open(self, uri: str) -> IO[bytes]:
        """A file to read from and seek in; close it. Raises MissingError."""
        path = self._path(uri)
        with self._translated(uri):
            file: IO[bytes] = self._place[0].open(path, "rb")
            return file

    def size(self, uri: str) -> int:
        """Size in bytes. Raises MissingError."""
        path = self._path(uri)
        with self._translated(uri):
            return int(self._place[0].size(path))

    def exists(self, uri: str) -> bool:
        """Whether the file is there."""
        path = self._path(uri)
        with self._translated(uri):
            return bool(self._place[0].isfile(path))

    def delete(self, uri: str) -> None:
        """Remove a file for good; none there is as good."""
        path = self._path(uri)
        with self._translated(uri):
            try:
                self._place[0].rm_file(path)
            except FileNotFoundError:
                return
            if self.local_folder:
                _sync_folder(Path(path).parent)

    def names(self) -> Iterator[str]:
        """References of all files, also of those that no call refers to; temporary ones left by a crash too."""
        file_system, root = self._place
        with self._translated(""):
            for _, _, files in file_system.walk(root, detail=True):
                yield from (entry["name"].removeprefix(root).lstrip("/") for entry in files.values())

    def reference_of(self, url: str) -> str | None:
        """The reference of a URL under this storage's own; None for any other."""
        own = self.url.rstrip("/") + "/"
        reference = url.removeprefix(own)
        return reference if url.startswith(own) and _is_reference(reference) else None

    def _path(self, reference: str) -> str:
        if not _is_reference(reference):
            raise StoreError(
                "storage_reference",
                "Rujukan rekaman di basis data tidak sah. Jalankan `triage doctor`.",
                "A recording's reference in the database is invalid. Run `triage doctor`.",
            )
        return f"{self._place[1]}/{reference}"

    def _write_and_rename(self, path: str, data: bytes) -> None:
        file_system = self._place[0]
        folder, _, name = path.rpartition("/")
        draft = f"{folder}/{TEMPORARY}{secrets.token_hex(4)}-{name}"
        file_system.makedirs(folder, exist_ok=True)
        try:
            file_system.pipe_file(draft, data)
            file_system.mv(draft, path)
        except BaseException:
            if file_system.exists(draft):
                file_system.rm_file(draft)
            raise

    @contextmanager
    def _translated(self, reference: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise MissingError(
                "audio_missing",
                f"Rekaman {reference} tidak ada di penyimpanan. Periksa TRIAGE_AUDIO_URL, atau pulihkan dari cadangan.",
                f"The recording {reference} is not in the storage. Check TRIAGE_AUDIO_URL, or restore a backup.",
            ) from error
        except StoreError:
            raise
        except Exception as error:  # each store has its own: botocore's are no OSError
            raise StoreError(
                "storage_unavailable",
                f"Penyimpanan rekaman tidak dapat dijangkau atau penuh ({type(error).__name__}). Periksa "
                "TRIAGE_AUDIO_URL, izin dan ruang disk, lalu coba lagi.",
                f"The storage of recordings cannot be reached or is full ({type(error).__name__}). Check "
                "TRIAGE_AUDIO_URL, permissions and free space, then try again.",
            ) from error


def _is_reference(reference: str) -> bool:
    """A relative path that stays inside: no empty, dotted or backslashed parts, no null byte."""
    parts = reference.split("/")
    return (
        all(part not in ("", ".", "..") for part in parts)
        and not any(character in reference for character in "\\\0")
        and not PurePosixPath(reference).is_absolute()
    )


def _write_local(path: Path, data: bytes) -> None:
    """Write, fsync, rename, fsync the folder: the order that survives a power cut."""
    _make_folder(path.parent)
    draft = path.with_name(f"{TEMPORARY}{secrets.token_hex(4)}-{path.name}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    """mkdir -p that lasts: each new folder's entry is synced too."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _scheme(url: str) -> str:
    """All of a URL that may be told: the rest can hold a password."""
    return f"{url.partition('://')[0]}://"

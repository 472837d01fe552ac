"""What lies in a PBX's recording folder, and which of it is complete."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import blake2b
from pathlib import Path

from triage.intake.caller import mask_numbers
from triage.intake.names import read_name
from triage.recording.container import is_growing_wav
from triage.recording.load import OPEN_FLAGS

_UNFINISHED_ENDINGS = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")
_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was seen; size in bytes, modified_ns since 1970."""

    path: Path
    size: int
    modified_ns: int

    @property
    def digest(self) -> bytes:
        """16 bytes instead of the whole: a folder may hold a million files."""
        return blake2b(f"{self.size}:{self.modified_ns}:".encode() + os.fsencode(self.path), digest_size=16).digest()


def look_at(path: Path) -> FileState | None:
    """The file as it is now, a symbolic link as itself; None where none is, or no file."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
        return FileState(path, status.st_size, status.st_mtime_ns)
    return None


def walk(root: Path) -> Iterator[FileState]:
    """All candidates below a folder; symbolic links to folders are not followed. Raises OSError where it is gone."""
    os.scandir(root).close()  # os.walk says nothing of a folder that it cannot open
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not is_temporary(name) and (state := look_at(Path(folder, name))):
                yield state


def is_temporary(name: str) -> bool:
    """Whether a name is that of a file which is still being written or copied."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED_ENDINGS)


def is_candidate(root: Path, path: Path) -> bool:
    """Whether `walk` could have found this path: below root, nothing hidden or temporary, no link on the way."""
    if not path.is_relative_to(root):
        return False
    *folders, name = path.relative_to(root).parts or ("",)
    if not name or is_temporary(name) or any(folder.startswith(".") for folder in folders):
        return False
    return not any(parent.is_symlink() for parent in path.parents if parent.is_relative_to(root) and parent != root)


def is_growing(state: FileState) -> bool:
    """Whether the header says that more is to come."""
    try:
        with open(os.open(state.path, OPEN_FLAGS), "rb") as file:  # noqa: PTH123 - a descriptor
            return is_growing_wav(file.read(_HEAD), state.size)
    except OSError:
        return False


def shown(root: Path, path: Path) -> str:
    """The path below root as it may be shown: printable, telephone numbers masked."""
    *folders, name = ("".join(filter(str.isprintable, part)) for part in path.relative_to(root).parts)
    return "/".join([*map(mask_numbers, folders), read_name(name, UTC).masked])


class Settling:
    """Tells when a file has not changed for a while. Times by one clock, in seconds."""

    def __init__(self, seconds: float, patience: float) -> None:
        """seconds: quiet time of a complete file; patience: of one whose header promises more."""
        self._seconds = seconds
        self._patience = patience
        self._seen: dict[Path, tuple[FileState, float]] = {}

    def is_complete(self, state: FileState, now: float) -> bool:
        """Whether the file, seen so at this time, may be read."""
        known = self._seen.get(state.path)
        if known is None or known[0] != state:
            self._seen[state.path] = (state, now)
            return False
        quiet = now - known[1]
        return quiet >= self._patience or (quiet >= self._seconds and not is_growing(state))

    def forget(self, path: Path) -> None:
        """The file is dealt with, or gone."""
        self._seen.pop(path, None)

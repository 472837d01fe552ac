"""Files in and out: which recordings were meant, and results written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from triage.errors import InputError

RECORDING_SUFFIXES = frozenset(
    {".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".aac", ".amr", ".awb", ".webm", ".gsm"}
)
"""What is taken from a folder. A file that is named itself is always tried, whatever it is called."""


def find_recordings(paths: Sequence[Path]) -> list[Path]:
    """The files meant: each named file, and the recordings directly inside each named folder, sorted; each once.

    Raises InputError for a folder without recordings.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.iterdir() if file.suffix.lower() in RECORDING_SUFFIXES)
        if not inside:
            raise InputError(
                "folder_without_recordings",
                f"Folder {path} tidak berisi rekaman (.wav, .mp3, .ogg, .flac, .m4a, .amr ...). Periksa foldernya.",
                f"Folder {path} holds no recordings (.wav, .mp3, .ogg, .flac, .m4a, .amr ...). Check the folder.",
            )
        found += inside
    return list(dict.fromkeys(found))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file whole or not at all: into a temporary file beside it, then renamed.

    Raises InputError when the folder cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{line}\n" for line in lines)
            # mkstemp gives 0600; a result has the rights of any new file.
            umask = os.umask(0)
            os.umask(umask)
            Path(temporary).chmod(0o666 & ~umask)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the operating system raises where a file cannot be written into an InputError."""
    try:
        yield
    except OSError as error:
        raise InputError(
            "output_not_writable",
            f"{path} tidak dapat ditulis ({error.strerror}). Pilih berkas di folder lain.",
            f"{path} cannot be written ({error.strerror}). Choose a file in another folder.",
        ) from error

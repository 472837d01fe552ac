"""Bytes or a path in, Recording out: the one way into the pipeline."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path, PureWindowsPath

import numpy as np
from numpy.typing import NDArray

from triage.recording.decode import Decoded, Probed, decode, probe
from triage.recording.facts import measure
from triage.recording.faults import fault
from triage.recording.model import Recording, Role
from triage.settings import Settings

_SAME_DB = -40.0
"""Channels that differ by less are one channel written twice; the echo of a line is 10 to 30 dB down."""
_BLOCK = 1 << 20
OPEN_FLAGS = os.O_RDONLY
"""No symbolic link is followed, no pipe waited for."""
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # not every system has all of them
    OPEN_FLAGS |= getattr(os, _flag, 0)


def read_recording(path: Path, settings: Settings) -> Recording:
    """Read a recording from a file.

    Raises RecordingError as read_file and load_recording do.
    """
    return load_recording(read_file(path, file_label(path.name), settings), path.name, settings)


def read_file(path: Path, file: str, settings: Settings) -> bytes:
    """The bytes of a recording's file, and no more of it than may be. file: what errors call it.

    Raises RecordingError: recording_not_found, recording_not_a_file (folder, symbolic link, device, pipe),
    recording_unreadable, recording_too_large (before reading).
    """
    try:
        # O_NOFOLLOW and a check on the open descriptor: what is checked is what is read. O_NONBLOCK: no hanging pipe.
        descriptor = os.open(path, OPEN_FLAGS)
    except FileNotFoundError as error:
        raise fault("recording_not_found", file) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        code = "recording_not_a_file" if path.is_symlink() or path.is_dir() else "recording_unreadable"
        raise fault(code, file) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise fault("recording_not_a_file", file)
    with os.fdopen(descriptor, "rb") as stream:
        check_size(status.st_size, file, settings)
        try:
            return stream.read(settings.max_bytes + 1)
        except OSError as error:  # a bad sector, a share that is gone
            raise fault("recording_unreadable", file) from error


def check_recording(data: bytes, file: str, settings: Settings) -> Probed:
    """Whether load_recording will take these bytes, at a fraction of its cost. Raises RecordingError as it does."""
    file = file_label(file)
    check_size(len(data), file, settings)
    probed = probe(data, file, settings.max_seconds)
    _check_length(probed.seconds, file, settings)
    return probed


def load_recording(data: bytes, file: str, settings: Settings) -> Recording:
    """Decode a recording, normalise its level and measure it.

    data: the file's bytes; file: its name, of which only the last part is kept. Mono gives one channel `mixed`, stereo
    `caller` and `operator` as settings.caller_channel says; stereo whose channels are the same is mono.
    Raises RecordingError with a code of triage.recording.faults; nothing else.
    """
    file = file_label(file)
    check_size(len(data), file, settings)
    decoded = decode(data, file, settings.max_seconds)
    _check_length(decoded.seconds, file, settings)
    return Recording(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        duration=decoded.seconds,
        sample_rate=decoded.sample_rate,
        codec=decoded.codec,
        container=decoded.container,
        channels=tuple(
            measure(decoded.samples[index], role, decoded.peaks[index], decoded.clipping_shares[index])
            for role, index in _roles(decoded, settings)
        ),
    )


def file_label(file: str) -> str:
    """The last part of a file name from anywhere, without characters that would steer a terminal."""
    name = "".join(character for character in PureWindowsPath(file).name if character.isprintable())
    return "recording" if name in ("", ".", "..") else name


def check_size(size: int, file: str, settings: Settings) -> None:
    """Raises RecordingError recording_too_large."""
    if size > settings.max_bytes:
        raise fault("recording_too_large", file, size=_mebibytes(size), limit=_mebibytes(settings.max_bytes))


def _check_length(seconds: float, file: str, settings: Settings) -> None:
    if seconds < settings.min_seconds:
        raise fault("recording_too_short", file, seconds=seconds, limit=settings.min_seconds)


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def _roles(decoded: Decoded, settings: Settings) -> list[tuple[Role, int]]:
    """Which channel is whose, the caller first."""
    if len(decoded.samples) == 1 or _same(*decoded.samples):
        del decoded.samples[1:]
        return [("mixed", 0)]
    caller = 0 if settings.caller_channel == "left" else 1
    return [("caller", caller), ("operator", 1 - caller)]


def _same(left: NDArray[np.float32], right: NDArray[np.float32]) -> bool:
    """Whether two channels carry the same sound; lossy codecs leave small differences."""
    difference = total = 0.0
    for start in range(0, left.size, _BLOCK):
        a, b = left[start : start + _BLOCK], right[start : start + _BLOCK]
        difference += float(np.square(a - b).sum(dtype=np.float64))
        total += float(np.square(a).sum(dtype=np.float64) + np.square(b).sum(dtype=np.float64))
    return difference <= total / 2 * 10 ** (_SAME_DB / 10)

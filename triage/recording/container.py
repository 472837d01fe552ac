"""Which container a recording is in, told by its first bytes, and what its header promises.

FFmpeg is never left to guess: its probing takes text for subtitles or MPEG, and its playlist formats (HLS, concat)
open other files. Only the demuxers named here are used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from triage.recording.faults import fault

_ARCHIVES = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
_UNKNOWN_SIZE = (0, 0xFFFFFFFF)
"""Data sizes written by a PBX that streams and does not come back to mend the header."""
_TRUNCATED_ABOVE = 1.1
"""A header that promises over 10 % more than is there: the recording is cut, and what is missing may be the address."""
RATES = range(4_000, 192_001)
"""Hz. A header outside this is wrong; resampling from 1 Hz would also blow a small file up to hours."""


@dataclass(frozen=True, slots=True)
class Container:
    """demuxer: FFmpeg's name; options for it; exact_duration: the duration in its header is a count, no estimate."""

    name: str
    demuxer: str
    options: dict[str, str]
    exact_duration: bool = False


def identify(data: bytes, file: str) -> Container:
    """The container of these bytes, its header checked.

    Raises RecordingError: recording_empty, _archive, _not_audio, and for WAV _no_samples, _truncated, _damaged,
    _sample_rate, _channels.
    """
    if not data:
        raise fault("recording_empty", file)
    if data.startswith(_ARCHIVES):
        raise fault("recording_archive", file)
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return _wav(data, file)
    if data.startswith(b"OggS"):
        return Container("ogg", "ogg", {})
    if data.startswith(b"fLaC"):
        return Container("flac", "flac", {}, exact_duration=True)
    if data.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return Container("amr", "amr", {})
    if data[4:8] == b"ftyp":
        return Container("m4a", "mov", {}, exact_duration=True)
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Container("webm", "matroska", {})
    if data.startswith(b"ID3") or _is_mp3_header(data):
        return Container("mp3", "mp3", {})
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0:  # ADTS: 12 sync bits, layer 0
        return Container("aac", "aac", {})
    raise fault("recording_not_audio", file)


def _is_mp3_header(data: bytes) -> bool:
    """A valid MPEG audio layer III frame header (ISO 11172-3, 2.4.1.3); also keeps out UTF-16 text (FF FE)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    return version != 1 and bitrate not in (0, 15) and rate != 3


def _wav(data: bytes, file: str) -> Container:
    """Walk the RIFF chunks to the audio; compare what they promise with what is there."""
    data_size_64 = None
    byte_rate = 0
    for chunk, body, size in _chunks(data):
        if chunk == b"fmt " and body + 16 <= len(data):
            byte_rate = _checked_format(data, body, file)
        elif chunk == b"ds64" and body + 16 <= len(data):
            data_size_64 = struct.unpack_from("<Q", data, body + 8)[0]
        elif chunk == b"data":
            if not byte_rate:
                raise fault("recording_damaged", file)
            promised = data_size_64 if data_size_64 and size == 0xFFFFFFFF else size
            return _wav_data(data, body, promised, byte_rate, file)
    raise fault("recording_no_samples" if byte_rate else "recording_damaged", file)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and size of each chunk's body, as far as the data reach."""
    position = 12
    while position + 8 <= len(data):
        chunk, size = struct.unpack_from("<4sI", data, position)
        yield chunk, position + 8, size
        position += 8 + size + size % 2


def is_growing_wav(head: bytes, size: int) -> bool:
    """Whether a file of this size that begins so is a WAV file whose header does not give its length, or not this one.

    A PBX writes the length when the call is over; a copy under way is shorter than its header says.
    """
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return False
    for chunk, body, promised in _chunks(head):
        if chunk == b"data":
            return promised in _UNKNOWN_SIZE or body + promised > size
    return len(head) == size  # not even the header is complete


def _checked_format(data: bytes, body: int, file: str) -> int:
    """The byte rate of a `fmt ` chunk, at least 1."""
    _, channels, rate, byte_rate = struct.unpack_from("<HHII", data, body)
    if rate not in RATES:
        raise fault("recording_sample_rate", file, rate=rate)
    if channels not in (1, 2):
        raise fault("recording_channels", file, channels=channels)
    return max(1, int(byte_rate))


def _wav_data(data: bytes, body: int, promised: int, byte_rate: int, file: str) -> Container:
    there = len(data) - body
    if there <= 0:
        raise fault("recording_no_samples", file)
    if promised in _UNKNOWN_SIZE:
        return Container("wav", "wav", {"ignore_length": "1"})
    if promised > there * _TRUNCATED_ABOVE:
        raise truncated(file, promised / byte_rate, there / byte_rate)
    # A recorder that died before mending its header leaves audio after the promised end: read it, do not lose it.
    tail = data[body + promised + promised % 2 :]
    is_chunk = len(tail) < 8 or (tail[:4].isascii() and int.from_bytes(tail[4:8], "little") <= len(tail))
    return Container("wav", "wav", {} if is_chunk else {"ignore_length": "1"})


def truncated(file: str, promised: float, found: float) -> Exception:
    """The error recording_truncated; promised and found in seconds."""
    return fault("recording_truncated", file, promised=f"{promised:.1f} s", found=f"{found:.1f} s")


def is_truncated(promised: float, found: float) -> bool:
    """Whether a header that promises so many seconds is to be believed over what was found."""
    return promised > found * _TRUNCATED_ABOVE

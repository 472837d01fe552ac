"""Every recording under 'What bad input gets' in docs/design.md, with the code of its error and its HTTP status."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bad:
    """A file name, its bytes, the code and HTTP status expected."""

    file: str
    data: bytes
    code: str
    status: int = 422


def wav(
    samples: bytes,
    *,
    tag: int = 1,
    rate: int = 8000,
    channels: int = 1,
    bits: int = 16,
    promised: int | None = None,
) -> bytes:
    """A RIFF file with these sample bytes; `promised` is the data size its header gives."""
    size = len(samples) if promised is None else promised
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", size) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def tone(seconds: float = 2.0, rate: int = 8000) -> bytes:
    """16-bit samples of a 440 Hz tone."""
    time = np.arange(int(seconds * rate)) / rate
    return (8000 * np.sin(2 * np.pi * 440 * time)).astype("<i2").tobytes()


def good() -> bytes:
    """A recording that can be used."""
    return wav(tone())


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("call.wav", bytes(5_000_000))
    return packed.getvalue()


BAD_RECORDINGS = (
    Bad("text.wav", b"halo, ini bukan rekaman\n" * 50, "recording_not_audio"),
    Bad("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "recording_not_audio"),
    Bad("empty.wav", b"", "recording_empty"),
    Bad("zero_length.wav", wav(b""), "recording_no_samples"),
    Bad("too_short.wav", wav(tone(0.2)), "recording_too_short"),
    Bad("truncated.wav", wav(tone(), promised=10 * len(tone())), "recording_truncated"),
    Bad("cut_header.wav", good()[:30], "recording_damaged"),
    Bad("unknown_codec.wav", wav(tone(), tag=0x7A21), "recording_codec_unknown"),
    Bad("zero_hertz.wav", wav(tone(), rate=0), "recording_sample_rate"),
    Bad(
        "nan.wav",
        wav(np.full(16_000, np.nan, dtype="<f4").tobytes(), tag=3, bits=32),
        "recording_bad_samples",
    ),
    Bad("bomb.zip", _zip_bomb(), "recording_archive"),
    Bad("bomb.wav", gzip.compress(bytes(5_000_000)), "recording_archive"),
    Bad("too_large.wav", wav(tone(40)), "recording_too_large", 413),
    Bad("too_long.wav", wav(np.zeros(8 * 70_000, dtype="u1").tobytes(), tag=7, bits=8), "recording_too_long"),
)
"""With the limits below."""

MAX_BYTES = 600_000
MAX_SECONDS = 30.0

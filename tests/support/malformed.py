"""Two hundred files that are no usable recordings, each wrong by construction, always the same ones."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import av
import numpy as np

from support.bad_recordings import BAD_RECORDINGS, good, tone, wav

_STARTS = {
    "wav": b"RIFF\x24\x00\x01\x00WAVE",
    "ogg": b"OggS\x00\x02",
    "flac": b"fLaC\x00\x00\x00\x22",
    "mp3": b"ID3\x04\x00\x00",
    "m4a": b"\x00\x00\x00\x20ftypM4A ",
    "webm": b"\x1a\x45\xdf\xa3",
    "amr": b"#!AMR\n\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "pdf": b"%PDF-1.7\n",
    "exe": b"MZ\x90\x00",
    "zip": b"PK\x03\x04",
    "gz": b"\x1f\x8b\x08",
}


def malformed_files() -> list[tuple[str, bytes]]:
    """200 pairs of file name and bytes. To be sent under BAD_RECORDINGS' limits (MAX_BYTES, MAX_SECONDS)."""
    files = [(bad.file, bad.data) for bad in BAD_RECORDINGS]
    chance = random.Random(112)
    for maker in (_noise, _cut_headers, _wrong_headers, _promises, _wrong_samples, _too_short, _cut_containers, _texts):
        files += list(maker(chance))
    return files[:200]


def _noise(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Random bytes after the beginning of a known format."""
    for ending, start in _STARTS.items():
        for length in (16, 500, 20_000, 200_000):
            yield f"derau-{length}.{ending}", start + chance.randbytes(length)


def _cut_headers(_: random.Random) -> Iterator[tuple[str, bytes]]:
    for length in range(1, 44, 2):
        yield f"kepala-{length}.wav", good()[:length]


def _wrong_headers(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    for rate in (0, 1, 100, 3_999, 192_001, 0xFFFFFFFF):
        data = bytearray(good())
        data[24:28] = rate.to_bytes(4, "little")
        yield f"laju-{rate}.wav", bytes(data)
    for channels in (0, 3, 6, 8, 255, 65_535):
        data = bytearray(good())
        data[22:24] = channels.to_bytes(2, "little")
        yield f"kanal-{channels}.wav", bytes(data)
    for _ in range(12):
        yield f"codec-{chance.random():.6f}.wav", wav(tone(), tag=chance.randrange(0x7000, 0x7FFF))


def _promises(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(16):
        factor = chance.uniform(1.2, 1_000)
        yield f"terpotong-{factor:.2f}.wav", wav(tone(), promised=int(factor * len(tone())))


def _wrong_samples(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    for value in (np.nan, np.inf, -np.inf, 1e9, -1e30):
        for bits, kind in ((32, "<f4"), (64, "<f8")):
            samples = np.zeros(16_000, kind)
            samples[chance.randrange(samples.size)] = value
            yield f"nilai-{value}-{bits}.wav", wav(samples.tobytes(), tag=3, bits=bits)


def _too_short(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(10):
        yield f"pendek-{chance.random():.6f}.wav", wav(tone(chance.uniform(0.01, 0.95)))


def _cut_containers(_: random.Random) -> Iterator[tuple[str, bytes]]:
    """Files whose header counts more than is left of them, or that are cut within the header."""
    for ending, codec in (("flac", "flac"), ("m4a", "aac")):
        whole = _encoded(ending, codec)
        for share in (0.01, 0.1, 0.3, 0.5, 0.6):
            yield f"putus-{share}.{ending}", whole[: int(len(whole) * share)]


def _texts(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    lines = ("<html>404</html>", '{"error": "not found"}', "1,2\n3,4", "#EXTM3U\nfile:///etc/passwd", "é" * 99)
    for number in range(60):
        yield f"teks-{number}.wav", f"{lines[number % len(lines)]} {chance.random()}\n".encode() * (number + 1)


def _encoded(ending: str, codec: str) -> bytes:
    output = io.BytesIO()
    with av.open(output, "w", format={"m4a": "mp4"}.get(ending, ending)) as container:
        stream = container.add_stream(codec, rate=16_000, layout="mono")
        samples = np.frombuffer(tone(4, 16_000), "<i2").reshape(1, -1).copy()
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 16_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return output.getvalue()

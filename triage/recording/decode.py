"""Decoding with PyAV, in memory: bytes -> samples at 16 kHz and what only the original samples can tell."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from triage.recording.container import RATES, Container, identify, is_truncated, truncated
from triage.recording.faults import fault
from triage.recording.model import SAMPLE_RATE

_CODECS = frozenset(
    {"mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "aac", "alac", "gsm", "gsm_ms"}
    | {"amrnb", "amr_nb", "libopencore_amrnb", "amrwb", "adpcm_ms", "adpcm_ima_wav", "g722", "g726"}
)
"""Decoders in use, beside pcm_*. FFmpeg has a hundred more that no PBX writes: left out as attack surface."""
_CLIPPED = 0.98
"""Full scale for clipping: the largest code is 0.980 in mu-law, 0.984 in A-law, 1.0 in PCM."""
_SANE = 100.0
"""+40 dBFS. Float samples beyond it are damage or integers in disguise."""
_FLOATS = ("flt", "dbl")
_BAD_PACKETS = 0.1
_BLOCK = 60 * SAMPLE_RATE
"""Samples are collected in blocks so large that freeing one gives its memory back to the system."""


@dataclass(slots=True)
class Decoded:
    """samples: one float32 array (n,) at SAMPLE_RATE a channel, not yet levelled.

    sample_rate (Hz) and codec as in the file; peaks (full scale = 1) and clipping_shares (0..1) before resampling.
    """

    container: str
    codec: str
    sample_rate: int
    samples: list[NDArray[np.float32]] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    clipping_shares: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples[0].size / SAMPLE_RATE if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Probed:
    """What a recording was found to be without keeping its samples; sample_rate in Hz."""

    container: str
    codec: str
    sample_rate: int
    seconds: float


def decode(data: bytes, file: str, max_seconds: float) -> Decoded:
    """Decode the first audio stream of these bytes; stops as soon as it is longer than max_seconds.

    Raises RecordingError with any code of triage.recording.faults that content can cause, but recording_too_short.
    """
    with _opened(data, file, max_seconds) as source:
        decoded = Decoded(source.container.name, source.codec, source.sample_rate)
        collector = _Collector(file, source.channels)
        for frame in source.frames():
            collector.take(frame)
        source.check_packets()
        collector.finish(decoded)
        source.check_length(decoded.seconds)
        return decoded


def probe(data: bytes, file: str, max_seconds: float) -> Probed:
    """Decode the same stream without keeping its samples: what decode() would refuse is refused here, for less work.

    Raises RecordingError as decode() does.
    """
    with _opened(data, file, max_seconds) as source:
        for frame in source.frames():
            if frame.format.name.startswith(_FLOATS):  # integers are within the scale, whatever they hold
                _check_sane(np.abs(frame.to_ndarray()), file)
        source.check_packets()
        source.check_length(source.seconds)
        return Probed(source.container.name, source.codec, source.sample_rate, source.seconds)


@contextmanager
def _opened(data: bytes, file: str, max_seconds: float) -> Iterator[_Source]:
    container = identify(data, file)
    try:
        with av.open(
            io.BytesIO(data),
            mode="r",
            format=container.demuxer,
            options=container.options,
            metadata_errors="replace",
        ) as opened:
            yield _Source(opened, container, file, max_seconds)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        # ValueError: PyAV's own checks on headers that FFmpeg lets pass.
        raise fault("recording_damaged", file) from error


def _checked_codec(stream: AudioStream, file: str) -> str:
    context = stream.codec_context
    name = context.name if context is not None else "?"
    if context is None or not (name in _CODECS or name.startswith("pcm_")):
        raise fault("recording_codec_unknown", file, codec=name)
    if context.sample_rate not in RATES:
        raise fault("recording_sample_rate", file, rate=context.sample_rate)
    if context.channels not in (1, 2):
        raise fault("recording_channels", file, channels=context.channels)
    context.thread_count = 1
    return name


def _check_sane(magnitudes: NDArray[np.floating], file: str) -> None:
    # NaN compares false with everything: ask for what is sane, not for what is not.
    if not bool((magnitudes <= _SANE).all()):
        raise fault("recording_bad_samples", file)


class _Source:
    """The first audio stream of an opened file: its frames, and what is wrong with it."""

    def __init__(self, opened: InputContainer, container: Container, file: str, max_seconds: float) -> None:
        if not opened.streams.audio:
            raise fault("recording_no_audio_stream", file)
        self.stream = opened.streams.audio[0]
        self.codec = _checked_codec(self.stream, file)
        self.sample_rate = self.stream.codec_context.sample_rate
        self.channels = self.stream.codec_context.channels
        self.container = container
        self.seconds = 0.0
        self._opened = opened
        self._file = file
        self._max_seconds = max_seconds
        self._packets = 0
        self._bad_packets = 0

    def frames(self) -> Iterator[av.AudioFrame]:
        """Frames as the decoder gives them; the length so far is in `seconds`."""
        samples = 0
        for frame in self._decoded():
            yield frame
            samples += frame.samples
            self.seconds = samples / frame.sample_rate
            if self.seconds > self._max_seconds:
                raise fault("recording_too_long", self._file, limit=self._max_seconds)

    def _decoded(self) -> Iterator[av.AudioFrame]:
        packets = self._opened.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:  # the container breaks off: what came before is kept, the caller judges how much
                self._bad_packets += 1
                return
            if packet is None:
                return
            self._packets += 1
            try:
                yield from packet.decode()
            except av.FFmpegError:
                self._bad_packets += 1

    def check_packets(self) -> None:
        """Raises recording_damaged where too many packets could not be decoded."""
        if self._bad_packets > max(1, _BAD_PACKETS * self._packets):
            raise fault("recording_damaged", self._file)

    def check_length(self, found: float) -> None:
        """Raises RecordingError where the length found, in seconds, is nothing or not what the header promised."""
        stream = self.stream
        if stream.duration and stream.time_base and self.container.exact_duration:
            promised = float(stream.duration * stream.time_base)
            if is_truncated(promised, found):
                raise truncated(self._file, promised, found)
        if not found:
            raise fault("recording_damaged" if self._bad_packets else "recording_no_samples", self._file)


class _Collector:
    """Takes frames in, counts clipping at their own rate, collects them at SAMPLE_RATE."""

    def __init__(self, file: str, channels: int) -> None:
        self.file = file
        self.original_samples = 0
        self.clipped = np.zeros(channels)
        self.peak = np.zeros(channels)
        self.blocks: deque[NDArray[np.float32]] = deque()
        self.collected = 0
        self.to_float = AudioResampler(format="fltp")
        self.to_rate = AudioResampler(format="fltp", rate=SAMPLE_RATE)

    def take(self, frame: av.AudioFrame) -> None:
        for piece in self.to_float.resample(frame):
            samples = np.abs(piece.to_ndarray())
            _check_sane(samples, self.file)
            self.original_samples += samples.shape[1]
            self.clipped += (samples >= _CLIPPED).sum(axis=1)
            self.peak = np.maximum(self.peak, samples.max(axis=1, initial=0.0))
            self._collect(self.to_rate.resample(piece))

    def _collect(self, pieces: list[av.AudioFrame]) -> None:
        for piece in pieces:
            samples = piece.to_ndarray()
            while samples.shape[1]:
                used = self.collected % _BLOCK
                if not used:
                    self.blocks.append(np.empty((self.peak.size, _BLOCK), np.float32))
                fitting = samples[:, : _BLOCK - used]
                self.blocks[-1][:, used : used + fitting.shape[1]] = fitting
                self.collected += fitting.shape[1]
                samples = samples[:, fitting.shape[1] :]

    def finish(self, decoded: Decoded) -> None:
        if not self.original_samples:
            return
        self._collect(self.to_rate.resample(None))
        # Filled block by block while the blocks are freed: two hours are 460 MB a channel, and must not be there twice.
        decoded.samples = [np.empty(self.collected, np.float32) for _ in self.peak]
        for start in range(0, self.collected, _BLOCK):
            for channel, samples in zip(decoded.samples, self.blocks.popleft(), strict=True):
                piece = channel[start : start + _BLOCK]
                piece[:] = samples[: piece.size]
        decoded.peaks = [float(peak) for peak in self.peak]
        decoded.clipping_shares = [float(clipped / self.original_samples) for clipped in self.clipped]

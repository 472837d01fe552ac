"""Cutting channels into windows a recogniser takes whole, and putting what it heard back into one transcript."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from triage.recording import Channel, Recording, Span
from triage.recording.model import SAMPLE_RATE
from triage.speech import Segment
from triage.speech.doubts import DoubtLimits, doubt_segments
from triage.transcribers.base import Progress

CONTEXT_SECONDS = 0.2
"""Sound kept on both sides of a window: voice activity starts late on soft onsets."""
SHORTEST_PIECE_SECONDS = 1.0
"""A hard cut leaves at least this much on both sides: less is no word a recogniser can make out."""
_FRAME = SAMPLE_RATE // 50


def speech_windows(recording: Recording, window_seconds: float, join_gap_seconds: float) -> list[tuple[Channel, Span]]:
    """All windows of a recording, channel by channel: speech only, each at most window_seconds long.

    Neighbouring speech shares a window when the pause between is at most join_gap_seconds. Windows do not overlap.
    """
    return [
        (channel, window)
        for channel in recording.channels
        for window in _windows(channel, window_seconds, join_gap_seconds)
    ]


def samples_in(channel: Channel, window: Span) -> NDArray[np.float32]:
    """The channel's samples in a window (a view, not a copy)."""
    return channel.samples[round(window.start * SAMPLE_RATE) : round(window.end * SAMPLE_RATE)]


def transcribe_windows(
    recording: Recording,
    windows: list[tuple[Channel, Span]],
    hear: Callable[[Channel, Span], Iterable[Segment]],
    *,
    limits: DoubtLimits,
    progress: Progress | None = None,
) -> tuple[Segment, ...]:
    """Hear every window and return all segments in order of start, with their doubts.

    hear: gives a window's segments, with times from the start of the recording; they are kept inside the window here.
    progress: called with the share of the windows' seconds done, rising to 1.0 (at once when there is no speech).
    """
    total = sum(window.seconds for _, window in windows)
    done = 0.0
    segments: list[Segment] = []
    for channel, window in windows:
        segments += [_inside(segment, window) for segment in hear(channel, window)]
        done += window.seconds
        if progress and done < total:
            progress(done / total)
    if progress:
        progress(1.0)
    segments.sort(key=lambda segment: (segment.start, segment.end))
    speech = {channel.role: channel.speech for channel in recording.channels}
    return doubt_segments(segments, speech, limits)


def _windows(channel: Channel, window_seconds: float, join_gap_seconds: float) -> list[Span]:
    limit = window_seconds - 2 * CONTEXT_SECONDS
    groups: list[Span] = []
    previous_end = -inf
    for span in (piece for speech in channel.speech for piece in _split(channel.samples, speech, limit)):
        gap = span.start - previous_end
        if gap <= join_gap_seconds and span.end - groups[-1].start <= limit:
            groups[-1] = Span(groups[-1].start, span.end)
        else:
            groups.append(span)
        previous_end = span.end
    ends = [0.0, *(group.end for group in groups)]
    starts = [*(group.start for group in groups), channel.samples.size / SAMPLE_RATE]
    before = [min(CONTEXT_SECONDS, (start - end) / 2) for start, end in zip(starts, ends, strict=True)]
    return [
        Span(group.start - before[i], group.end + min(CONTEXT_SECONDS, before[i + 1])) for i, group in enumerate(groups)
    ]


def _split(samples: NDArray[np.float32], span: Span, limit: float) -> Iterable[Span]:
    """Pieces of at most `limit` seconds, cut at the quietest point of each second half."""
    start = span.start
    while span.end - start > limit:
        latest = max(min(start + limit, span.end - SHORTEST_PIECE_SECONDS), start + limit / 2 + 0.1)
        cut = _quietest(samples, Span(start + limit / 2, latest))
        yield Span(start, cut)
        start = cut
    yield Span(start, span.end)


def _quietest(samples: NDArray[np.float32], span: Span) -> float:
    """Middle, in seconds, of the quietest 100 ms (five frames of 20 ms) of a span of at least that length."""
    first = round(span.start * SAMPLE_RATE)
    frames = samples[first : round(span.end * SAMPLE_RATE)]
    frames = frames[: frames.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    energy = np.convolve(np.square(frames, dtype=np.float64).sum(axis=1), np.ones(5), mode="same")
    # Frames at the edge have fewer neighbours and would look quiet.
    best = int(np.argmin(energy[2:-2])) + 2 if energy.size > 4 else energy.size // 2
    return (first + (best + 0.5) * _FRAME) / SAMPLE_RATE


def _inside(segment: Segment, window: Span) -> Segment:
    """The segment with all times inside the window, in milliseconds: recognisers place words in their own padding."""

    def clamp(time: float) -> float:
        return round(float(min(max(time, window.start), window.end)), 3)

    words = tuple(replace(word, start=clamp(word.start), end=clamp(word.end)) for word in segment.words)
    return replace(segment, start=clamp(segment.start), end=clamp(segment.end), words=words)

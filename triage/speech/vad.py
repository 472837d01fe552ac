"""Voice activity by Silero VAD, as faster-whisper bundles it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage.recording.model import SAMPLE_RATE, Span

INPUT_GAIN = 10 ** (-12 / 20)
"""Brings the -26 dBFS of a normalised channel down to -38: Silero v6 is hurt by loud speech, not by quiet.

Share of the recording found as speech in six synthetic voices (espeak-ng, telephone band, noise 34 dB down), by active
level: five voices .79-.84 from -20 to -40 dBFS alike; the sixth .08 at -20, .37 at -26, .69 at -30, .81 at -35, .82 at
-40; without noise it falls again at -55 (.28 of its windows). At -38 speech may be 15 dB off to either side.
Noise alone (white, brown, telephone band, hum, ringback) at any level from -70 to -10 dBFS: highest probability .30.
"""
THRESHOLD = 0.4
"""Below Silero's usual 0.5: a missed voice costs more than a stretch of noise given to the recogniser."""
MIN_SPEECH_SECONDS = 0.15
"""A shorter burst is a click; the shortest answers ("ya") are longer."""
MIN_SILENCE_SECONDS = 0.5
"""Pauses between words stay inside a span; the default of 2 s would hide every pause of a conversation."""
PAD_SECONDS = 0.2
"""Kept on both sides, so that soft onsets and final consonants reach the recogniser."""
BLOCK_SECONDS = 120
"""Silero sees blocks of this length: it copies its input twice, and needs 0.4 MB a second."""


def speech_spans(samples: NDArray[np.float32]) -> tuple[Span, ...]:
    """Voiced spans of a channel, in order, not overlapping, inside the recording.

    samples: float32, shape (n,), at SAMPLE_RATE, level normalised (triage.recording.level.normalise).
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=THRESHOLD,
        min_speech_duration_ms=int(MIN_SPEECH_SECONDS * 1000),
        min_silence_duration_ms=int(MIN_SILENCE_SECONDS * 1000),
        speech_pad_ms=int(PAD_SECONDS * 1000),
    )
    spans: list[Span] = []
    block = BLOCK_SECONDS * SAMPLE_RATE
    for start in range(0, samples.size, block):
        for found in get_speech_timestamps(
            samples[start : start + block] * np.float32(INPUT_GAIN), options, SAMPLE_RATE
        ):
            span = Span((start + found["start"]) / SAMPLE_RATE, (start + found["end"]) / SAMPLE_RATE)
            if spans and span.start - spans[-1].end < MIN_SILENCE_SECONDS - 2 * PAD_SECONDS:  # cut by the block's edge
                spans[-1] = Span(spans[-1].start, span.end)
            else:
                spans.append(span)
    return tuple(spans)


def silences(spans: tuple[Span, ...], duration: float) -> tuple[Span, ...]:
    """What lies before, between and after spans (in order), in a recording of this many seconds."""
    edges = [0.0, *(edge for span in spans for edge in (span.start, span.end)), duration]
    return tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a)

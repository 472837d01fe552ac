"""Doubts about segments: a recogniser writes fluent text on silence and noise, and gets stuck in loops.

Nothing is dropped here. A doubted segment is shown to the operator and kept from the classifier.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz, process

from triage.recording import Role, Span
from triage.speech.transcript import Doubt, Segment

VOICE_SHARE = 0.3
"""Below this share of voice under its words a segment was written on something else than speech."""
COMPRESSION_RATIO = 2.4
"""Whisper's own limit of repetition (Radford et al. 2022, section 4.5), by zlib."""
COMPRESSION_BYTES = 200
"""Some 12 s of speech. Shorter text that compresses so well may be a caller's own; there only repeats count."""
LOW_LOGPROB = -1.0
"""Whisper's own limit (section 4.5), in nats a token."""
PHANTOM_SIMILARITY = 95.0
"""Of 100. One letter off in a phrase of 25; at 90 "terima kasih sudah menolong" would count as "... menonton"."""
REPEATS = {1: 8, 2: 6}
REPEATS_OF_MORE = 4
"""Times in a row from which one word, two words, or more are a loop. Callers in distress repeat themselves: "tolong
tolong tolong", an address three times over. A loop has no reason to stop."""
LONGEST_REPEATED = 12
LOOP_GAP_SECONDS = 2.0
"""Equal segments further apart are separate answers ("iya" ... "iya")."""


@dataclass(frozen=True, slots=True)
class DoubtLimits:
    """Where doubt begins; the scales are each model's own (Manifest).

    low_logprob: average log-probability below which a segment is doubted.
    letters_apart: letter distance (triage.transcribers.letters) above which it is doubted.
    """

    low_logprob: float = LOW_LOGPROB
    letters_apart: float = 1.0


def doubt_segments(
    segments: Iterable[Segment],
    speech_spans_by_role: Mapping[Role, Sequence[Span]],
    limits: DoubtLimits = DoubtLimits(),
) -> tuple[Segment, ...]:
    """The same segments in the same order, each with its doubts; doubts it had before are replaced.

    speech_spans_by_role: voice activity of each channel, in seconds, not overlapping.
    """
    given = tuple(segments)
    runs = _runs(given)
    return tuple(
        replace(segment, doubts=tuple(_doubts(segment, runs[i], speech_spans_by_role, limits)))
        for i, segment in enumerate(given)
    )


def normalise(text: str) -> str:
    """Lower case, letters and digits only, one space between words."""
    return " ".join(re.findall(r"\w+", text.lower().replace("_", " ")))


def repeats(words: Sequence[str]) -> tuple[int, int]:
    """The first loop in words: how many words it repeats, and how many times in a row; (0, 0) when there is none."""
    for length in range(1, min(LONGEST_REPEATED, len(words) // 2) + 1):
        matched = 0  # how many words in a row equal the one `length` before
        for i in range(length, len(words)):
            matched = matched + 1 if words[i] == words[i - length] else 0
            if matched // length + 1 >= REPEATS.get(length, REPEATS_OF_MORE):
                return length, matched // length + 1
    return 0, 0


def _doubts(segment: Segment, run: int, speech: Mapping[Role, Sequence[Span]], limits: DoubtLimits) -> Iterable[Doubt]:
    share = _voice_share(segment, speech.get(segment.channel, ()))
    if share < VOICE_SHARE:
        yield Doubt("no_voice", round(share, 3))
    loop = _loop(segment.text, run)
    if loop is not None:
        yield Doubt("loop", round(loop, 3))
    similarity = _phantom_similarity(segment.text)
    if similarity >= PHANTOM_SIMILARITY:
        yield Doubt("phantom_phrase", round(similarity / 100, 3))
    if segment.avg_logprob is not None and segment.avg_logprob < limits.low_logprob:
        yield Doubt("low_logprob", round(segment.avg_logprob, 3))
    if segment.letter_distance is not None and segment.letter_distance > limits.letters_apart:
        yield Doubt("letters_apart", round(segment.letter_distance, 3))


def _voice_share(segment: Segment, speech: Sequence[Span]) -> float:
    """Share of the time of the segment's words (of the segment, where they have no length) that lies under voice.

    Words and not the whole segment: Whisper lets a segment last through the pause that follows it.
    """
    spans = [Span(word.start, word.end) for word in segment.words if word.end > word.start]
    spans = spans or [Span(segment.start, segment.end)]
    total = sum(span.seconds for span in spans)
    if total <= 0:  # no length at all: in voice or not
        return float(any(s.start <= segment.start <= s.end for s in speech))
    voiced = sum(max(0.0, min(a.end, b.end) - max(a.start, b.start)) for a in spans for b in speech)
    return min(1.0, voiced / total)


def _loop(text: str, run: int) -> float | None:
    """How strongly the text repeats itself (times in a row, else compression ratio), or None when it is no loop."""
    _, times = repeats(normalise(text).split() * run)
    if times:
        return float(times)
    raw = text.encode()
    ratio = len(raw) / len(zlib.compress(raw))
    return ratio if ratio > COMPRESSION_RATIO and len(raw) >= COMPRESSION_BYTES else None


def _runs(segments: Sequence[Segment]) -> list[int]:
    """For each segment: how many segments of its channel, one closely after the other, say the same with it."""
    runs = [1] * len(segments)
    by_channel: dict[Role, list[int]] = {}
    for i, segment in enumerate(segments):
        by_channel.setdefault(segment.channel, []).append(i)
    for indices in by_channel.values():
        group: list[int] = []
        for i in indices:
            if group and not _continues(segments[group[-1]], segments[i]):
                group = []
            group.append(i)
            for member in group:
                runs[member] = len(group)
    return runs


def _continues(earlier: Segment, later: Segment) -> bool:
    return later.start - earlier.end <= LOOP_GAP_SECONDS and normalise(earlier.text) == normalise(later.text)


@cache
def _phantom_phrases() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whole phrases, and openings that any few words may follow (written with a final *), both normalised."""
    lines = files("triage.speech").joinpath("data/phantom_phrases.txt").read_text(encoding="utf-8").splitlines()
    phrases = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    whole = tuple(normalise(phrase) for phrase in phrases if not phrase.endswith("*"))
    openings = tuple(normalise(phrase) for phrase in phrases if phrase.endswith("*"))
    return whole, openings


def _phantom_similarity(text: str) -> float:
    """Similarity (0..100) with a phantom phrase of the whole text, or of the least similar of its sentences."""
    sentences = [s for s in (normalise(part) for part in re.split(r"[.!?\n]+", text)) if s]
    if not sentences:
        return 0.0
    return max(_sentence_similarity(normalise(text)), min(map(_sentence_similarity, sentences)))


def _sentence_similarity(sentence: str) -> float:
    whole, openings = _phantom_phrases()
    best = process.extractOne(sentence, whole, scorer=fuzz.ratio)
    scores = [best[1] if best else 0.0]
    for opening in openings:
        words, needed = sentence.split(), len(opening.split())
        if needed < len(words) <= needed + 6:
            scores.append(fuzz.ratio(" ".join(words[:needed]), opening))
    return max(scores)

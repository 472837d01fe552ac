"""The answer of an OpenAI-compatible transcription server, in any of the shapes in use."""

from __future__ import annotations

from math import exp

from pydantic import BaseModel, ConfigDict, Field

from triage.recording import Role, Span
from triage.speech import Segment, Word

_LANGUAGE_NAMES = {"indonesian": "id", "malay": "ms", "javanese": "jw", "sundanese": "su", "english": "en"}
"""OpenAI's own server spells languages out; these are the ones a call to 112 in Indonesia may be taken for."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AnswerWord(_Part):
    """A word; times in seconds from the start of the audio sent."""

    word: str
    start: float
    end: float
    probability: float | None = Field(default=None, ge=0, le=1)


class AnswerSegment(_Part):
    """A segment; some servers put its words here, others beside the segments."""

    start: float
    end: float
    text: str
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    words: list[AnswerWord] | None = None


class Answer(_Part):
    """verbose_json, or plain JSON with text alone."""

    text: str
    language: str | None = None
    segments: list[AnswerSegment] | None = None
    words: list[AnswerWord] | None = None

    @property
    def language_code(self) -> str:
        """ISO 639-1, or "und" when the server does not say it in a known way."""
        language = (self.language or "").strip().lower()
        return language if len(language) == 2 else _LANGUAGE_NAMES.get(language, "und")


def to_segments(answer: Answer, role: Role, window: Span) -> list[Segment]:
    """Segments with times in the recording. Text without segments becomes one that lasts as long as the window."""
    parts = answer.segments or [AnswerSegment(start=0.0, end=window.seconds, text=answer.text)]
    loose = list(answer.words or ())
    segments = []
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        mine = part.words or [w for w in loose if last or (w.start + w.end) / 2 < part.end]
        loose = [w for w in loose if w not in mine]
        if part.text.strip():
            segments.append(_segment(part, mine, role, window.start))
    return segments


def _segment(part: AnswerSegment, words: list[AnswerWord], role: Role, offset: float) -> Segment:
    # A server that gives no probability of a word may give its segment's: the mean log-probability of a token.
    usual = min(1.0, exp(part.avg_logprob)) if part.avg_logprob is not None else 1.0
    return Segment(
        channel=role,
        start=offset + part.start,
        end=offset + part.end,
        text=part.text.strip(),
        words=tuple(
            Word(w.word.strip(), offset + w.start, offset + w.end, usual if w.probability is None else w.probability)
            for w in words
            if w.word.strip()
        ),
        avg_logprob=part.avg_logprob,
        no_speech_prob=part.no_speech_prob,
        compression_ratio=part.compression_ratio,
    )

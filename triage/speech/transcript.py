"""What a recogniser said, with the doubts about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from triage.recording.model import Role

DoubtKind = Literal["no_voice", "loop", "phantom_phrase", "low_logprob", "letters_apart"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a segment may be wrong. `value` is the measure behind it (overlap share, ratio, log-probability ...)."""

    kind: DoubtKind
    value: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word; times in seconds from the start of the recording, probability in 0..1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of transcript. avg_logprob, no_speech_prob, compression_ratio as Whisper defines them (None: unknown)."""

    channel: Role
    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    letter_distance: float | None = None
    """0..1: how far the recogniser's second reading, letter by letter, is from the text (None: it has none)."""
    doubts: tuple[Doubt, ...] = ()

    @property
    def may_be_speech(self) -> bool:
        """Trusted, or doubted for its probability, its two readings or for saying the same thing over and over.

        A whisper or another language is written with low probability, and a caller in panic repeats himself. That keeps
        it from the classifier, but a cry for help in it must still make a person listen; text invented on silence (the
        other doubts) must not.
        """
        return all(doubt.kind in ("low_logprob", "letters_apart", "loop") for doubt in self.doubts)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Segments of all channels in order of start; `language` an ISO 639-1 code."""

    language: str
    segments: tuple[Segment, ...]
    recogniser: str
    """Name and version of the model that wrote it."""

    def trusted(self) -> tuple[Segment, ...]:
        """Segments without a doubt: the only ones that are classified."""
        return tuple(s for s in self.segments if not s.doubts)

    def unsure_of_caller(self) -> bool:
        """Whether something that the caller seems to have said is doubted, and so was kept from the classifier."""
        return any(s.doubts and s.may_be_speech and s.channel != "operator" and s.text.strip() for s in self.segments)

"""A transcript as the database keeps it, and back.

The body is the transcript as a suggestion shows it, its times in milliseconds; beside it stand the recogniser's own
measures of each segment. Read back it gives the same suggestion, and a newer classifier misses nothing.
"""

from __future__ import annotations

from typing import Any, cast

from triage.recording import Role
from triage.speech import Doubt, DoubtKind, Segment, Transcript, Word
from triage.store.tables import TranscriptRow
from triage.suggestion.build import transcript_part

MEASURES = ("avg_logprob", "no_speech_prob", "compression_ratio", "letter_distance")
"""Fields of a Segment that the contract does not show, in the order in which they are kept."""


def body_of(transcript: Transcript) -> dict[str, Any]:
    """As in Suggestion.transcript."""
    return transcript_part(transcript).model_dump(mode="json")


def measures_of(transcript: Transcript) -> list[list[float | None]]:
    """MEASURES of each segment."""
    return [[getattr(segment, name) for name in MEASURES] for segment in transcript.segments]


def searchable(transcript: Transcript) -> str:
    """What was said, without what a recogniser invents on silence."""
    return "\n".join(segment.text.strip() for segment in transcript.segments if segment.may_be_speech)


def transcript_of(row: TranscriptRow) -> Transcript:
    """The transcript that a row keeps."""
    segments = row.body["segments"]
    measures = row.measures or [[None] * len(MEASURES)] * len(segments)
    return Transcript(
        row.body["language"],
        tuple(_segment(segment, kept) for segment, kept in zip(segments, measures, strict=True)),
        row.recogniser,
    )


def _segment(kept: dict[str, Any], measures: list[float | None]) -> Segment:
    return Segment(
        channel=cast(Role, kept["channel"]),
        start=kept["start"],
        end=kept["end"],
        text=kept["text"],
        words=tuple(Word(**word) for word in kept["words"]),
        doubts=tuple(Doubt(cast(DoubtKind, doubt["kind"]), doubt["value"]) for doubt in kept["doubts"]),
        **dict(zip(MEASURES, measures, strict=True)),
    )

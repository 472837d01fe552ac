"""The suggestion: the contract between Triage 112 and whoever reads it (CLI, API, console). Schema version 1.

docs/suggestion.md describes it field by field; a test holds that page to this file.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Disposition(_Part):
    """What kind of call it is."""

    label: Literal["ticket", "information", "ghost"]
    probability: float = Field(ge=0, le=1)


class Choice(_Part):
    """One entry of a pick list, best first."""

    code: str
    name: str
    probability: float = Field(ge=0, le=1)


class Priority(_Part):
    """P1 (life in danger now) to P4 (information)."""

    code: str
    probability: float = Field(ge=0, le=1)


class GhostEvidence(_Part):
    """One piece of evidence for (weight > 0) or against (weight < 0) a ghost call."""

    source: Literal["audio", "text"]
    code: str
    text: str = Field(description="In Indonesian, for the operator.")
    weight: float = Field(ge=-1, le=1)


class Ghost(_Part):
    """The ghost verdict: probability is never above cap."""

    probability: float = Field(ge=0, le=1)
    kind: str | None = Field(description="Code of the ghost kind, null when the call is not suggested as a ghost.")
    cap: float = Field(ge=0, le=1)
    evidence: list[GhostEvidence]
    advice: str | None = Field(description="What to do before closing, from the taxonomy; null without a kind.")


class SafetyHit(_Part):
    """A safety exception that fired."""

    code: str
    title: str
    action: str
    quote: str
    start: float | None = None
    end: float | None = None


class Place(_Part):
    """A place of the gazetteer that was heard. `ask_back` names its near-twins: ask, never guess."""

    id: str
    name: str
    quote: str
    score: float = Field(ge=0, le=1)
    ask_back: list[str]
    start: float | None = None
    end: float | None = None


class Evidence(_Part):
    """Words that made a complaint type, with their time in the recording."""

    quote: str
    supports: str
    weight: float
    start: float | None = None
    end: float | None = None


class TranscriptWord(_Part):
    """A word with times in seconds and probability."""

    text: str
    start: float
    end: float
    probability: float


class SegmentDoubt(_Part):
    """Why a segment may be wrong: shown to the operator, kept from the classifier."""

    kind: str
    value: float


class TranscriptSegment(_Part):
    """A piece of transcript."""

    channel: str
    start: float
    end: float
    text: str
    words: list[TranscriptWord]
    doubts: list[SegmentDoubt]


class TranscriptPart(_Part):
    """The whole transcript."""

    language: str
    channels: list[str]
    segments: list[TranscriptSegment]


class AudioTone(_Part):
    """A signalling tone."""

    kind: str
    start: float
    end: float
    detail: str


class ChannelFacts(_Part):
    """Acoustic facts of one channel; levels in dBFS, times in seconds, shares in 0..1."""

    role: str
    level_dbfs: float
    peak_dbfs: float
    noise_floor_dbfs: float
    clipping_share: float
    speech_seconds: float
    speech_share: float
    longest_silence: float
    music_share: float
    broadcast_share: float
    tones: list[AudioTone]


class Audio(_Part):
    """The recording; speech_seconds and level_dbfs are those of the caller's channel."""

    file: str
    sha256: str
    duration: float
    sample_rate: int
    codec: str
    container: str
    speech_seconds: float
    level_dbfs: float
    channels: list[ChannelFacts]


class Versions(_Part):
    """What made the suggestion."""

    recogniser: str
    classifier: str
    taxonomy: str


class Suggestion(_Part):
    """A suggestion for one call. `decision` is `listen` when a person must hear it before anything else."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    call_id: str
    decision: Literal["suggest", "listen"]
    disposition: Disposition
    complaint_type: list[Choice]
    sure_of: Literal["type", "opd"] | None = Field(
        description="What may be taken over at a glance: the first type, else only the first OPD, else nothing."
    )
    pick_list: list[Choice] = Field(description="Types of which one is right in nearly all calls; at most five.")
    target_opd: list[Choice]
    supporting_opd: list[str]
    priority: Priority
    ghost: Ghost
    safety: list[SafetyHit]
    places: list[Place]
    evidence: list[Evidence]
    transcript: TranscriptPart | None = Field(description="Null when only text was classified.")
    audio: Audio | None = Field(description="Null when only text was classified.")
    warnings: list[str]
    versions: Versions

    def to_json(self) -> str:
        """The one JSON form: UTF-8, two spaces of indentation, the same from CLI and API."""
        return self.model_dump_json(by_alias=True, indent=2)

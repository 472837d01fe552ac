"""Recordings, transcripts and models small enough to write down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from triage.classifier import Classification, EvidenceSpan, Turn
from triage.ghost import GhostVerdict
from triage.recording import AcousticFacts, Channel, Recording, Role, Span
from triage.speech import Doubt, DoubtKind, Segment, Transcript, Word
from triage.taxonomy import load_taxonomy
from triage.transcribers.base import Progress

FACTS = AcousticFacts(
    level_dbfs=-24.0,
    peak_dbfs=-6.0,
    noise_floor_dbfs=-60.0,
    loudest_dbfs=-18.0,
    clipping_share=0.0,
    speech_seconds=4.0,
    speech_share=0.4,
    longest_silence=1.5,
    tones=(),
    music_share=0.0,
    broadcast_share=0.0,
    distress_sounds=(),
)
SHA256 = "0123456789abcdef" * 4


def recording(
    *roles: Role, facts: AcousticFacts = FACTS, speech: tuple[Span, ...] = (Span(1.0, 5.0),), duration: float = 10.0
) -> Recording:
    """A recording with these channels (caller and operator unless said), all with the same facts."""
    samples = np.zeros(16, dtype=np.float32)
    channels = tuple(Channel(role, samples, speech, facts) for role in roles or ("caller", "operator"))
    return Recording("call.wav", SHA256, duration, 8000, "pcm_mulaw", "wav", channels)


def segment(text: str, channel: Role = "caller", start: float = 0.0, doubts: Sequence[DoubtKind] = ()) -> Segment:
    """A segment whose words last half a second each."""
    words = tuple(
        Word(f" {word}", start + 0.5 * index, start + 0.5 * index + 0.5, 0.9) for index, word in enumerate(text.split())
    )
    end = words[-1].end if words else start
    return Segment(channel, start, end, f" {text}", words, doubts=tuple(Doubt(kind, 0.5) for kind in doubts))


def transcript(*segments: Segment) -> Transcript:
    """Segments as a transcript."""
    return Transcript("id", segments, "fake-recogniser 1")


TREE = Classification(
    disposition={"ticket": 0.9, "information": 0.06, "ghost": 0.04},
    complaint_type={"pohon_tumbang": 0.8, "penebangan_pohon": 0.1, "gangguan_listrik": 0.06, "banjir": 0.04},
    target_opd={"DLHK": 0.9, "PLN": 0.06, "BPBD": 0.04},
    priority={"P1": 0.1, "P2": 0.7, "P3": 0.15, "P4": 0.05},
    ghost_kind={"prank_anak": 0.5, "salah_sambung": 0.5},
    safety={"none": 1.0},
    sure_of="type",
    pick_list=("pohon_tumbang", "penebangan_pohon"),
)
"""A fallen tree, fairly sure."""

NO_GHOST = GhostVerdict(probability=0.04, kind=None, cap=0.6, evidence=(), advice=None, listen=False, reasons=())


def ghost(**changes: object) -> GhostVerdict:
    """A ghost verdict: a prank, not to be listened to, unless changed."""
    prank = GhostVerdict(
        probability=0.7, kind="prank_anak", cap=0.85, evidence=(), advice="Edukasi singkat.", listen=False, reasons=()
    )
    return replace(prank, **changes)  # type: ignore[arg-type]


class FakeTranscriber:
    """Gives the same segments for every recording."""

    name = "fake-recogniser 1"

    def __init__(self, *segments: Segment, warnings: tuple[str, ...] = ()) -> None:
        self.segments = segments
        self.warnings = warnings

    def transcribe(self, recording: Recording, progress: Progress | None = None) -> Transcript:
        """The segments it was made with."""
        if progress:
            progress(1.0)
        return Transcript("id", self.segments, self.name)


class FakeClassifier:
    """Gives one classification for every call and remembers what it was asked."""

    name = "fake-classifier 1"
    taxonomy = load_taxonomy()

    def __init__(self, classification: Classification = TREE, warnings: tuple[str, ...] = ()) -> None:
        self.classification = classification
        self.warnings = warnings
        self.asked: list[tuple[Turn, ...]] = []

    def classify(self, calls: Sequence[Sequence[Turn]], *, evidence: bool = False) -> list[Classification]:
        """The classification it was made with; with evidence, the first word of the first turn."""
        self.asked += [tuple(turns) for turns in calls]
        return [self._one(turns) if evidence else self.classification for turns in calls]

    def _one(self, turns: Sequence[Turn]) -> Classification:
        if self.classification.evidence or not turns or not turns[0].text.split():
            return self.classification
        word = turns[0].text.split()[0]
        start = turns[0].text.index(word)
        best = max(self.classification.complaint_type, key=self.classification.complaint_type.__getitem__)
        return replace(self.classification, evidence=(EvidenceSpan(0, start, start + len(word), best, 0.4),))

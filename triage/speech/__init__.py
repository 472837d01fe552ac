"""Voice activity and transcripts: segments, words and the doubts about them."""

from triage.speech.transcript import Doubt, DoubtKind, Segment, Transcript, Word

__all__ = ["Doubt", "DoubtKind", "Segment", "Transcript", "Word"]

"""Acoustic and textual evidence for a ghost call, kept apart and capped."""

from triage.ghost.judge import judge
from triage.ghost.verdict import GhostEvidence, GhostVerdict

__all__ = ["GhostEvidence", "GhostVerdict", "judge"]

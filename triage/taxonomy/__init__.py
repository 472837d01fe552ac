"""Types, OPDs, ghost kinds and safety exceptions: loaded from data, versioned, checked at load."""

from triage.taxonomy.load import load_taxonomy
from triage.taxonomy.model import (
    ComplaintType,
    Confusion,
    GhostKind,
    Opd,
    OpdException,
    SafetyException,
    Target,
    Taxonomy,
    Utterance,
)

__all__ = [
    "ComplaintType",
    "Confusion",
    "GhostKind",
    "Opd",
    "OpdException",
    "SafetyException",
    "Target",
    "Taxonomy",
    "Utterance",
    "load_taxonomy",
]

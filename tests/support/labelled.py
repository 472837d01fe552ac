"""Labels of a small city, logits, answers and calls for tests of the classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.corpus.load import Call, CallTurn
from triage.classifier.labels import Labels
from triage.classifier.model import Classification

PRIORITIES = ("P1", "P2", "P3", "P4")
LABELS = Labels(
    disposition=("ticket", "information", "ghost"),
    complaint_type=("banjir", "sampah", "pohon_tumbang"),
    target_opd=("BPBD", "DLHK", "PLN"),
    priority=PRIORITIES,
    ghost_kind=("prank_anak", "panggilan_tes"),
    safety=("none", "S1", "S2"),
    opd_prior={"banjir": {"BPBD": 1.0}, "sampah": {"DLHK": 1.0}, "pohon_tumbang": {"DLHK": 0.75, "PLN": 0.25}},
    priority_prior=dict.fromkeys(("banjir", "sampah", "pohon_tumbang"), dict.fromkeys(PRIORITIES, 0.25)),
)


def logits(**heads: dict[str, float]) -> NDArray[np.float32]:
    """Logits (outputs,) of LABELS: 0, but for the named codes of the named heads."""
    found = np.zeros(LABELS.outputs, dtype=np.float32)
    for head, scores in heads.items():
        for code, score in scores.items():
            found[LABELS.slices()[head].start + LABELS.codes(head).index(code)] = score
    return found


def answer(**changes: Any) -> Classification:
    """An answer sure of a flood, unless changed."""
    sure: dict[str, Any] = {
        "disposition": {"ticket": 1.0, "information": 0.0, "ghost": 0.0},
        "complaint_type": {"banjir": 0.9, "sampah": 0.1},
        "target_opd": {"BPBD": 1.0},
        "priority": {"P1": 1.0},
        "ghost_kind": {"prank_anak": 1.0},
        "safety": {"none": 1.0, "S1": 0.0},
    }
    return Classification(**sure | changes)


def ticket(name: str = "A1", said: str = "air naik ke rumah", **changes: Any) -> Call:
    """A call about a flood, unless changed."""
    flood: dict[str, Any] = {
        "id": name,
        "turns": (CallTurn(speaker="caller", text=said),),
        "disposition": "ticket",
        "complaint_type": "banjir",
        "target_opd": "BPBD",
        "priority": "P1",
    }
    return Call(**flood | changes)


def prank(name: str = "A9", said: str = "hahaha ada setan", kind: str = "prank_anak") -> Call:
    """A ghost call."""
    return Call(id=name, turns=(CallTurn(speaker="caller", text=said),), disposition="ghost", ghost_kind=kind)

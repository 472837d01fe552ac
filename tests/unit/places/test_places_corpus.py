"""Recall and precision of places on the corpus; `pytest -s` prints the figures. Tuned on train.jsonl alone.

A label counts as found when its place was matched, is asked back by a match, or is part of a match ("Labibia" in
"Puskesmas Labibia"). Labels that the gazetteer does not hold are left out; a place that no label names is false, though
many of these were said and left unlabelled.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from training.corpus.load import TRAIN, VALIDATION, read_calls
from triage.classifier import Turn
from triage.classifier.text import plain_text
from triage.places import PlaceMatch, find_places


def core(name: str) -> str:
    return plain_text(name).replace(" ", "").removeprefix("jl").removeprefix("jalan").removeprefix("kecamatan")


def matched(label: str, known: PlaceMatch, found: PlaceMatch) -> bool:
    same = known.name in (found.name, *found.ask_back)
    return same or core(label) in core(found.quote) or core(label) in core(found.name)


def measure(path: Path) -> tuple[float, float]:
    labelled = hits = true = false = 0
    for call in read_calls(path):
        found = find_places(call.as_turns())
        known = {label: find_places([Turn("caller", f"di kelurahan {label}")]) for label in call.places}
        labels = {label: places[0] for label, places in known.items() if places}
        labelled += len(labels)
        hits += sum(any(matched(label, place, one) for one in found) for label, place in labels.items())
        named = sum(any(matched(label, place, one) for label, place in labels.items()) for one in found)
        true, false = true + named, false + len(found) - named
    return hits / labelled, true / (true + false)


class TestCorpus:
    @pytest.mark.parametrize(("path", "floor"), [(TRAIN, 0.92), (VALIDATION, 0.84)], ids=["train", "validation"])
    def test_recall_and_precision(self, path: Path, floor: float) -> None:
        recall, precision = measure(path)
        print(f"\n{path.name}: recall {recall:.3f}, precision {precision:.3f}")
        assert recall >= floor
        assert precision >= 0.85

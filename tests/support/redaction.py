"""Marked sentences for redaction, and how much of what is marked is masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from triage.privacy.redact import find_turns

FIXTURES = Path(__file__).parents[1] / "fixtures"
SEEN, UNSEEN = FIXTURES / "redaction.txt", FIXTURES / "redaction_unseen.txt"
_MARK = re.compile(r"\{(NAMA|NOMOR|NIK|EMAIL):([^}]*)\}")
_KINDS = {"NAMA": "name", "NOMOR": "nomor", "NIK": "nik", "EMAIL": "email"}

Marks = set[tuple[int, int, str]]
"""Words, by the number of the turn and their place in it, each with the kind of personal data it is."""


@dataclass
class Measured:
    """Counts of words of a kind: personal, masked, and both."""

    personal: int = 0
    masked: int = 0
    both: int = 0

    @property
    def recall(self) -> float:
        """Share of the personal words that are masked."""
        return self.both / self.personal

    @property
    def precision(self) -> float:
        """Share of the masked words that are personal."""
        return self.both / self.masked


def conversations(path: Path) -> list[list[str]]:
    """The turns of each line, marks and all."""
    lines = path.read_text("utf-8").splitlines()
    return [line.split(" || ") for line in lines if line and not line.startswith("#")]


def unmarked(turn: str) -> str:
    """What was said."""
    return _MARK.sub(lambda mark: mark[2], turn)


def measure(path: Path) -> dict[str, Measured]:
    """By kind, and "all"."""
    found = {kind: Measured() for kind in (*_KINDS.values(), "all")}
    for turns in conversations(path):
        said = [unmarked(turn) for turn in turns]
        gold: Marks = set()
        for number, turn in enumerate(turns):
            gold |= _words(number, said[number], _spans(turn))
        masked: Marks = set()
        for number, spans in enumerate(find_turns(said)):
            masked |= _words(number, said[number], spans)
        for kind, counts in found.items():
            counts.personal += sum(kind in ("all", word[2]) for word in gold)
            counts.masked += sum(kind in ("all", word[2]) for word in masked)
            counts.both += sum(kind in ("all", word[2]) for word in gold & masked)
    return found


def _spans(turn: str) -> list[tuple[int, int, str]]:
    spans, shift = [], 0
    for mark in _MARK.finditer(turn):
        start = mark.start() - shift
        spans.append((start, start + len(mark[2]), _KINDS[mark[1]]))
        shift += len(mark[0]) - len(mark[2])
    return spans


def _words(number: int, text: str, spans: list[tuple[int, int, str]]) -> Marks:
    return {
        (number, word.start(), kind)
        for word in re.finditer(r"[^\W_]+", text)
        for start, end, kind in spans
        if start <= word.start() < end
    }

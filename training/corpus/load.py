"""Typed reading of the corpus, checked against the taxonomy."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.classifier.model import Turn
from triage.taxonomy import Taxonomy

DATA = Path(__file__).resolve().parent / "data"
TRAIN = DATA / "train.jsonl"
VALIDATION = DATA / "validation.jsonl"
UNSEEN = DATA / "unseen.jsonl"
"""Calls by hands of which neither training nor any choice of the recipe saw one; for judging."""
HEARD = DATA / "heard.jsonl"
"""Training calls as the bundled recogniser wrote them; `python -m training.classifier.hear`."""
PHRASES = DATA / "phrases.tsv"
INFORMATION_GROUP = "informasi"
"""Types of this group ask; all others report."""


class CorpusError(ValueError):
    """A line of the corpus is not what the format or the taxonomy allows; the message names file and line."""


class CallTurn(BaseModel):
    """One turn as the corpus writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    speaker: Literal["operator", "caller", "mixed"]
    text: str


class Call(BaseModel):
    """A labelled call: ghosts carry a ghost kind and nothing else, all others a type, an OPD and a priority."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    turns: tuple[CallTurn, ...]
    disposition: Literal["ticket", "information", "ghost"]
    complaint_type: str | None = None
    target_opd: str | None = None
    priority: Literal["P1", "P2", "P3", "P4"] | None = None
    ghost_kind: str | None = None
    safety: str | None = Field(default=None, pattern=r"^S[1-8]$")
    places: tuple[str, ...] = ()
    heard: tuple[CallTurn, ...] = ()
    """What a recogniser wrote of it, where it was spoken; of a file of its own (HEARD)."""

    @model_validator(mode="after")
    def _labels_fit_the_disposition(self) -> Call:
        ghost = self.disposition == "ghost"
        filled = [value is not None for value in (self.complaint_type, self.target_opd, self.priority)]
        if ghost and (any(filled) or self.ghost_kind is None):
            raise ValueError("a ghost call carries a ghost_kind and no type, OPD or priority")
        if not ghost and (not all(filled) or self.ghost_kind is not None):
            raise ValueError("a ticket or information call carries a type, an OPD and a priority, and no ghost_kind")
        return self

    @property
    def writer(self) -> str:
        """Who wrote the call: the letters its id begins with."""
        return self.id.rstrip("0123456789")

    def text(self) -> str:
        """All that was said, by both sides."""
        return " ".join(turn.text for turn in self.turns)

    def as_turns(self) -> list[Turn]:
        """The turns as the classifier takes them."""
        return [Turn(turn.speaker, turn.text) for turn in self.turns]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A short piece of speech that carries the meaning of its label: a complaint type or a ghost kind.

    target_opd, priority: what the words alone call for, None where nobody judged that.
    """

    label: str
    text: str
    target_opd: str | None = None
    priority: str | None = None


def read_calls(path: Path) -> list[Call]:
    """Calls of a JSONL file. Raises CorpusError on the first line that is malformed, or an id that comes twice."""
    calls: dict[str, Call] = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                call = Call.model_validate(json.loads(line))
            except (ValidationError, json.JSONDecodeError) as error:
                raise CorpusError(f"{path.name}, line {number}: {error}") from error
            if call.id in calls:
                raise CorpusError(f"{path.name}, line {number}: id {call.id} comes twice")
            calls[call.id] = call
    return list(calls.values())


def read_heard(path: Path = HEARD) -> dict[str, tuple[CallTurn, ...]]:
    """Turns of spoken calls as a recogniser wrote them, by the call's id. Empty where there is no such file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {row["id"]: tuple(CallTurn.model_validate(turn) for turn in row["turns"]) for row in rows}


def read_phrases(path: Path = PHRASES) -> list[Phrase]:
    """Phrases of a TSV file `label<TAB>phrase<TAB>OPD<TAB>priority`, the last two possibly empty.

    Raises CorpusError on a line of another shape.
    """
    phrases = []
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if len(row) != 4 or not all(field.strip() for field in row[:2]):
                raise CorpusError(f"{path.name}, line {number}: not 'label<TAB>phrase<TAB>OPD<TAB>priority'")
            phrases.append(Phrase(row[0], row[1], row[2] or None, row[3] or None))
    return phrases


def check_codes(calls: Iterable[Call], phrases: Iterable[Phrase], taxonomy: Taxonomy) -> None:
    """Raise CorpusError when a call or a phrase names a code that the taxonomy does not have."""
    types, opds, ghost_kinds = taxonomy.types.keys(), taxonomy.opds.keys(), taxonomy.ghost_kinds.keys()
    for phrase in phrases:
        if phrase.label not in types | ghost_kinds or (phrase.target_opd or next(iter(opds))) not in opds:
            raise CorpusError(f"phrase {phrase}: its label or its OPD is not in the taxonomy")
    for call in calls:
        for field, value, known in (
            ("complaint_type", call.complaint_type, types),
            ("target_opd", call.target_opd, opds),
            ("ghost_kind", call.ghost_kind, ghost_kinds),
        ):
            if value is not None and value not in known:
                raise CorpusError(f"call {call.id}: {field} {value!r} is not in the taxonomy")

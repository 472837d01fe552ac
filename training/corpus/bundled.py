"""What a classifier is trained and judged on; the project's own corpus is the default."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.corpus.load import (
    HEARD,
    PHRASES,
    TRAIN,
    VALIDATION,
    Call,
    Phrase,
    check_codes,
    read_calls,
    read_heard,
    read_phrases,
)
from triage.taxonomy import Taxonomy, load_taxonomy


@dataclass(frozen=True, slots=True)
class Corpus:
    """Calls to train on, phrases, calls that are only for judging, and the taxonomy their labels come from.

    taxonomy_folder: where its YAML files lie, None for the bundled taxonomy. files: what all this was read from.
    reporters: who made each call, "" where that is unknown; empty where nobody is known.
    """

    calls: Sequence[Call]
    phrases: Sequence[Phrase]
    validation: Sequence[Call]
    taxonomy: Taxonomy
    taxonomy_folder: Path | None = None
    files: Sequence[Path] = ()
    reporters: Sequence[str] = ()

    def check(self) -> None:
        """Raise CorpusError when a label is not in the taxonomy."""
        check_codes([*self.calls, *self.validation], self.phrases, self.taxonomy)

    def fingerprint(self) -> dict[str, str]:
        """SHA-256 of each file, so that a run can say what it has seen."""
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.files}


def bundled_corpus() -> Corpus:
    """The project's calls, phrases and taxonomy."""
    heard = read_heard()
    return Corpus(
        calls=[call.model_copy(update={"heard": heard.get(call.id, ())}) for call in read_calls(TRAIN)],
        phrases=read_phrases(),
        validation=read_calls(VALIDATION),
        taxonomy=load_taxonomy(),
        files=(TRAIN, HEARD, PHRASES, VALIDATION),
    )

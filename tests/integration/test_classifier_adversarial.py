"""The bundled model on calls written to mislead it: tests/fixtures/adversarial.jsonl, and what misleads in .tsv.

`pytest -s tests/integration/test_classifier_adversarial.py` prints the share of right answers per trap.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from training.corpus.load import TRAIN, Call, check_codes, read_calls
from triage.assemble import load_text_pipeline
from triage.classifier import Turn
from triage.pipeline import TextPipeline
from triage.settings import Settings
from triage.suggestion.model import Suggestion
from triage.taxonomy import load_taxonomy

FIXTURES = Path(__file__).parents[1] / "fixtures"
CALLS = read_calls(FIXTURES / "adversarial.jsonl")
with (FIXTURES / "adversarial.tsv").open(encoding="utf-8", newline="") as table:
    TRAP = {row["id"]: row["trap"] for row in csv.DictReader(table, delimiter="\t")}

FLOORS: dict[str, float] = {
    "prank_word": 0.75,
    "incident_as_joke": 0.83,
    "negation": 0.85,
    "operator_decides": 0.8,
    "past_event": 0.66,
    "idiom": 0.87,
    "laughing_or_drunk": 0.57,
    "hidden_safety": 0.88,
    "two_incidents": 0.6,
    "question_of_type": 0.6,
}
"""Least share of calls whose disposition and, but for ghosts, first type are right.

About one call of the trap below what the bundled model reaches, so that a retrained one may differ by one.
"""

GHOSTS_IN_DANGER = 1
"""Most P1 calls that may carry the ghost label, to be heard first all the same."""

TAXONOMY = load_taxonomy()
GRAVE = [call for call in CALLS if call.disposition == "ticket" and (call.priority == "P1" or call.safety)]
ASKED = [call for call in CALLS if any(turn.speaker == "operator" for turn in call.turns)]


@pytest.fixture(scope="module")
def pipeline() -> TextPipeline:
    return load_text_pipeline(Settings())


@pytest.fixture(scope="module")
def shown(pipeline: TextPipeline) -> dict[str, Suggestion]:
    suggestions = pipeline.suggest_texts([(call.id, call.as_turns()) for call in CALLS])
    return {suggestion.call_id: suggestion for suggestion in suggestions}


def is_right(call: Call, suggestion: Suggestion) -> bool:
    return suggestion.disposition.label == call.disposition and (
        call.disposition == "ghost" or suggestion.complaint_type[0].code == call.complaint_type
    )


def lists(suggestion: Suggestion) -> tuple[object, ...]:
    """What of a suggestion the classifier alone decides."""
    parts = (suggestion.complaint_type, suggestion.target_opd, suggestion.pick_list)
    return (*([choice.model_dump() for choice in part] for part in parts), suggestion.sure_of)


class TestTheCalls:
    def test_are_labelled_by_the_taxonomy(self) -> None:
        check_codes(CALLS, [], TAXONOMY)
        for call in CALLS:
            if call.complaint_type is not None:
                assert call.target_opd in TAXONOMY.types[call.complaint_type].allowed_opds, call.id

    def test_each_has_its_trap_and_each_trap_its_floor(self) -> None:
        assert list(TRAP) == [call.id for call in CALLS]
        assert set(TRAP.values()) == FLOORS.keys()

    def test_none_is_a_training_call(self) -> None:
        assert not {call.text() for call in CALLS} & {call.text() for call in read_calls(TRAIN)}


class TestWhateverTheTrap:
    @pytest.mark.parametrize("call", GRAVE, ids=lambda call: call.id)
    def test_no_one_in_danger_is_closed_unheard(self, call: Call, shown: dict[str, Suggestion]) -> None:
        assert shown[call.id].disposition.label == "ticket" or shown[call.id].decision == "listen"

    @pytest.mark.parametrize("call", [call for call in GRAVE if call.safety], ids=lambda call: call.id)
    def test_no_exception_is_called_a_ghost(self, call: Call, shown: dict[str, Suggestion]) -> None:
        assert shown[call.id].disposition.label != "ghost"
        assert shown[call.id].ghost.kind is None

    def test_hardly_anyone_in_danger_is_called_a_ghost_even_to_be_heard(self, shown: dict[str, Suggestion]) -> None:
        called = [call.id for call in GRAVE if shown[call.id].disposition.label == "ghost"]
        print(f"\nin danger, called a ghost: {', '.join(called) or 'none'} of {len(GRAVE)}")
        assert len(called) <= GHOSTS_IN_DANGER

    def test_type_and_opd_go_together(self, shown: dict[str, Suggestion]) -> None:
        for suggestion in shown.values():
            first = TAXONOMY.types[suggestion.complaint_type[0].code]
            assert suggestion.target_opd[0].code in first.allowed_opds

    @pytest.mark.parametrize("call", ASKED, ids=lambda call: call.id)
    def test_what_the_operator_says_decides_nothing(
        self, call: Call, pipeline: TextPipeline, shown: dict[str, Suggestion]
    ) -> None:
        alone = [turn for turn in call.as_turns() if turn.speaker != "operator"]
        misled = [Turn("operator", "Kebakaran? Banjir? Prank, ya?"), *call.as_turns()]
        for turns in (alone, misled):
            assert lists(pipeline.suggest_text(turns, call.id)) == lists(shown[call.id])


class TestEachTrap:
    @pytest.mark.parametrize("trap", FLOORS)
    def test_catches_few(self, trap: str, shown: dict[str, Suggestion]) -> None:
        found: dict[bool, list[str]] = defaultdict(list)
        for call in CALLS:
            if TRAP[call.id] == trap:
                found[is_right(call, shown[call.id])].append(call.id)
        share = len(found[True]) / (len(found[True]) + len(found[False]))
        print(f"\n{trap}: {share:.3f}; wrong: {', '.join(found[False]) or 'none'}")
        assert share >= FLOORS[trap]

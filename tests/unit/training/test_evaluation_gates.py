"""What a recogniser must reach."""

import pytest

from training.evaluation.gates import Gate, check

METRICS = {
    "slices": {"turns": {"wer": 0.12}, "dialogues": {"wer": 0.18}, "clean": {"wer": 0.9}},
    "calls": {
        "place_recall": 0.8,
        "wrong_incident_undoubted": 0.02,
        "type_macro_f1_text": 0.76,
        "type_macro_f1_speech": 0.7,
    },
    "nonspeech": {"words": 2, "minutes": 60},
    "speed": {"rtf_long": 0.15, "peak_mb": 500},
}
"""All of it just good enough."""


class TestCheck:
    def test_passes_what_reaches_every_bound(self) -> None:
        gates = check(METRICS)
        assert len(gates) == 8
        assert all(gate.passed for gate in gates)

    @pytest.mark.parametrize(
        ("part", "name", "worse"),
        [
            ("slices", "turns", {"wer": 0.1201}),
            ("slices", "dialogues", {"wer": 0.1801}),
            ("calls", "place_recall", 0.7999),
            ("calls", "wrong_incident_undoubted", 0.0201),
            ("calls", "type_macro_f1_speech", 0.6999),
            ("nonspeech", "words", 3),
            ("speed", "rtf_long", 0.1501),
            ("speed", "peak_mb", 501),
        ],
    )
    def test_fails_one_gate_for_each_figure_that_is_worse(self, part: str, name: str, worse: object) -> None:
        gates = check(METRICS | {part: METRICS[part] | {name: worse}})
        assert [gate.passed for gate in gates].count(False) == 1

    def test_gives_no_gate_for_what_was_not_measured(self) -> None:
        assert check({"slices": {"recordings": {"wer": 0.9}}}) == []
        assert check({}) == []
        assert [gate.bound for gate in check({"slices": {}, "speed": {"peak_mb": 10}})] == [500]

    def test_counts_words_without_speech_by_the_hour(self) -> None:
        [gate] = check({"nonspeech": {"words": 1, "minutes": 12}})
        assert (gate.value, gate.passed) == (5.0, False)


class TestGate:
    def test_says_its_limit(self) -> None:
        assert Gate("a", 1, 0.12).limit == "≤ 0.12"
        assert Gate("a", 1, 0.8, at_most=False).limit == "≥ 0.8"

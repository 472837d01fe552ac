from dataclasses import replace

from support.calls import TREE, FakeClassifier
from support.labelled import answer

from training.classifier.evaluation.judged import from_classification, from_suggestion
from triage.classifier import Turn
from triage.pipeline import TextPipeline
from triage.taxonomy import load_taxonomy


def shown(text, **changes):
    pipeline = TextPipeline(FakeClassifier(replace(TREE, **changes)), load_taxonomy())
    return from_suggestion(pipeline.suggest_text([Turn("caller", text)], "call-1"))


class TestOfAClassification:
    def test_takes_the_likeliest_of_every_head_in_whatever_order(self):
        found = from_classification(
            answer(
                disposition={"ticket": 0.2, "ghost": 0.8},
                complaint_type={"sampah": 0.3, "banjir": 0.6, "odgj": 0.1},
                target_opd={"DLHK": 0.4, "BPBD": 0.6},
                priority={"P1": 0.1, "P3": 0.9},
                ghost_kind={"prank_anak": 0.4, "caci_maki": 0.6},
                suspected="S2",
            )
        )
        assert (found.disposition, found.opd, found.priority, found.ghost_kind) == ("ghost", "BPBD", "P3", "caci_maki")
        assert (found.types, found.confidence, found.suspected) == (("banjir", "sampah", "odgj"), 0.6, True)

    def test_suspects_what_the_limits_let_it(self):
        assert not from_classification(answer(safety={"none": 0.2, "S1": 0.8}, suspected=None)).suspected


class TestOfASuggestion:
    def test_is_what_the_operator_sees(self):
        found = shown("ada pohon tumbang")
        assert found.types == ("pohon_tumbang", "penebangan_pohon", "gangguan_listrik")
        assert (found.disposition, found.confidence, found.opd, found.priority) == ("ticket", 0.8, "DLHK", "P2")
        assert (found.ghost_kind, found.suspected) == (None, False)

    def test_a_rule_that_fires_is_a_suspicion(self):
        found = shown("om mamaku tidak mau bangun", disposition={"ticket": 0.1, "information": 0.0, "ghost": 0.9})
        assert (found.disposition, found.priority, found.suspected) == ("ticket", "P1", True)

    def test_a_ghost_has_its_kind(self):
        ghost = {"ticket": 0.04, "information": 0.06, "ghost": 0.9}
        found = shown("hahaha setan di rumahku", disposition=ghost, ghost_kind={"prank_anak": 1.0})
        assert (found.disposition, found.ghost_kind) == ("ghost", "prank_anak")

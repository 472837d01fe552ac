import pytest

from training.classifier.dataset import Example
from training.classifier.evaluation.baseline import baseline

TEXTS = {
    "banjir": ("air naik ke rumah", "banjir setinggi lutut", "air masuk rumah tinggi"),
    "sampah": ("tumpukan sampah bau busuk", "sampah tidak diangkut", "bau sampah menumpuk"),
}
EXAMPLES = [
    Example(text, "call", disposition="ticket", complaint_type=kind, priority="P1" if kind == "banjir" else "P3")
    for kind, texts in TEXTS.items()
    for text in texts
]
ASKED = ["air tinggi di rumah", "bau sampah busuk"]


class TestBaseline:
    def test_answers_what_the_examples_teach(self):
        assert [found.types[0] for found in baseline(EXAMPLES, ASKED)] == ["banjir", "sampah"]

    def test_two_labels_share_out_the_probability(self):
        flood, rubbish = baseline(EXAMPLES, ASKED)
        assert flood.types == ("banjir", "sampah") and rubbish.types == ("sampah", "banjir")
        assert 0.5 < flood.confidence < 1
        assert (flood.priority, rubbish.priority) == ("P1", "P3")

    def test_three_labels_are_ranked(self):
        third = [Example(f"pohon tumbang {word}", "call", complaint_type="pohon_tumbang") for word in ("besar", "tua")]
        [found] = baseline([*EXAMPLES, *third], ["ada pohon tumbang"])
        assert found.types[0] == "pohon_tumbang" and len(found.types) == 3

    def test_a_head_with_one_label_answers_that_one(self):
        only = [Example(one.text, "call", disposition="ghost", ghost_kind="prank_anak") for one in EXAMPLES]
        [found] = baseline(only, ASKED[:1])
        assert (found.disposition, found.ghost_kind) == ("ghost", "prank_anak")

    def test_a_head_without_any_label_answers_the_harmless_one(self):
        bare = [Example(one.text, "call", complaint_type=one.complaint_type) for one in EXAMPLES]
        [found] = baseline(bare, ASKED[:1])
        assert (found.disposition, found.suspected, found.ghost_kind) == ("ticket", False, "")

    @pytest.mark.parametrize("heads", [("complaint_type",), ("complaint_type", "priority")])
    def test_only_the_heads_asked_for_are_fitted(self, heads):
        _, rubbish = baseline(EXAMPLES, ASKED, heads)
        assert rubbish.types[0] == "sampah"
        assert rubbish.priority == ("P3" if "priority" in heads else "P1")

import numpy as np
import pytest
from support.labelled import LABELS

from training.classifier.dataset import Example
from training.classifier.linear import UNSEEN, LinearBranch, counts, fit_linear, weighted

EXAMPLES = [
    Example(text, "call", disposition="ticket", complaint_type=kind)
    for text, kind in (
        ("air naik ke rumah", "banjir"),
        ("banjir setinggi lutut", "banjir"),
        ("tumpukan sampah bau busuk", "sampah"),
        ("sampah tidak diangkut", "sampah"),
    )
]
BLOCKS = LABELS.slices()


@pytest.fixture(scope="module")
def branch():
    return fit_linear(EXAMPLES, LABELS, 10, 1.0)


class TestFit:
    def test_tells_the_types_apart(self, branch):
        found = branch.logits(["air banjir naik", "sampah busuk"])[:, BLOCKS["complaint_type"]]
        assert found.argmax(1).tolist() == [0, 1]

    def test_a_label_that_nobody_showed_is_far_off(self, branch):
        found = branch.logits(["air banjir naik"])[0, BLOCKS["complaint_type"]]
        assert found[2] == UNSEEN

    @pytest.mark.parametrize("head", ["disposition", "ghost_kind", "safety"])
    def test_a_head_with_fewer_than_two_labels_says_nothing(self, branch, head):
        assert not branch.logits(["air banjir naik"])[0, BLOCKS[head]].any()


class TestDisposition:
    ASKED = "kalau ada banjir lapor ke mana"

    def question(self, examples):
        branch = fit_linear(examples, LABELS, 10, 1.0)
        return branch.logits([self.ASKED])[0, BLOCKS["disposition"]]

    def test_a_phrase_says_less_of_it_than_a_call(self):
        calls = [*EXAMPLES, Example("ke mana lapor kalau pohon tumbang", "call", disposition="information")]
        more = [Example("ada banjir", source, disposition="ticket") for source in ("phrase", "call")]
        by_phrase, by_call = (self.question([*calls, one]) for one in more)
        assert by_phrase[1] > by_call[1]

    def test_the_few_count_as_much_as_the_many(self):
        asked = Example("ke mana lapor kalau pohon tumbang", "call", disposition="information")
        many = [Example(f"air naik di rumah nomor {number}", "call", disposition="ticket") for number in range(60)]
        ticket, information, _ = self.question([*many, asked])
        assert information > ticket


class TestFeatures:
    def test_words_and_characters_weigh_the_same(self):
        matrix = weighted(counts(["air naik ke rumah"], 10), np.ones(2 << 10, dtype=np.float32), 10)
        halves = [np.square(matrix[:, :1024].toarray()).sum(), np.square(matrix[:, 1024:].toarray()).sum()]
        assert halves == pytest.approx([1, 1])

    def test_a_text_without_words_has_none(self, branch):
        assert branch.logits([""])[0].tolist() == branch.bias.tolist()


class TestFile:
    def test_reads_back_as_it_was(self, branch, tmp_path):
        branch.save(tmp_path / "linear.npz")
        read = LinearBranch.load(tmp_path / "linear.npz")
        assert read.bits == branch.bits
        assert np.array_equal(read.logits(["air"]), branch.logits(["air"]))

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

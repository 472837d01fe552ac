import json

import numpy as np
import pytest
from support.labelled import LABELS

from triage.classifier.labels import HEADS, Labels


class TestSlices:
    def test_lie_one_after_the_other_over_all_outputs(self):
        found = LABELS.slices()
        assert tuple(found) == HEADS
        assert [number for block in found.values() for number in range(block.start, block.stop)] == list(
            range(LABELS.outputs)
        )
        assert [block.stop - block.start for block in found.values()] == [3, 3, 3, 4, 2, 3]


class TestPriors:
    def test_a_forbidden_opd_is_impossible(self):
        assert np.exp(LABELS.log_opd_prior()).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0.75, 0.25]]

    def test_priorities_are_in_the_order_of_the_head(self):
        urgent = {"P4": 0.1, "P3": 0.2, "P2": 0.3, "P1": 0.4}
        one = Labels(**{head: LABELS.codes(head) for head in HEADS} | {
            "opd_prior": LABELS.opd_prior, "priority_prior": LABELS.priority_prior | {"sampah": urgent}
        })  # fmt: skip
        assert one.priority_given_type()[1].tolist() == [0.4, 0.3, 0.2, 0.1]


class TestFile:
    def test_reads_back_as_it_was(self, tmp_path):
        LABELS.save(tmp_path / "labels.json")
        assert Labels.load(tmp_path / "labels.json") == LABELS

    def test_of_a_model_without_a_safety_head_is_refused(self, tmp_path):
        path = tmp_path / "labels.json"
        LABELS.save(path)
        path.write_text(
            json.dumps({key: part for key, part in json.loads(path.read_text()).items() if key != "safety"})
        )
        with pytest.raises(KeyError, match="safety"):
            Labels.load(path)

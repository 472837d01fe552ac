import math

import numpy as np
import pytest
from support.labelled import answer, prank, ticket

from training.classifier.evaluation.contract import contract, coverage_at, risk_coverage

SURE = answer(sure_of="type", pick_list=("banjir",))
OPD = answer(sure_of="opd", pick_list=("banjir", "sampah"))
UNSURE = answer(sure_of=None, pick_list=("banjir", "sampah", "odgj"))
CALLS = [
    ticket("A1"),
    ticket("A2", complaint_type="sampah"),
    ticket("A3", target_opd="PUPR"),
    ticket("A4", complaint_type="odgj"),
    prank(),
]
ANSWERS = [SURE, SURE, OPD, UNSURE, UNSURE]


class TestContract:
    def test_shares_out_the_served_calls_by_how_sure_it_is(self):
        found = contract(CALLS, ANSWERS)
        assert [found[level]["share"] for level in ("type", "opd", "listen")] == [0.5, 0.25, 0.25]

    def test_precision_is_that_of_what_is_suggested_alone(self):
        found = contract(CALLS, ANSWERS)
        assert (found["type"]["precision"], found["type"]["calls"]) == (0.5, 2)
        assert (found["opd"]["precision"], found["opd"]["calls"]) == (0.0, 1)
        assert found["type"]["low"] < 0.5 < found["type"]["high"]

    def test_the_pick_list_counts_over_all_served_calls(self):
        found = contract(CALLS, ANSWERS)["pick_list"]
        assert (found["coverage"], found["calls"]) == (0.75, 4)
        assert found["mean_length"] == pytest.approx((1 + 1 + 2 + 3) / 4)

    def test_a_level_that_never_comes_has_no_precision(self):
        found = contract([ticket()], [SURE])
        assert (found["opd"]["share"], found["opd"]["calls"]) == (0.0, 0)
        assert math.isnan(found["opd"]["precision"])


class TestRiskCoverage:
    CONFIDENCE = np.asarray([0.5, 0.9, 0.7, 0.8])
    RIGHT = np.asarray([True, True, False, True])

    def test_answers_the_surest_first(self):
        assert risk_coverage(self.CONFIDENCE, self.RIGHT) == [
            {"coverage": 0.25, "accuracy": 1.0},
            {"coverage": 0.5, "accuracy": 1.0},
            {"coverage": 0.75, "accuracy": pytest.approx(2 / 3)},
            {"coverage": 1.0, "accuracy": 0.75},
        ]

    @pytest.mark.parametrize(("precision", "expected"), [(0.95, 0.5), (0.7, 1.0)])
    def test_coverage_at_a_precision_is_the_largest_share_that_has_it(self, precision, expected):
        assert coverage_at(self.CONFIDENCE, self.RIGHT, precision) == expected

    def test_coverage_is_nothing_where_the_surest_is_wrong_and_all_after_it_too(self):
        assert coverage_at(np.asarray([0.9, 0.8]), np.asarray([False, False])) == 0.0
        assert coverage_at(np.asarray([]), np.asarray([], dtype=bool)) == 0.0

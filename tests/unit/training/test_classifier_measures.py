import math
from dataclasses import replace

import numpy as np
import pytest
from support.labelled import answer, prank, ticket

from training.classifier.evaluation.judged import from_classification
from training.classifier.evaluation.measures import (
    by_ghost_kind,
    by_type,
    calibration_error,
    certainty,
    interval,
    macro_f1,
    measure,
    reliability,
    share,
)

FLOOD = from_classification(answer())
RUBBISH = replace(FLOOD, types=("sampah", "banjir"), opd="DLHK", priority="P3", confidence=0.6)
GHOST = replace(FLOOD, disposition="ghost", ghost_kind="prank_anak")


class TestCalibrationError:
    CONFIDENCE = np.asarray([0.95, 0.95, 0.55, 0.55])
    RIGHT = np.asarray([True, False, True, False])

    def test_is_the_mean_gap_of_the_bins(self):
        assert calibration_error(self.CONFIDENCE, self.RIGHT) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)

    def test_in_one_bin_is_the_gap_of_the_means(self):
        swapped = np.asarray([False, False, True, True])
        assert calibration_error(self.CONFIDENCE, swapped) == pytest.approx(0.5 * 0.95 + 0.5 * 0.45)
        assert calibration_error(self.CONFIDENCE, swapped, bins=1) == pytest.approx(0.25)

    def test_certainty_has_a_bin(self):
        [row] = reliability(np.asarray([1.0, 1.0]), np.asarray([True, True]))
        assert row == {"confidence": 1.0, "accuracy": 1.0, "share": 1.0}

    def test_empty_bins_are_left_out(self):
        assert [row["share"] for row in reliability(self.CONFIDENCE, self.RIGHT)] == [0.5, 0.5]


class TestMeasure:
    def test_counts_ghosts_and_served_calls_apart(self):
        calls = [ticket("A1"), ticket("A2", complaint_type="sampah", target_opd="DLHK", priority="P3"), prank()]
        found = measure(calls, [FLOOD, FLOOD, GHOST])
        assert (found["type_accuracy"], found["type_top3"], found["opd_accuracy"]) == (0.5, 1.0, 0.5)
        assert (found["priority_accuracy"], found["p1_recall"]) == (0.5, 1.0)
        assert (found["disposition_accuracy"], found["ghost_recall"], found["false_ghost_rate"]) == (1.0, 1.0, 0.0)
        assert found["ghost_kind_accuracy"] == 1.0
        assert found["type_macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
        assert found["type_ece"] == pytest.approx(0.4)

    def test_a_type_counts_whatever_the_disposition(self):
        found = measure([ticket()], [GHOST])
        assert (found["type_accuracy"], found["false_ghost_rate"], found["disposition_accuracy"]) == (1.0, 1.0, 0.0)

    def test_safety_calls_called_ghost_are_counted_not_shared(self):
        calls = [ticket("A1", safety="S1"), ticket("A2", safety="S2"), ticket("A3")]
        found = measure(calls, [GHOST, replace(GHOST, suspected=True), FLOOD])
        assert found["safety_called_ghost"] == 2
        assert (found["safety_suspected"], found["safety_false_alarms"]) == (0.5, 0.0)

    def test_false_alarms_are_those_of_ordinary_served_calls(self):
        alarmed = replace(FLOOD, suspected=True)
        assert measure([ticket("A1"), ticket("A2"), prank()], [alarmed, FLOOD, alarmed])["safety_false_alarms"] == 0.5

    def test_what_no_call_asks_for_is_not_a_number(self):
        found = measure([prank()], [GHOST])
        assert all(math.isnan(found[name]) for name in ("type_accuracy", "type_macro_f1", "type_ece", "p1_recall"))


class TestMacroF1:
    def test_every_class_of_the_truth_weighs_the_same(self):
        truth, found = ["a"] * 8 + ["b"] * 2, ["a"] * 10
        assert macro_f1(truth, found) == pytest.approx((2 * 8 / 18 + 0) / 2)

    def test_a_class_that_nobody_asked_for_costs_only_its_victims(self):
        assert macro_f1(["a", "a", "b"], ["a", "c", "b"]) == pytest.approx((2 / 3 + 1) / 2)


class TestByClass:
    def test_types_have_support_recall_and_precision(self):
        pairs = [(ticket("A1"), FLOOD), (ticket("A2"), RUBBISH), (ticket("A3", complaint_type="sampah"), RUBBISH)]
        assert by_type([*pairs, (prank(), GHOST)]) == {
            "banjir": {"support": 2, "recall": 0.5, "precision": 1.0},
            "sampah": {"support": 1, "recall": 1.0, "precision": 0.5},
        }

    def test_a_ghost_answered_as_a_ticket_has_no_kind(self):
        pairs = [
            (prank("A1"), GHOST),
            (prank("A2"), replace(GHOST, disposition="ticket")),
            (prank("A3", kind="caci_maki"), GHOST),
            (ticket(), FLOOD),
        ]
        found = by_ghost_kind(pairs)
        assert found["prank_anak"] == {"support": 2, "recall": 0.5, "precision": 0.5, "recall_any": 0.5}
        assert (found["caci_maki"]["recall"], found["caci_maki"]["recall_any"]) == (0.0, 1.0)
        assert set(found) == {"prank_anak", "caci_maki"}


class TestShares:
    def test_certainty_is_of_the_first_type(self):
        confidence, right = certainty([(ticket(), FLOOD), (ticket(), RUBBISH)])
        assert (confidence.tolist(), right.tolist()) == ([0.9, 0.6], [True, False])

    def test_interval_is_wilsons(self):
        found = interval([True] * 9 + [False])
        assert (found["share"], found["calls"]) == (0.9, 10)
        assert (found["low"], found["high"]) == (pytest.approx(0.5958, abs=1e-3), pytest.approx(0.9821, abs=1e-3))

    def test_of_nothing_is_not_a_number(self):
        assert math.isnan(share([])) and math.isnan(interval([])["low"])
        assert interval([])["calls"] == 0

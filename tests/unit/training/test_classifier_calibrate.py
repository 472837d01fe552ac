import numpy as np
import pytest
from support.labelled import LABELS

from training.classifier.calibrate import (
    FALSE_GHOSTS,
    GHOST_BIASES,
    MOST_URGENT_RECALL,
    SHARES,
    URGENCY_BIASES,
    calibrate,
    ghost_bias,
    urgency_bias,
)
from training.classifier.dataset import Example
from triage.classifier.answer import Interpreter

TYPES = LABELS.slices()["complaint_type"]


def typed(kind, **known):
    return Example("x", "call", complaint_type=kind, **known)


class TestTemperature:
    def test_takes_back_the_overconfidence_it_finds(self):
        # Right three times in four, but with odds of e^6 over one other: the temperature that makes it 3 to 1.
        examples = [typed("banjir" if n % 4 else "sampah") for n in range(400)]
        deep = np.zeros((400, LABELS.outputs), dtype=np.float32)
        deep[:, TYPES] = (6.0, 0.0, -200.0)
        fitted = calibrate(deep, np.zeros_like(deep), examples, LABELS)
        assert fitted.temperature["complaint_type"] == pytest.approx(6 / np.log(3), rel=1e-3)
        assert fitted.temperature["disposition"] == 1.0  # nothing to fit it on
        assert fitted.log_loss["disposition"] == 0.0

    def test_gives_the_log_loss_that_serving_then_has(self):
        chance = np.random.default_rng(5)
        examples = [typed(LABELS.complaint_type[n % 3], priority=LABELS.priority[n % 4]) for n in range(60)]
        deep = chance.normal(size=(60, LABELS.outputs)).astype(np.float32)
        fitted = calibrate(deep, np.zeros_like(deep), examples, LABELS)
        served = Interpreter(LABELS, fitted.temperature, 0.0, 0.0)
        found = [served.distributions(row) for row in deep]
        for head in ("complaint_type", "priority"):
            truth = [LABELS.codes(head).index(getattr(one, head)) for one in examples]
            loss = -np.mean([np.log(getattr(one, head)[code]) for one, code in zip(found, truth, strict=True)])
            assert fitted.log_loss[head] == pytest.approx(loss, rel=1e-5)


class TestShare:
    def test_the_linear_branch_is_added_when_it_knows_more(self):
        chance = np.random.default_rng(1)
        truth = chance.integers(0, 2, 200)
        examples = [typed(LABELS.complaint_type[kind]) for kind in truth]
        deep = chance.normal(size=(200, LABELS.outputs)).astype(np.float32)
        wide = np.zeros_like(deep)
        wide[:, TYPES.start] = np.where(truth == 0, 2, -2)
        assert calibrate(deep, wide, examples, LABELS).share >= 2
        assert calibrate(wide, deep, examples, LABELS).share == 0

    def test_is_one_of_those_that_are_tried(self):
        examples = [typed(kind) for kind in LABELS.complaint_type] * 5
        deep = np.random.default_rng(3).normal(size=(15, LABELS.outputs)).astype(np.float32)
        assert calibrate(deep, deep, examples, LABELS).share in SHARES


class TestUrgencyBias:
    def test_is_the_smallest_that_finds_enough(self):
        # Of 100 urgent calls 90 are found at once, 8 lie 0.6 behind, 2 lie 9 behind.
        behind = np.asarray([-1.0] * 90 + [0.6] * 8 + [9.0] * 2)
        scores = np.stack([-behind, np.zeros(100), np.full(100, -5.0)], axis=1)
        bias = urgency_bias(scores, np.ones(100, dtype=bool))
        assert bias == 0.75
        assert ((scores[:, 0] + bias) >= 0).mean() >= MOST_URGENT_RECALL

    def test_is_nothing_where_all_are_found(self):
        assert urgency_bias(np.asarray([[1.0, 0.0], [0.0, 1.0]]), np.asarray([True, False])) == 0

    def test_is_the_largest_where_none_is_enough(self):
        assert urgency_bias(np.asarray([[-99.0, 0.0]]), np.asarray([True])) == URGENCY_BIASES[-1]

    def test_is_nothing_where_no_call_is_urgent(self):
        assert urgency_bias(np.asarray([[-99.0, 0.0]]), np.asarray([False])) == 0


class TestGhostBias:
    def scores(self, *ahead):
        """A ghost's score so far ahead of the ticket's."""
        return np.stack([np.zeros(len(ahead)), np.full(len(ahead), -9.0), np.asarray(ahead)], axis=1)

    def test_is_the_nearest_to_nothing_that_spares_enough_real_calls(self):
        real = [-1.0] * 996 + [0.3] * 3 + [0.6]
        scores = self.scores(*real, *[4.0] * 50)
        served = np.asarray([True] * 1000 + [False] * 50)
        assert ghost_bias(scores, 2, served, np.zeros_like(served)) == 0.0  # 4 of 1,000: within FALSE_GHOSTS
        crowded = self.scores(*[-1.0] * 980, *[0.3] * 11, *[0.6] * 9, *[4.0] * 50)
        bias = ghost_bias(crowded, 2, served, np.zeros_like(served))
        assert bias == -0.5
        assert (crowded[:1000, 2] + bias > 0).mean() <= FALSE_GHOSTS

    def test_is_never_for_ghosts_and_ends_at_the_lowest(self):
        assert max(GHOST_BIASES) == 0.0
        assert ghost_bias(self.scores(99.0), 2, np.asarray([True]), np.asarray([False])) == GHOST_BIASES[-1]

    def test_ghosts_themselves_do_not_count(self):
        assert ghost_bias(self.scores(9.0, -9.0), 2, np.asarray([False, True]), np.zeros(2, dtype=bool)) == 0.0

    def test_nor_do_calls_in_which_an_exception_is_suspected(self):
        lost = self.scores(*[0.6] * 9, *[-9.0] * 91)
        suspected = np.arange(100) < 9
        assert ghost_bias(lost, 2, np.ones(100, dtype=bool), suspected) == 0.0
        assert ghost_bias(lost, 2, np.ones(100, dtype=bool), ~suspected) < 0.0

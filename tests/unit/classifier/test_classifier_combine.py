import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.classifier.combine import Distributions, combine, priority_of, softmax, type_opd_pair


def _window(disposition, types, priority, safety=(1.0, 0.0), kinds=(1.0,)):
    return Distributions(
        disposition=np.asarray(disposition),
        complaint_type=np.asarray(types),
        opd_given_type=np.asarray([[1.0, 0.0], [0.0, 1.0]]),
        priority=np.asarray(priority),
        ghost_kind=np.asarray(kinds),
        safety=np.asarray(safety),
    )


class TestLongCalls:
    def test_small_talk_does_not_bury_the_event(self):
        talk = _window([0.1, 0.1, 0.8], [0.5, 0.5], [0.1, 0.9])
        event = _window([0.9, 0.05, 0.05], [0.02, 0.98], [0.95, 0.05], [0.3, 0.7])
        whole = combine([talk, talk, event, talk])
        assert whole.disposition.tolist() == [0.9, 0.05, 0.05]
        assert whole.priority.tolist() == [0.95, 0.05]
        assert whole.safety.tolist() == [0.3, 0.7]
        assert whole.complaint_type[1] > 0.6
        assert whole.complaint_type.sum() == pytest.approx(1)
        assert whole.opd_given_type.sum(axis=1).tolist() == pytest.approx([1, 1])

    def test_one_window_that_sounds_of_an_exception_is_enough(self):
        calm = _window([1, 0, 0], [0.1, 0.9], [0.5, 0.5], safety=[0.99, 0.005, 0.005])
        afraid = _window([1, 0, 0], [0.5, 0.5], [0.5, 0.5], safety=[0.4, 0.1, 0.5])
        assert combine([calm, afraid, calm]).safety.tolist() == [0.4, 0.1, 0.5]

    def test_ghost_kinds_are_weighted_by_the_square_of_the_best_types_probability(self):
        clear = _window([1, 0, 0], [0.1, 0.9], [0.5, 0.5], kinds=[1.0, 0.0])
        vague = _window([1, 0, 0], [0.5, 0.5], [0.5, 0.5], kinds=[0.0, 1.0])
        share = 0.9**2 / (0.9**2 + 0.5**2)
        assert combine([clear, vague]).ghost_kind.tolist() == pytest.approx([share, 1 - share])

    def test_one_window_is_left_as_it_is(self):
        only = _window([1, 0, 0], [0.3, 0.7], [0.5, 0.5])
        assert combine([only]) is only


class TestTypeAndOpd:
    def test_the_sum_over_types(self):
        types, opds = type_opd_pair(np.asarray([0.6, 0.4]), np.asarray([[0.9, 0.1], [0.2, 0.8]]))
        assert opds.tolist() == pytest.approx([0.62, 0.38])
        assert types.tolist() == [0.6, 0.4]

    def test_the_best_opd_is_never_one_that_the_best_type_forbids(self):
        # Types 1 and 2 together put OPD 1 first; type 0, the likeliest, forbids it.
        given_type = np.asarray([[0.5, 0.0, 0.5], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
        _, opds = type_opd_pair(np.asarray([0.4, 0.3, 0.3]), given_type)
        assert opds.argmax() in (0, 2)
        assert opds.sum() == pytest.approx(1)
        assert opds[1] == pytest.approx(opds.max(), abs=1e-4)  # moved no further than needed

    @given(st.integers(0, 10_000))
    def test_holds_for_any_distributions(self, seed):
        chance = np.random.default_rng(seed)
        allowed = chance.random((4, 5)) < 0.4
        allowed[:, 0] |= ~allowed.any(axis=1)
        given_type = softmax(np.where(allowed, chance.normal(size=(4, 5)) * 3, -np.inf))
        types = softmax(chance.normal(size=4))
        _, opds = type_opd_pair(types, given_type)
        assert allowed[types.argmax(), opds.argmax()]
        assert opds.sum() == pytest.approx(1)
        assert opds.min() >= 0


class TestPriority:
    def test_the_type_counts_as_well_as_the_words(self):
        expected = np.asarray([[0.9, 0.1], [0.1, 0.9]])
        assert priority_of(np.zeros(2), np.asarray([1.0, 0.0]), expected, 0.0).tolist() == pytest.approx([0.9, 0.1])

    def test_the_bias_moves_towards_the_most_urgent(self):
        even = np.full((1, 2), 0.5)
        assert priority_of(np.zeros(2), np.ones(1), even, 0.5)[0] == pytest.approx(0.6225, abs=1e-4)

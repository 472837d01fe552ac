import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.suggestion import numbers


class TestProbability:
    @pytest.mark.parametrize("value", [0.0, 0.0003, 0.0007, 0.29, 0.57, 0.6, 0.97, 1.0])
    def test_four_digits_stay_as_they_are(self, value):
        assert numbers.probability(value) == value

    @pytest.mark.parametrize(("value", "rounded"), [(0.99999, 0.9999), (-1e-9, 0.0), (1.0000002, 1.0)])
    def test_rounds_down_and_stays_within_0_and_1(self, value, rounded):
        assert numbers.probability(value) == rounded

    @given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda weights: sum(weights) > 0))
    def test_a_rounded_distribution_never_sums_to_more_than_one(self, weights):
        rounded = [numbers.probability(weight / sum(weights)) for weight in weights]
        assert round(sum(rounded), 9) <= 1


class TestDecibels:
    def test_digital_silence_is_a_number_that_json_can_hold(self):
        assert numbers.decibels(float("-inf")) == -120.0

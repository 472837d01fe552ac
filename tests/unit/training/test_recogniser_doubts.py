"""The log-probability below which a segment is doubted."""

import numpy as np

from training.recogniser.doubts import MOST_FALSE_ALARMS, low_logprob_of


class TestThreshold:
    def test_doubts_at_most_the_stated_share_of_usable_clips(self) -> None:
        usable, misleading = np.linspace(-1, 0, 101), np.full(40, -0.95)
        doubt = low_logprob_of(np.concatenate([usable, misleading]), np.arange(141) >= 101)
        assert MOST_FALSE_ALARMS - 0.02 <= doubt["false_alarms"] <= MOST_FALSE_ALARMS
        assert doubt["found"] == 1.0
        assert doubt["misleading"] == round(40 / 141, 3)

    def test_misleading_clips_that_sound_sure_are_not_found(self) -> None:
        doubt = low_logprob_of(np.array([-0.5] * 50 + [-0.1] * 10), np.arange(60) >= 50)
        assert doubt["found"] == 0.0

    def test_a_model_that_writes_nothing_usable_is_doubted_always(self) -> None:
        doubt = low_logprob_of(np.array([-0.2, -0.3]), np.array([True, True]))
        assert (doubt["low_logprob"], doubt["found"]) == (0.0, 1.0)

    def test_a_model_that_writes_nothing_at_all_as_well(self) -> None:
        assert low_logprob_of(np.zeros(0), np.zeros(0, bool))["low_logprob"] == 0.0

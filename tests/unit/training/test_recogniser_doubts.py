"""Where doubt begins for a model."""

from dataclasses import replace

import numpy as np
import pytest
from support.calls import FakeTranscriber, segment

from training.recogniser.doubts import MOST_FALSE_ALARMS, fit_doubts, limits_of

NOTHING = np.zeros(0)


def limits(usable, misleading):
    """Limits for (log-probability, distance) of usable and of misleading segments."""
    both = np.array([*usable, *misleading])
    return limits_of(both[:, 0], both[:, 1], np.arange(len(both)) >= len(usable))


def doubted(found, segments):
    return [logprob < found["low_logprob"] or distance > found["letters_apart"] for logprob, distance in segments]


USABLE = [(-1 + i / 100, 0.3 - i / 400) for i in range(101)]


class TestLimits:
    def test_doubt_at_most_the_stated_share_of_usable_segments(self):
        found = limits(USABLE, [(-0.985, 0.29)] * 40)
        assert 0 < found["false_alarms"] <= MOST_FALSE_ALARMS
        assert (found["found"], found["segments"]) == (1.0, 141.0)
        assert found["misleading"] == round(40 / 141, 3)

    def test_do_what_they_say(self):
        misleading = [(-0.97, 0.0), (-0.5, 0.5), (-0.1, 0.1)] * 5
        found = limits(USABLE, misleading)
        assert np.mean(doubted(found, USABLE)) == pytest.approx(found["false_alarms"], abs=0.001)
        assert np.mean(doubted(found, misleading)) == pytest.approx(found["found"], abs=0.001)

    def test_the_second_reading_finds_what_the_log_probability_does_not(self):
        found = limits([(-0.2, 0.1)] * 50, [(-0.1, 0.6)] * 10)
        assert (found["found"], found["found_by_logprob"], found["false_alarms"]) == (1.0, 0.0, 0.0)
        assert 0.1 <= found["letters_apart"] < 0.6

    def test_the_log_probability_finds_what_the_second_reading_does_not(self):
        found = limits([(-0.2, 0.1)] * 50, [(-0.9, 0.0)] * 10)
        assert (found["found"], found["found_by_logprob"]) == (1.0, 1.0)

    def test_misleading_segments_that_sound_sure_are_not_found(self):
        found = limits([(-0.5, 0.2)] * 50, [(-0.1, 0.0)] * 10)
        assert (found["found"], found["false_alarms"]) == (0.0, 0.0)

    def test_without_a_second_reading_the_log_probability_alone_decides(self):
        found = limits([(logprob, 0.0) for logprob, _ in USABLE], [(-0.985, 0.0)] * 40)
        assert found["found"] == found["found_by_logprob"] == 1.0
        assert found["false_alarms"] <= MOST_FALSE_ALARMS

    def test_where_nothing_misleads_there_is_no_false_alarm(self):
        assert limits_of(np.full(20, -0.3), np.full(20, 0.1), np.zeros(20, bool))["false_alarms"] == 0.0


class TestAModelThatWritesNothingUsable:
    @pytest.mark.parametrize("logprobs", [np.array([-0.2, -0.3]), NOTHING])
    def test_is_doubted_always(self, logprobs):
        found = limits_of(logprobs, np.zeros(len(logprobs)), np.ones(len(logprobs), bool))
        assert found["low_logprob"] == 0.0
        assert all(doubted(found, [(logprob, 0.0) for logprob in logprobs]))

    def test_has_all_the_figures_of_one_that_does(self):
        untrained = limits_of(np.array([-0.2]), np.array([0.9]), np.array([True]))
        assert untrained.keys() == limits(USABLE, [(-0.95, 0.29)]).keys()
        assert (untrained["found"], untrained["found_by_logprob"], untrained["misleading"]) == (1.0, 1.0, 1.0)


class TestFitting:
    """A fake that writes the same to whatever it hears."""

    HEARD = replace(segment("bukan itu yang dikatakan"), avg_logprob=-0.4, letter_distance=0.7)

    def test_speaks_new_sentences_to_the_model_itself(self):
        found = fit_doubts(FakeTranscriber(self.HEARD), clips=4)
        assert found["segments"] >= 2
        assert (found["misleading"], found["low_logprob"]) == (1.0, 0.0)

    def test_leaves_out_what_has_no_log_probability(self):
        assert fit_doubts(FakeTranscriber(replace(self.HEARD, avg_logprob=None)), clips=4)["segments"] == 0.0

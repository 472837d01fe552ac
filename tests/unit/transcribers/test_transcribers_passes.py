"""faster-whisper's further passes over a window: where it starts again after its last word."""

from types import SimpleNamespace

from support.speech import channel

from triage.recording import Span
from triage.transcribers.local import _Passes


def kept(*seeks, speech=((2, 10),), window=(1.8, 10.2), frames_per_second=100):
    """Which of the passes that start at these seconds of the window are worth their text."""
    passes = _Passes(channel("caller", 12, *speech), Span(*window), frames_per_second)
    return [passes.worthwhile(SimpleNamespace(seek=round(seek * frames_per_second))) for seek in seeks]


class TestFurtherPass:
    def test_is_kept_where_voice_is_left(self):
        assert kept(0, 0, 4.0, 7.5) == [True, True, True, True]

    def test_is_dropped_where_only_the_padding_of_voice_is_left(self):
        assert kept(0, 7.95) == [True, False]

    def test_is_dropped_in_a_pause_with_nothing_after_it(self):
        assert kept(0, 3.0, speech=((2, 4),)) == [True, False]

    def test_the_first_is_always_kept(self):
        assert kept(0, speech=((2, 2.1),), window=(1.9, 2.2)) == [True]

    def test_a_model_that_creeps_is_stopped(self):
        assert kept(*(i / 100 for i in range(30))).count(True) == 9

    def test_counts_in_the_models_own_frames(self):
        for frames_per_second in (50, 100):
            assert kept(0, 4.0, 7.95, frames_per_second=frames_per_second) == [True, True, False]

"""Cutting channels into windows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.speech import channel, recording_of

from triage.recording import Channel, Span
from triage.recording.model import SAMPLE_RATE
from triage.speech import Segment, Word
from triage.speech.doubts import DoubtLimits
from triage.transcribers.windows import samples_in, speech_windows, transcribe_windows


def spans(*speech, seconds=60.0, window=12.0, gap=1.0):
    windows = speech_windows(recording_of(channel("caller", seconds, *speech)), window, gap)
    return [(round(w.start, 3), round(w.end, 3)) for _, w in windows]


class TestGrouping:
    def test_near_speech_shares_a_window_with_context_around_it(self):
        assert spans((2, 4), (4.8, 6)) == [(1.8, 6.2)]

    def test_a_longer_pause_starts_a_new_window(self):
        assert spans((2, 4), (5.5, 6)) == [(1.8, 4.2), (5.3, 6.2)]

    def test_speech_that_would_not_fit_starts_a_new_window(self):
        assert spans((2, 8), (8.5, 14)) == [(1.8, 8.2), (8.3, 14.2)]

    def test_context_never_reaches_into_the_neighbour(self):
        assert spans((0, 8), (8.1, 16)) == [(0, 8.05), (8.05, 16.2)]

    def test_context_stays_in_the_recording(self):
        [(start, end)] = spans((0.1, 9.9), seconds=10.0)
        assert 0 <= start < 0.1
        assert 9.9 < end <= 10

    def test_silence_gives_no_window(self):
        assert spans() == []

    def test_each_channel_has_its_own(self):
        recording = recording_of(channel("caller", 10, (1, 2)), channel("operator", 10, (1, 2), (5, 6)))
        assert [c.role for c, _ in speech_windows(recording, 12, 1)] == ["caller", "operator", "operator"]


class TestLongSpeech:
    def test_is_cut_at_its_quietest_point(self):
        long = channel("caller", 19, (0, 19))
        quiet = long.samples[round(8.0 * SAMPLE_RATE) : round(8.2 * SAMPLE_RATE)]
        quiet *= 0.05
        first, second = [w for _, w in speech_windows(recording_of(long), 12, 1)]
        assert first.end == second.start == pytest.approx(8.1, abs=0.05)

    def test_leaves_no_crumb_at_the_end(self):
        for seconds in (11.7, 12.0, 12.5, 23.5):
            assert all(end - start >= 1.0 for start, end in spans((0, seconds)))

    def test_two_hours_give_windows_all_along(self):
        silent = Channel(
            "caller", np.zeros(7200 * SAMPLE_RATE, np.float32), (Span(0, 7200),), channel("caller", 1).facts
        )
        windows = [w for _, w in speech_windows(recording_of(silent), 28, 5)]
        assert windows[-1].end == 7200
        assert 260 < len(windows) < 530


@given(
    lengths=st.lists(st.tuples(st.floats(0.01, 3), st.floats(0.15, 40)), min_size=1, max_size=8),
    window=st.floats(4, 28),
    gap=st.floats(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_windows_hold_all_speech_are_short_enough_and_do_not_overlap(lengths, window, gap):
    speech, time = [], 0.0
    for pause, length in lengths:
        speech.append((time + pause, time + pause + length))
        time += pause + length
    found = [w for _, w in speech_windows(recording_of(channel("caller", time + 1, *speech)), window, gap)]
    assert all(w.seconds <= window + 1e-6 for w in found)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(found))
    for start, end in speech:
        covered = sum(max(0.0, min(end, w.end) - max(start, w.start)) for w in found)
        assert covered == pytest.approx(end - start, abs=1e-3)


class TestTranscribing:
    def hear(self, channel, window):
        word = Word("ya", window.start - 1, window.end + 1, 0.9)
        return [Segment(channel.role, window.start - 1, window.end + 1, "ya", (word,))]

    def test_segments_are_in_order_inside_their_window_and_doubted(self):
        recording = recording_of(channel("caller", 30, (4, 5), (20, 21)), channel("operator", 30, (1, 2)))
        windows = speech_windows(recording, 12, 1)
        segments = transcribe_windows(recording, windows, self.hear, limits=DoubtLimits())
        assert [(s.channel, s.start, s.end) for s in segments] == [
            ("operator", 0.8, 2.2),
            ("caller", 3.8, 5.2),
            ("caller", 19.8, 21.2),
        ]
        assert (segments[0].words[0].start, segments[0].words[0].end) == (0.8, 2.2)
        assert all(s.doubts == () for s in segments)

    def test_progress_rises_to_one(self):
        recording = recording_of(channel("caller", 30, (4, 5), (10, 13), (20, 21)))
        shares = []
        transcribe_windows(
            recording, speech_windows(recording, 12, 1), self.hear, limits=DoubtLimits(), progress=shares.append
        )
        assert shares == [pytest.approx(1.4 / 6.2), pytest.approx(4.8 / 6.2), 1.0]

    def test_silence_is_done_at_once(self):
        shares = []
        recording = recording_of(channel("caller", 5))
        assert transcribe_windows(recording, [], self.hear, limits=DoubtLimits(), progress=shares.append) == ()
        assert shares == [1.0]

    def test_samples_are_a_view(self):
        one = channel("caller", 5, (1, 2))
        part = samples_in(one, Span(1, 2))
        assert part.shape == (SAMPLE_RATE,)
        assert np.shares_memory(part, one.samples)

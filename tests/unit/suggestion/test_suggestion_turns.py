from support.calls import segment

from triage.classifier import Turn
from triage.speech import Segment
from triage.suggestion.turns import TimedTurns


class TestJoiningSegments:
    def test_neighbours_of_one_channel_become_one_turn(self):
        timed = TimedTurns.from_segments(
            [
                segment("di pasar"),
                segment("panjang pak", start=2),
                segment("baik", "operator", 4),
                segment("iya", start=6),
            ]
        )
        assert timed.turns == (Turn("caller", "di pasar panjang pak"), Turn("operator", "baik"), Turn("caller", "iya"))

    def test_empty_segments_leave_no_turn(self):
        assert TimedTurns.from_segments([segment("")]).turns == ()


class TestTimes:
    def test_a_name_across_a_segment_border_has_the_times_of_its_words(self):
        timed = TimedTurns.from_segments([segment("di pasar"), segment("panjang pak", start=2)])
        start = timed.turns[0].text.index("pasar")
        assert timed.times(0, start, start + len("pasar panjang")) == (0.5, 2.5)
        assert timed.quote(0, start, start + len("pasar panjang")) == "pasar panjang"

    def test_part_of_a_word_has_the_time_of_the_word(self):
        timed = TimedTurns.from_segments([segment("kebakaran besar", start=1)])
        assert timed.times(0, 2, 4) == (1.0, 1.5)

    def test_without_words_the_segment_gives_the_time(self):
        timed = TimedTurns.from_segments([Segment("caller", 3.0, 7.0, "ada api")])
        assert timed.times(0, 0, 3) == (3.0, 7.0)

    def test_words_that_differ_from_the_text_fall_back_to_the_segment(self):
        odd = Segment("caller", 3.0, 7.0, "ada api", segment("lain sekali").words)
        assert TimedTurns.from_segments([odd]).times(0, 0, 3) == (3.0, 7.0)

    def test_text_alone_has_no_times(self):
        assert TimedTurns((Turn("mixed", "ada api"),)).times(0, 0, 3) == (None, None)

    def test_a_finding_without_a_turn_has_no_times(self):
        assert TimedTurns.from_segments([segment("ada api")]).times(None, 0, 0) == (None, None)

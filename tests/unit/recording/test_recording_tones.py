import numpy as np
import pytest
from recording_signals import silence, tone, with_noise

from triage.recording.spectrum import analyse
from triage.recording.tones import find_tones


def tones_in(samples):
    samples = with_noise(samples)
    spectrum = analyse(samples)
    return find_tones(spectrum, np.ones(spectrum.first.size, bool))


def cadence(frequencies, on, off, times):
    return np.concatenate([silence(0.5), *[tone(frequencies, on), silence(off)] * times])


class TestDtmf:
    def test_every_key_with_its_time(self):
        pairs = [[row, column] for row in (697, 770, 852, 941) for column in (1209, 1336, 1477, 1633)]
        found = tones_in(np.concatenate([np.concatenate([silence(0.1), tone(pair, 0.1)]) for pair in pairs]))
        assert "".join(t.detail for t in found) == "123A456B789C*0#D"
        assert {t.kind for t in found} == {"dtmf"}
        assert [t.start for t in found] == pytest.approx([0.1 + 0.2 * i for i in range(16)], abs=0.04)

    def test_the_shortest_digit_of_the_standard(self):
        found = tones_in(
            np.concatenate([silence(0.2), tone([770, 1336], 0.05), silence(0.05), tone([941, 1336], 0.05)])
        )
        assert [t.detail for t in found] == ["5", "0"]

    def test_one_frequency_alone_is_no_digit(self):
        assert tones_in(cadence([770], 0.1, 0.1, 3)) == ()

    def test_frequencies_off_the_grid_are_no_digit(self):
        assert tones_in(cadence([730, 1270], 0.1, 0.1, 3)) == ()


class TestCallProgress:
    def test_indonesian_ringback(self):
        found = tones_in(cadence([425], 1, 4, 2))
        assert [t.kind for t in found] == ["ringback"] * 2
        assert [t.start for t in found] == pytest.approx([0.5, 5.5], abs=0.05)
        assert [t.end - t.start for t in found] == pytest.approx([1, 1], abs=0.1)

    def test_ringback_of_two_frequencies(self):
        assert [t.kind for t in tones_in(cadence([440, 480], 2, 4, 2))] == ["ringback"] * 2

    @pytest.mark.parametrize(("on", "times"), [(0.5, 4), (0.25, 6)])
    def test_busy_and_congestion(self, on, times):
        assert [t.kind for t in tones_in(cadence([425], on, on, times))] == ["busy"] * times

    def test_busy_of_two_frequencies(self):
        assert [t.kind for t in tones_in(cadence([480, 620], 0.5, 0.5, 3))] == ["busy"] * 3

    def test_a_single_short_beep_is_no_busy_tone(self):
        assert tones_in(cadence([425], 0.4, 3, 1)) == ()

    def test_dial_tone(self):
        (found,) = tones_in(cadence([425], 6, 1, 1))
        assert (found.kind, round(found.start, 1), round(found.end, 1)) == ("dial", 0.5, 6.5)


class TestOtherTones:
    def test_special_information_tone(self):
        steps = [tone([hz], 0.33) for hz in (950, 1400, 1800)]
        (found,) = tones_in(np.concatenate([silence(1), *steps, silence(1)]))
        assert (found.kind, found.start, found.end) == ("sit", pytest.approx(1, abs=0.05), pytest.approx(2, abs=0.05))

    def test_falling_tones_are_no_information_tone(self):
        steps = [tone([hz], 0.33) for hz in (1800, 1400, 950)]
        assert tones_in(np.concatenate([silence(1), *steps, silence(1)])) == ()

    def test_fax_calling_and_answering(self):
        assert [t.kind for t in tones_in(cadence([1100], 0.5, 3, 2))] == ["fax", "fax"]
        assert [t.kind for t in tones_in(cadence([2100], 3, 1, 1))] == ["fax"]

    def test_noise_has_no_tones(self):
        assert tones_in(with_noise(silence(10), 0.1)) == ()

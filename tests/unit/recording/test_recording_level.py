import numpy as np
import pytest
from recording_signals import RATE, silence, tone, with_noise

from triage.recording import level


class TestLevels:
    def test_full_scale_sine_is_minus_three_dbfs(self):
        powers = level.frame_powers(tone([500], 1, 1.0))
        assert level.to_dbfs(float(powers.mean())) == pytest.approx(-3.01, abs=0.01)

    def test_digital_silence_has_a_floor_instead_of_minus_infinity(self):
        powers = level.frame_powers(silence(1))
        assert level.to_dbfs(float(powers.mean())) == level.SILENCE_DBFS
        assert level.noise_floor(powers) == level.SILENCE_DBFS

    def test_noise_floor_is_the_noise_between_the_sounds(self):
        powers = level.frame_powers(with_noise(np.concatenate([tone([500], 3), silence(1)]), 1e-3))
        assert level.noise_floor(powers) == pytest.approx(-60, abs=1)

    def test_noise_floor_leaves_out_gaps_of_digital_silence(self):
        powers = level.frame_powers(np.concatenate([with_noise(silence(1), 1e-2), silence(5)]))
        assert level.noise_floor(powers) == pytest.approx(-40, abs=1)

    def test_active_level_does_not_count_the_pauses(self):
        sounding = tone([500], 1)
        powers = level.frame_powers(with_noise(np.concatenate([sounding, silence(9)]), 1e-4))
        assert level.active_level(powers) == pytest.approx(-23, abs=0.5)

    def test_shorter_than_a_frame(self):
        assert level.frame_powers(np.full(10, 0.5, np.float32)) == pytest.approx([0.25])


class TestNormalise:
    @pytest.mark.parametrize("amplitude", [0.9, 0.1, 0.01, 0.004])
    def test_brings_the_active_level_to_the_target(self, amplitude):
        samples = np.concatenate([tone([500], 1, amplitude), silence(4)])
        level.normalise(samples, level.frame_powers(samples))
        assert level.active_level(level.frame_powers(samples)) == pytest.approx(level.TARGET_DBFS, abs=0.1)

    def test_silence_stays_silence(self):
        samples = silence(1)
        level.normalise(samples, level.frame_powers(samples))
        assert not samples.any()

    def test_idle_noise_is_lifted_by_no_more_than_the_largest_gain(self):
        samples = with_noise(silence(2), 10 ** (-80 / 20))
        level.normalise(samples, level.frame_powers(samples))
        powers = level.frame_powers(samples)
        assert level.to_dbfs(float(powers.mean())) == pytest.approx(-80 + level.MAX_GAIN_DB, abs=0.5)

    def test_peaks_are_capped(self):
        samples = with_noise(silence(10), 1e-3)
        samples[RATE] = 0.9
        level.normalise(samples, level.frame_powers(samples))
        assert np.abs(samples).max() == 1.0

    def test_offset_is_removed(self):
        samples = tone([500], 1, 0.1) + np.float32(0.2)
        level.remove_offset(samples)
        assert samples.mean() == pytest.approx(0, abs=1e-6)
        assert np.abs(samples).max() == pytest.approx(0.1, abs=1e-3)

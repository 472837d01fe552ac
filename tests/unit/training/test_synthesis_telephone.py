"""The telephone line."""

import numpy as np
from scipy import signal

from training.synthesis.telephone import Line, colored_noise, mu_law, send

RATE = 8000


def _tone(frequency: float, seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * frequency * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


def _power(samples: np.ndarray, low: float, high: float) -> float:
    frequency, density = signal.welch(samples, RATE, nperseg=512)
    return float(density[(frequency >= low) & (frequency < high)].sum())


class TestSend:
    def test_brings_speech_to_the_level_of_the_line(self) -> None:
        for level in (-40.0, -20.0):
            recorded = send(_tone(1000), Line(level_dbfs=level, snr_db=60), np.random.default_rng(1))
            assert abs(20 * np.log10(np.sqrt(np.mean(recorded**2))) - level) < 0.5

    def test_cuts_what_is_outside_the_telephone_band(self) -> None:
        noise = colored_noise(np.random.default_rng(1), RATE * 4, 0)
        recorded = send(noise, Line(snr_db=80), np.random.default_rng(2))
        assert _power(recorded, 0, 120) < 0.02 * _power(recorded, 1000, 1120)

    def test_noise_follows_the_signal_to_noise_ratio(self) -> None:
        speech = np.concatenate([_tone(1000), np.zeros(RATE, np.float32)])
        quiet, loud = (send(speech, Line(snr_db=snr), np.random.default_rng(1))[RATE + 200 :] for snr in (40.0, 10.0))
        difference = 20 * np.log10(np.std(loud) / np.std(quiet))
        assert 22 < difference < 32

    def test_loses_packets_of_20_ms(self) -> None:
        recorded = send(_tone(1000, 20), Line(loss=0.1, snr_db=60), np.random.default_rng(1))
        packets = np.abs(recorded).reshape(-1, RATE // 50).max(1)
        assert 0.05 < np.mean(packets == 0) < 0.15

    def test_silence_stays_quiet(self) -> None:
        recorded = send(np.zeros(RATE, np.float32), Line(snr_db=30), np.random.default_rng(1))
        assert np.sqrt(np.mean(recorded**2)) < 0.005


class TestMuLaw:
    def test_has_at_most_256_levels_and_stays_close(self) -> None:
        samples = np.linspace(-1, 1, 20001).astype(np.float32)
        coded = mu_law(samples)
        assert len(np.unique(coded)) <= 256
        assert np.abs(coded - samples).max() < 0.03

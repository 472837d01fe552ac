"""The telephone line."""

import numpy as np
from scipy import signal

from training.synthesis.codecs import CODECS
from training.synthesis.telephone import ECHO_SECONDS, Line, colored_noise, draw_line, send

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

    def test_a_background_takes_the_place_of_the_noise(self) -> None:
        speech = np.concatenate([_tone(1000), np.zeros(RATE, np.float32)])
        recorded = send(speech, Line(snr_db=10), np.random.default_rng(1), _tone(2000, 0.5))[RATE + 200 :]
        assert _power(recorded, 1900, 2100) > 50 * _power(recorded, 900, 1100)

    def test_an_echo_comes_after_its_delay(self) -> None:
        click = np.zeros(RATE, np.float32)
        click[800:840] = _tone(1000)[:40]
        line, at = Line(snr_db=80, echo_db=12.0, level_dbfs=-40), 800 + int(ECHO_SECONDS * RATE)
        recorded = send(click, line, np.random.default_rng(1))
        said, echoed = (np.sqrt(np.mean(recorded[start : start + 60] ** 2)) for start in (800, at))
        assert abs(20 * np.log10(said / echoed) - 12) < 1.5

    def test_a_clipping_line_cuts_the_peaks(self) -> None:
        speech = _tone(1000) * np.linspace(0.1, 1, RATE).astype(np.float32)
        whole, cut = (send(speech, Line(snr_db=60, clip=clip), np.random.default_rng(1)) for clip in (1.0, 0.3))
        assert abs(np.abs(cut).max() / np.abs(whole).max() - 0.3) < 0.03

    def test_does_not_change_what_it_is_given(self) -> None:
        speech = _tone(1000)
        send(speech, Line(echo_db=10, reverb_seconds=0.2, clip=0.5), np.random.default_rng(1))
        assert np.array_equal(speech, _tone(1000))


class TestDrawLine:
    def test_draws_every_codec_and_levels_of_pbx_recordings(self) -> None:
        rng = np.random.default_rng(1)
        lines = [draw_line(rng) for _ in range(500)]
        assert {line.codec for line in lines} == set(CODECS)
        assert all(-45 <= line.level_dbfs <= -5 for line in lines)
        assert 0.05 < np.mean([line.echo_db is not None for line in lines]) < 0.2

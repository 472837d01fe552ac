"""Real telephone codecs: what they lose, and that words stay where they are."""

import numpy as np
import pytest
from scipy import signal

from training.synthesis.codecs import CODECS, SAMPLE_RATE, Samples, through
from training.synthesis.espeak import Voice
from training.synthesis.utterance import speak
from training.synthesis.voices import Speaker

MOST_DELAY = 0.010
"""Seconds. AMR looks 5 ms ahead; the words' times are used to 20 ms."""


@pytest.fixture(scope="module")
def speech() -> Samples:
    spoken = speak(["tolong", "pak", "ada", "rumah", "terbakar"], Speaker(Voice("f4"), 1.0))
    assert spoken is not None
    return 0.5 * spoken.samples / np.abs(spoken.samples).max()


class TestEveryCodec:
    @pytest.mark.parametrize("codec", CODECS)
    @pytest.mark.parametrize("count", [1, 159, 160, 161, 8001])
    def test_keeps_the_length(self, codec: str, count: int) -> None:
        coded = through(np.full(count, 0.1, np.float32), codec)
        assert (coded.shape, coded.dtype) == ((count,), np.float32)

    @pytest.mark.parametrize("codec", CODECS)
    def test_keeps_speech_in_its_place(self, speech: Samples, codec: str) -> None:
        coded = through(speech, codec)
        agreement = signal.correlate(coded, speech, "full")
        best = int(np.argmax(agreement))
        assert abs(best - (len(speech) - 1)) <= MOST_DELAY * SAMPLE_RATE
        assert agreement[best] / np.sqrt(np.sum(coded**2) * np.sum(speech**2)) > 0.8

    @pytest.mark.parametrize("codec", CODECS)
    def test_keeps_the_level(self, speech: Samples, codec: str) -> None:
        assert abs(20 * np.log10(np.std(through(speech, codec)) / np.std(speech))) < 1.5

    @pytest.mark.parametrize("codec", CODECS)
    def test_loses_something_and_always_the_same(self, speech: Samples, codec: str) -> None:
        coded = through(speech, codec)
        assert not np.array_equal(coded, speech)
        assert np.array_equal(coded, through(speech, codec))

    @pytest.mark.parametrize("codec", CODECS)
    def test_bears_what_is_too_loud(self, codec: str) -> None:
        assert np.isfinite(through(np.linspace(-3, 3, 800).astype(np.float32), codec)).all()


class TestLogarithmicCodecs:
    @pytest.mark.parametrize("codec", ["mulaw", "alaw"])
    def test_have_at_most_256_levels_and_stay_close(self, codec: str) -> None:
        samples = np.linspace(-1, 1, 20001).astype(np.float32)
        coded = through(samples, codec)
        assert len(np.unique(coded)) <= 256
        assert np.abs(coded - samples).max() < 0.03


class TestBitRates:
    def test_fewer_bits_lose_more(self, speech: Samples) -> None:
        def likeness(codec: str) -> float:
            coded = through(speech, codec)
            return float(signal.correlate(coded, speech).max() / np.sqrt(np.sum(coded**2) * np.sum(speech**2)))

        assert likeness("mulaw") > likeness("amr") > likeness("amr_low")


class TestUnknown:
    def test_codec_is_refused(self) -> None:
        with pytest.raises(KeyError):
            through(np.zeros(8, np.float32), "mp3")

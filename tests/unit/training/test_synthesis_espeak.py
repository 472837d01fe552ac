"""Speech with times, from the real espeak-ng."""

import numpy as np
import pytest

from training.synthesis.espeak import SAMPLE_RATE, Voice, speak
from training.synthesis.voices import HELD_OUT_VARIANTS, TRAINING_VARIANTS, UNUSUAL_VARIANTS


class TestSpeak:
    def test_gives_sound_and_a_mark_for_each_word(self) -> None:
        utterance = speak("ada pohon tumbang", Voice("f2"))
        assert 0.8 < len(utterance.samples) / SAMPLE_RATE < 3
        assert np.abs(utterance.samples).max() > 0.1
        assert [mark.label for mark in utterance.words] == ["0", "4", "10"]
        assert [mark.start for mark in utterance.words] == sorted(mark.start for mark in utterance.words)

    def test_marks_phonemes(self) -> None:
        labels = [mark.label.strip("',") for mark in speak("mata", Voice("m3")).phonemes]
        assert labels[:4] == ["m", "a", "t", "a"]

    def test_faster_rate_is_shorter(self) -> None:
        slow, fast = (speak("tolong kirim ambulans", Voice("m1", rate=rate)) for rate in (120, 200))
        assert len(fast.samples) < 0.8 * len(slow.samples)

    def test_refuses_an_unknown_voice(self) -> None:
        with pytest.raises(ValueError, match="no voice variant"):
            speak("halo", Voice("tidak-ada"))

    def test_every_listed_voice_speaks(self) -> None:
        for variant in TRAINING_VARIANTS + UNUSUAL_VARIANTS + HELD_OUT_VARIANTS:
            assert len(speak("halo", Voice(variant)).samples) > SAMPLE_RATE * 0.15, variant

    def test_held_out_voices_are_not_trained_on(self) -> None:
        assert not set(TRAINING_VARIANTS + UNUSUAL_VARIANTS) & set(HELD_OUT_VARIANTS)

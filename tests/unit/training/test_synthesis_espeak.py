"""Speech with times, from the real espeak-ng."""

import numpy as np
import pytest

from training.recogniser.clips import make_clip, speak_words
from training.recogniser.texts import TextSource
from training.synthesis.espeak import SAMPLE_RATE, Voice, speak
from training.synthesis.voices import HELD_OUT_VARIANTS, TRAINING_VARIANTS


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
        for variant in TRAINING_VARIANTS + HELD_OUT_VARIANTS:
            assert len(speak("halo", Voice(variant)).samples) > SAMPLE_RATE * 0.15, variant

    def test_held_out_voices_are_not_trained_on(self) -> None:
        assert not set(TRAINING_VARIANTS) & set(HELD_OUT_VARIANTS)


class TestSpeakWords:
    def test_gives_one_rising_start_a_word(self) -> None:
        words = ["halo", "pak", "ada", "odgj", "di", "pasar", "baru"]
        _, starts = speak_words(words, Voice("m2"))
        assert starts is not None
        assert len(starts) == len(words)
        assert starts == sorted(starts)


class TestMakeClip:
    def test_is_the_same_for_the_same_seed(self) -> None:
        source = TextSource()
        first, second = (make_clip(source, np.random.default_rng(3)) for _ in range(2))
        assert first is not None
        assert second is not None
        assert first.words == second.words
        # espeak-ng's breath noise differs from run to run, and with it the last sample or two.
        assert abs(len(first.audio) - len(second.audio)) < 40
        assert np.allclose(first.word_times, second.word_times, atol=0.01)

    def test_times_and_frames_lie_within_the_audio(self) -> None:
        source, rng = TextSource(), np.random.default_rng(5)
        clip = next(c for c in (make_clip(source, rng) for _ in range(20)) if c is not None)
        seconds = len(clip.audio) / 8000
        assert len(clip.word_times) == len(clip.words) + 1
        assert 0 <= clip.word_times[0] < clip.word_times[-1] <= seconds
        assert abs(len(clip.frames) * 0.02 - seconds) < 0.03

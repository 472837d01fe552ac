"""A sentence with the times of its words and phonemes, from the real espeak-ng."""

import numpy as np
import pytest

from training.synthesis.espeak import Voice
from training.synthesis.telephone import SAMPLE_RATE
from training.synthesis.utterance import PHONEME_SECONDS, PHONEMES, Spoken, padded, speak, speak_words
from training.synthesis.voices import CHILD_WARP, HELD_OUT_VARIANTS, TRAINING_VARIANTS, Speaker, draw_speaker

WORDS = ["halo", "pak", "ada", "odgj", "di", "pasar", "baru"]


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    found = speak(WORDS, Speaker(Voice("m2"), 1.0))
    assert found is not None
    return found


class TestSpeakWords:
    def test_gives_one_rising_start_a_word(self) -> None:
        _, starts = speak_words(WORDS, Voice("m2"))
        assert starts is not None
        assert len(starts) == len(WORDS)
        assert starts == sorted(starts)


class TestSpeak:
    def test_gives_the_start_of_each_word_and_the_end_of_the_last(self, spoken: Spoken) -> None:
        assert spoken.words == WORDS
        assert len(spoken.word_times) == len(WORDS) + 1
        assert spoken.word_times == sorted(spoken.word_times)
        assert spoken.word_times[-1] == len(spoken.samples) / SAMPLE_RATE

    def test_names_a_phoneme_every_20_ms(self, spoken: Spoken) -> None:
        assert abs(len(spoken.phonemes) * PHONEME_SECONDS - len(spoken.samples) / SAMPLE_RATE) < PHONEME_SECONDS
        said = [PHONEMES[index] for index in spoken.phonemes]
        first_word = said[: int(spoken.word_times[1] / PHONEME_SECONDS)]
        assert [p for i, p in enumerate(first_word) if p != "_" and p != first_word[i - 1]] == ["h", "a", "l", "o"]

    def test_a_child_is_raised_and_its_times_move_along(self, spoken: Spoken) -> None:
        child = speak(WORDS, Speaker(Voice("m2"), CHILD_WARP))
        assert child is not None
        assert child.word_times == pytest.approx([t / CHILD_WARP for t in spoken.word_times], rel=0.02, abs=0.02)

        def center(samples: np.ndarray) -> float:
            power = np.abs(np.fft.rfft(samples)) ** 2
            return float(np.sum(power * np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)) / np.sum(power))

        assert center(child.samples) > 1.08 * center(spoken.samples)

    def test_of_nothing_is_none(self) -> None:
        assert speak([], Speaker(Voice("m2"), 1.0)) is None


class TestPadded:
    def test_moves_times_and_phonemes(self, spoken: Spoken) -> None:
        moved = padded(spoken, 0.5, 0.25)
        assert len(moved.samples) == len(spoken.samples) + 6000
        assert not moved.samples[:4000].any()
        assert moved.word_times == pytest.approx([time + 0.5 for time in spoken.word_times])
        assert not moved.phonemes[:25].any()
        assert np.array_equal(moved.phonemes[25 : 25 + len(spoken.phonemes)], spoken.phonemes)
        assert abs(len(moved.phonemes) * PHONEME_SECONDS - len(moved.samples) / SAMPLE_RATE) < PHONEME_SECONDS

    def test_by_nothing_is_the_same(self, spoken: Spoken) -> None:
        same = padded(spoken, 0, 0)
        assert np.array_equal(same.samples, spoken.samples)
        assert same.word_times == spoken.word_times


class TestDrawSpeaker:
    def test_is_the_same_for_the_same_seed(self) -> None:
        assert draw_speaker(np.random.default_rng(1)) == draw_speaker(np.random.default_rng(1))

    def test_draws_children_now_and_then_and_speaks_within_what_people_do(self) -> None:
        rng = np.random.default_rng(1)
        speakers = [draw_speaker(rng) for _ in range(600)]
        assert 0.04 < sum(s.warp > 1.16 for s in speakers) / len(speakers) < 0.12
        assert all(85 <= s.voice.rate <= 205 for s in speakers)
        assert all(0.86 <= s.warp <= CHILD_WARP * 1.16 for s in speakers)

    def test_keeps_to_the_variants_it_is_given(self) -> None:
        rng = np.random.default_rng(1)
        assert {draw_speaker(rng, HELD_OUT_VARIANTS).voice.variant for _ in range(100)} == set(HELD_OUT_VARIANTS)
        some = [draw_speaker(rng, TRAINING_VARIANTS, ("whisper",)).voice.variant for _ in range(300)]
        assert 10 < some.count("whisper") < 60

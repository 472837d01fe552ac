"""Synthetic recordings with what is said in them, spoken by the real espeak-ng."""

import io
import wave
from itertools import islice

import numpy as np
import pytest

from training.corpus.load import TRAIN, VALIDATION, read_calls
from training.evaluation.items import MOST_WORDS, SHARED_WORDS, Item, dialogue, held_out_sentences, mono, turns
from training.synthesis.espeak import Voice, speak
from training.synthesis.spoken import written
from training.synthesis.telephone import SAMPLE_RATE, Line


def _three(name: str = "turns", **options: object) -> list[Item]:
    return list(turns(name, 3, np.random.default_rng(7), **options))


@pytest.fixture(scope="module")
def clips() -> list[Item]:
    return _three()


@pytest.fixture(scope="module")
def call() -> Item:
    long = next(c for c in read_calls(VALIDATION) if len(c.turns) >= 6 and len(c.turns[1].text.split()) > 6)
    item = dialogue("dialogues-000", "dialogues", long, np.random.default_rng(7))
    assert item is not None
    return item


class TestHeldOutSentences:
    def test_share_no_five_words_with_a_training_turn(self) -> None:
        sentences = held_out_sentences()
        trained = {
            tuple(words[i : i + SHARED_WORDS])
            for call in read_calls(TRAIN)
            for words in (written(turn.text) for turn in call.turns)
            for i in range(len(words) - SHARED_WORDS + 1)
        }
        assert len(sentences) > 500
        for words in sentences:
            assert not trained & {tuple(words[i : i + SHARED_WORDS]) for i in range(len(words))}, words


class TestTurns:
    def test_are_mono_recordings_of_one_sentence(self, clips: list[Item]) -> None:
        assert [item.id for item in clips] == ["turns-000", "turns-001", "turns-002"]
        for item in clips:
            [channel] = item.channels
            assert channel.role == "mixed"
            assert 3 <= len(channel.words) <= MOST_WORDS
            assert 0.3 <= channel.starts[0] < channel.starts[-1] < item.seconds - 0.3
            assert channel.starts == sorted(channel.starts)

    def test_are_handed_over_as_pcm_at_8_khz(self, clips: list[Item]) -> None:
        with wave.open(io.BytesIO(clips[0].wav())) as file:
            assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
            assert file.getnframes() == len(clips[0].samples)

    def test_are_the_same_whatever_was_spoken_before(self, clips: list[Item]) -> None:
        # espeak-ng's breath carries over, and with it some milliseconds of every word's length; starts add them up.
        speak("apa saja", Voice("f1"))
        for before, after in zip(clips, _three(), strict=True):
            assert before.channels[0].words == after.channels[0].words
            lengths, lengths_after = (np.diff(item.channels[0].starts, prepend=0.0) for item in (before, after))
            assert lengths == pytest.approx(lengths_after, abs=0.02)

    @pytest.mark.parametrize("line", [Line(reverb_seconds=0.25), Line(codec="gsm", loss=0.1), Line(snr_db=5)])
    def test_say_the_same_over_another_line(self, clips: list[Item], line: Line) -> None:
        said = [item.channels[0].words for item in _three(line=lambda rng: line)]
        assert said == [item.channels[0].words for item in clips]


class TestDialogue:
    def test_has_the_words_of_both_sides(self, call: Item) -> None:
        assert call.call is not None
        for channel, side in zip(call.channels, ("caller", "operator"), strict=True):
            assert channel.role == side
            said = [turn for turn in call.call.turns if (turn.speaker == "operator") == (side == "operator")]
            assert channel.words == [word for turn in said for word in written(turn.text)]
            assert channel.starts == sorted(channel.starts)

    def test_has_the_caller_on_the_left(self, call: Item) -> None:
        def loudness(column: int, starts: list[float]) -> float:
            parts = [call.samples[int(s * SAMPLE_RATE) :][: SAMPLE_RATE // 10, column] for s in starts]
            return float(np.sqrt(np.mean(np.concatenate(parts) ** 2)))

        caller, operator = (channel.starts for channel in call.channels)
        assert loudness(0, caller) > 2 * loudness(0, operator)
        assert loudness(1, operator) > 2 * loudness(1, caller)

    def test_in_mono_has_the_words_of_both_in_order(self, call: Item) -> None:
        one = mono(call, "dialogues_mono")
        assert (one.id, one.slice, one.samples.ndim) == ("dialogues-000-mono", "dialogues_mono", 1)
        [channel] = one.channels
        assert channel.starts == sorted(channel.starts)
        assert sorted(channel.words) == sorted(word for side in call.channels for word in side.words)
        assert np.abs(one.samples).max() <= 1
        first = call.call.turns[0].text if call.call else ""
        assert channel.words[: len(written(first))] == written(first)


def test_items_come_one_by_one() -> None:
    assert len(list(islice(turns("turns", 10**9, np.random.default_rng(1)), 1))) == 1

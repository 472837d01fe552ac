"""What the decoder reads and is to write."""

import math
from itertools import pairwise

import pytest
from support.clips import small_tokenizer
from tokenizers import AddedToken, Tokenizer, models

from training.recogniser.tokenizer import SPECIAL, TIMESTAMPS
from training.recogniser.tokens import IGNORED, MOST_PROMPT_TOKENS, Coder

WORDS, TIMES = ["ada", "api"], [0.5, 0.9, 1.3]
HEAD = ["<|startoftranscript|>", "<|id|>", "<|transcribe|>"]


@pytest.fixture(scope="module")
def tokenizer():
    return small_tokenizer()


@pytest.fixture(scope="module")
def coder(tokenizer):
    return Coder(tokenizer, 0.04)


@pytest.fixture(scope="module")
def names(tokenizer):
    def names_of(ids):
        return [None if i == IGNORED else tokenizer.id_to_token(i) for i in ids]

    return names_of


class TestASegment:
    def test_stands_between_its_timestamps(self, coder, tokenizer, names):
        coded = coder.code(WORDS, TIMES, timed=True)
        tokens = names(coded.ids)
        assert tokens[:4] == [*HEAD, "<|0.50|>"]
        assert tokens[-1] == "<|1.30|>"
        assert tokenizer.decode(coded.ids[4:-1]) == " ada api"

    def test_every_token_is_learned_from_the_ones_before(self, coder, names):
        coded = coder.code(WORDS, TIMES, timed=True)
        assert coded.labels[:-1] == coded.ids[1:]
        assert names(coded.labels[-1:]) == ["<|endoftext|>"]

    def test_untimed_has_no_timestamp(self, coder, names):
        coded = coder.code(WORDS, TIMES, timed=False)
        assert names(coded.ids)[:4] == [*HEAD, "<|notimestamps|>"]
        assert not {*names(coded.ids), *names(coded.labels)} & set(TIMESTAMPS)

    def test_times_beyond_whispers_window_get_its_last_timestamp(self, coder, names):
        assert names(coder.code(["ada"], [29.99, 31.0], timed=True).ids)[-1] == "<|30.00|>"


class TestSilence:
    @pytest.mark.parametrize(("timed", "after_the_task"), [(True, "<|0.00|>"), (False, "<|notimestamps|>")])
    def test_is_no_speech_and_then_the_end(self, coder, names, timed, after_the_task):
        coded = coder.code([], [], timed=timed)
        assert names(coded.ids) == [*HEAD, after_the_task]
        assert names(coded.labels) == ["<|nospeech|>", None, after_the_task, "<|endoftext|>"]


class TestPrompt:
    def test_is_read_but_not_learned(self, coder, tokenizer, names):
        coded, without = (
            coder.code(WORDS, TIMES, timed=True, prompt=["di", "lorong"]),
            coder.code(WORDS, TIMES, timed=True),
        )
        before = len(coded.ids) - len(without.ids)
        assert names(coded.ids)[0] == "<|startofprev|>"
        assert tokenizer.decode(coded.ids[1:before]) == " di lorong"
        assert coded.labels == [IGNORED] * before + without.labels
        assert (coded.ids[before:], coded.centers[before:]) == (without.ids, without.centers)

    def test_before_silence_leaves_no_speech_after_the_start(self, coder, names):
        coded = coder.code([], [], timed=True, prompt=["di"])
        at = names(coded.ids).index("<|startoftranscript|>")
        assert names(coded.labels)[at : at + 2] == ["<|nospeech|>", None]

    def test_a_long_one_is_cut(self, coder, names):
        tokens = names(coder.code(WORDS, TIMES, timed=True, prompt=["kebakaran"] * 300).ids)
        assert tokens.index("<|startoftranscript|>") == MOST_PROMPT_TOKENS


class TestCenters:
    def test_are_the_encoder_positions_at_which_the_tokens_are_spoken(self, coder, tokenizer):
        coded = coder.code(WORDS, TIMES, timed=True)
        assert len(coded.centers) == len(coded.ids) + 1
        assert coded.centers[:4] == [-1] * 4
        assert coded.centers[-2:] == [-1, -1]
        spoken = coded.centers[4:-2]
        first = len(tokenizer.encode(" ada", add_special_tokens=False).ids)
        assert all(0.46 <= center * 0.04 <= 0.9 for center in spoken[:first])
        assert all(0.86 <= center * 0.04 <= 1.3 for center in spoken[first:])
        assert all(a <= b for a, b in pairwise(spoken))

    def test_follow_the_length_of_a_position(self, coder, tokenizer):
        coarse = coder.code(WORDS, TIMES, timed=True).centers
        fine = Coder(tokenizer, 0.02).code(WORDS, TIMES, timed=True).centers
        assert all(f // 2 == c for c, f in zip(coarse, fine, strict=True))

    def test_a_pause_after_a_word_is_not_the_word(self, coder):
        centers = coder.code(["ya", "pak"], [0.5, 8.0, 8.4], timed=False).centers
        assert max(c for c in centers if c * 0.04 < 7) * 0.04 < 1.0

    def test_unknown_times_give_none(self, coder):
        coded = coder.code(["tolong", "ada", "api"], [0.0, math.nan, math.nan, 3.0], timed=True)
        assert set(coded.centers) == {-1}


class TestTokenizers:
    def test_without_whispers_tokens_are_refused(self):
        with pytest.raises(ValueError, match=r"no multilingual Whisper tokenizer: it has no <\|startoftranscript\|>"):
            Coder(Tokenizer(models.BPE()), 0.04)

    def test_without_the_language_are_refused(self, tokenizer):
        with pytest.raises(ValueError, match=r"<\|jv\|>"):
            Coder(tokenizer, 0.04, language="jv")

    def test_older_ones_call_no_speech_no_captions(self):
        older = Tokenizer(models.BPE())
        older.add_special_tokens([t.replace("nospeech", "nocaptions") for t in SPECIAL])
        older.add_tokens([AddedToken(t) for t in TIMESTAMPS])
        [label, *_] = Coder(older, 0.04).code([], [], timed=True).labels
        assert older.id_to_token(label) == "<|nocaptions|>"

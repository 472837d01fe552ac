"""The second reading, letter by letter."""

import numpy as np
import pytest

from triage.errors import ModelError
from triage.transcribers.letters import LETTER_HEAD, LetterHead, letter_distance, load_letter_head

BLANK, A, B = 0, 1, 2


def head_of(*slots):
    """Two slots a position over the letters "ab"; state i (one-hot) reads slots[i]."""
    weight = np.zeros((6, len(slots)), np.float32)
    for state, (first, second) in enumerate(slots):
        weight[first, state] = weight[3 + second, state] = 1.0
    return LetterHead(weight, np.zeros(6, np.float32), "ab")


def read(*slots):
    return head_of(*slots).read(np.eye(len(slots), dtype=np.float32))


class TestReading:
    def test_takes_out_repeats_and_blanks(self):
        assert read((A, A), (A, BLANK), (B, B), (BLANK, BLANK)) == "ab"

    def test_a_blank_between_keeps_a_letter_said_twice(self):
        assert read((A, BLANK), (A, B), (BLANK, B)) == "aabb"

    def test_silence_is_nothing(self):
        assert read((BLANK, BLANK), (BLANK, BLANK)) == ""

    def test_no_sound_is_nothing(self):
        assert head_of((A, B)).read(np.zeros((0, 1), np.float32)) == ""

    def test_follows_the_bias(self):
        head = LetterHead(np.zeros((6, 1), np.float32), np.array([0, 0, 1, 0, 1, 0], np.float32), "ab")
        assert head.read(np.zeros((2, 1), np.float32)) == "baba"

    def test_weighs_all_of_a_state(self):
        weight = np.array([[0, 0], [1, -2], [0, 1], [1, 1], [0, 0], [0, 0]], np.float32)
        head = LetterHead(weight, np.zeros(6, np.float32), "ab")
        assert head.read(np.array([[3, 1]], np.float32)) == "a"
        assert head.read(np.array([[1, 3]], np.float32)) == "b"


class TestLoading:
    @pytest.fixture
    def folder(self, tmp_path):
        weight = np.arange(12, dtype=np.float16).reshape(6, 2)
        np.savez(tmp_path / LETTER_HEAD, weight=weight, bias=np.ones(6, np.float16), letters=np.array("ab"))
        return tmp_path

    def test_gives_back_what_was_saved_in_single_precision(self, folder):
        head = load_letter_head(folder)
        assert head.weight.tolist() == np.arange(12).reshape(6, 2).tolist()
        assert (head.weight.dtype, head.bias.dtype, head.letters) == (np.float32, np.float32, "ab")

    def test_a_model_may_have_none(self, tmp_path):
        assert load_letter_head(tmp_path) is None

    @pytest.mark.parametrize("damage", ["cut short", "empty", "no archive", "a letter flipped"])
    def test_a_damaged_one_is_a_model_error(self, folder, damage):
        path = folder / LETTER_HEAD
        whole = path.read_bytes()
        at = whole.index(b"\x93NUMPY") + 130
        path.write_bytes(
            {
                "cut short": whole[: len(whole) // 2],
                "empty": b"",
                "no archive": b"not numpy's",
                "a letter flipped": whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :],
            }[damage]
        )
        with pytest.raises(ModelError, match="rusak") as caught:
            load_letter_head(folder)
        assert (caught.value.code, caught.value.exit_code) == ("letter_head_unreadable", 3)

    def test_one_with_a_part_missing_is_a_model_error(self, folder):
        np.savez(folder / LETTER_HEAD, weight=np.zeros((6, 2)))
        with pytest.raises(ModelError, match="is damaged"):
            load_letter_head(folder)

    def test_never_runs_what_a_pickle_says(self, folder):
        np.savez(folder / LETTER_HEAD, weight=np.array([print], object), bias=np.zeros(6), letters=np.array("ab"))
        with pytest.raises(ModelError, match="is damaged"):
            load_letter_head(folder)


class TestDistance:
    def test_of_the_same_reading_is_none(self):
        assert letter_distance("Ada kebakaran, di sini!", "adakebakaran di sini") == 0.0

    def test_is_the_share_of_letters_to_be_changed(self):
        assert letter_distance("abcd", "abce") == pytest.approx(0.25)
        assert letter_distance("ada api", "ada") == pytest.approx(0.5)
        assert letter_distance("api", "lut") == 1.0

    def test_of_something_and_nothing_is_whole(self):
        assert letter_distance("ada api", "") == letter_distance("", "ada api") == 1.0

    def test_of_nothing_and_nothing_is_none(self):
        assert letter_distance("", " ") == 0.0

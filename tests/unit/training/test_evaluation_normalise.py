"""One normaliser before every error rate."""

import pytest

from training.corpus.load import VALIDATION, read_calls
from training.evaluation.normalise import normalise


class TestNormalise:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Tolong, Pak! Hati-hati.", "tolong pak hati hati"),
            ("[isak] api (napas) besar", "api besar"),
            ("Kél. Kemaraya", "kelurahan kemaraya"),
            ("RT 5 nomor 0812", "rt lima nomor nol delapan satu dua"),
            ("jl. yg di kec", "jalan yang di kecamatan"),
        ],
    )
    def test_writes_alike_what_is_said_alike(self, text: str, expected: str) -> None:
        assert " ".join(normalise(text)) == expected

    @pytest.mark.parametrize(("one", "other"), [("hallo", "halo"), ("engga", "nggak"), ("nda'", "ndak"), ("to", "toh")])
    def test_spellings_of_one_word_are_one(self, one: str, other: str) -> None:
        assert normalise(one) == normalise(other)

    @pytest.mark.parametrize(("one", "other"), [("ndak", "tidak"), ("nggak", "tidak"), ("sa", "saya")])
    def test_another_word_stays_another_word(self, one: str, other: str) -> None:
        assert normalise(one) != normalise(other)

    def test_fillers_and_apostrophes_go(self) -> None:
        assert normalise("eh tolong ki' hmm pak") == ["tolong", "ki", "pak"]

    def test_of_nothing_is_nothing(self) -> None:
        assert normalise("[hening] ... eh") == []


class TestParticles:
    @pytest.mark.parametrize(
        ("joined", "apart"), [("habismi", "habis mi"), ("kecilji", "kecil ji"), ("ndapi", "nda pi")]
    )
    def test_stand_apart_from_their_word(self, joined: str, apart: str) -> None:
        assert normalise(joined) == normalise(apart)
        assert len(normalise(joined)) == 2

    @pytest.mark.parametrize("word", ["kami", "kaki", "sekolah", "masalah", "pagi", "kemaraya"])
    def test_are_not_cut_off_other_words(self, word: str) -> None:
        assert normalise(word) == [word]


class TestTwice:
    def test_is_the_same_as_once(self) -> None:
        for call in read_calls(VALIDATION):
            for turn in call.turns:
                once = normalise(turn.text)
                assert normalise(" ".join(once)) == once, turn.text

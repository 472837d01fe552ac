import pytest

from triage.classifier.model import Turn
from triage.classifier.text import plain, plain_text, spoken_number, words


class TestPlainText:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("Tolong ki' Pak, CEPAT!", "tolong ki pak cepat"),
            ("[isak] ada api [ketukan]", "ada api"),
            ("Lepo-Lepo RT3", "lepo lepo rt tiga"),
            ("nomor 12, jam 21", "nomor dua belas jam dua puluh satu"),
            ("hubungi 112", "hubungi satu satu dua"),
            ("ki’ di’", "ki di"),
            ("... !!! [hening]", ""),
            ("", ""),
        ],
    )
    def test_is_what_a_recogniser_could_have_written(self, written, read):
        assert plain_text(written) == read

    def test_reads_the_same_with_and_without_casing_and_punctuation(self):
        assert plain_text("Halo, Pak. Ada KEBAKARAN!") == plain_text("halo pak ada kebakaran")

    def test_cuts_rubbish(self):
        assert plain_text("x" * 5000) == "x" * 40

    def test_is_stable(self):
        once = plain_text("Pak, di RT 03 [napas] ada ular ki’")
        assert plain_text(once) == once


class TestSpokenNumber:
    @pytest.mark.parametrize(
        ("digits", "spoken"),
        [("0", "nol"), ("10", "sepuluh"), ("11", "sebelas"), ("15", "lima belas"), ("20", "dua puluh"), ("03", "tiga")],
    )
    def test_says_small_numbers(self, digits, spoken):
        assert spoken_number(digits) == spoken

    def test_spells_long_ones(self):
        assert spoken_number("0811") == "nol delapan satu satu"


class TestSpeakers:
    def test_operator_words_are_left_out(self):
        turns = [Turn("operator", "kebakaran di mana?"), Turn("caller", "bukan, pohon tumbang")]
        assert plain(turns) == "bukan pohon tumbang"

    def test_mixed_turns_are_read(self):
        assert plain([Turn("mixed", "ada banjir")]) == "ada banjir"


class TestWords:
    def test_keep_their_place_in_the_original_turn(self):
        turns = [Turn("operator", "Halo"), Turn("caller", "[isak] Tolong ki', RT 12")]
        for word in words(turns):
            assert word.turn == 1
        spans = [turns[word.turn].text[word.start : word.end] for word in words(turns)]
        assert spans == ["Tolong", "ki", "RT", "12", "12"]
        assert [word.text for word in words(turns)] == ["tolong", "ki", "rt", "dua", "belas"]

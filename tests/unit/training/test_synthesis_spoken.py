"""What is said and what should be written."""

import pytest

from training.synthesis.spoken import said, written


class TestWritten:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Halo Pak, tolong!", "halo pak tolong"),
            ("di RT 12 Lepo-Lepo", "di rt dua belas lepo lepo"),
            ("nomor 0812", "nomor nol delapan satu dua"),
            ("call center 112", "call center satu satu dua"),
            ("[isak] mamaku jatuh (napas)", "mamaku jatuh"),
            ("tolong ki’ pak", "tolong ki' pak"),
            ("<NOMOR> ya", "ya"),
        ],
    )
    def test_gives_lower_case_words_without_punctuation(self, text: str, expected: str) -> None:
        assert " ".join(written(text)) == expected

    def test_of_nothing_is_nothing(self) -> None:
        assert written("[hening] ... !") == []


class TestSaid:
    def test_spells_acronyms_that_espeak_would_read_as_words(self) -> None:
        assert said("odgj") == "o de ge je"

    def test_leaves_words_alone(self) -> None:
        assert said("rumah") == "rumah"

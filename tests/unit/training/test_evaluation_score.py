"""Error rates with their uncertainty, and the times of words."""

import pytest

from training.evaluation.score import Pair, rates, start_errors

RIGHT = Pair("ada pohon tumbang", "Ada pohon tumbang.")


class TestRates:
    def test_of_the_same_words_are_zero(self) -> None:
        found = rates([RIGHT, RIGHT])
        assert (found["wer"], found["wer_low"], found["wer_high"], found["cer"]) == (0, 0, 0, 0)
        assert (found["words"], found["recordings"]) == (6, 2)

    @pytest.mark.parametrize(
        ("heard", "wer"),
        [("", 1.0), ("ada pohon", 1 / 3), ("ada rumah tumbang", 1 / 3), ("ada pohon tumbang pak", 1 / 3)],
    )
    def test_count_deletions_substitutions_and_insertions(self, heard: str, wer: float) -> None:
        assert rates([Pair(RIGHT.said, heard)])["wer"] == round(wer, 4)

    def test_are_summed_over_words_not_averaged_over_recordings(self) -> None:
        assert rates([Pair("api", "air"), Pair("satu dua tiga empat lima", "satu dua tiga empat lima")])[
            "wer"
        ] == round(1 / 6, 4)

    def test_compare_normalised_text(self) -> None:
        assert rates([Pair("Jl. Sao-Sao no 12", "jalan sao sao nomor dua belas")])["wer"] == 0

    def test_leave_out_what_has_no_words(self) -> None:
        assert rates([RIGHT, Pair("[hening]", "terima kasih")]) == rates([RIGHT])

    def test_interval_holds_the_rate_and_narrows_with_more_recordings(self) -> None:
        def width(count: int) -> float:
            found = rates([RIGHT, Pair(RIGHT.said, "ada")] * count)
            assert found["wer_low"] < found["wer"] < found["wer_high"]
            return found["wer_high"] - found["wer_low"]

        assert width(50) < width(5)

    def test_are_the_same_every_time(self) -> None:
        pairs = [RIGHT, Pair(RIGHT.said, "ada"), Pair(RIGHT.said, "pohon tumbang")] * 4
        assert rates(pairs) == rates(pairs)

    def test_give_the_share_of_doubted_segments(self) -> None:
        pairs = [Pair("ada api", "ada api", doubted=1, segments=3), Pair("ada air", "ada air", doubted=0, segments=1)]
        assert rates(pairs)["doubted_segments"] == 0.25


class TestStartErrors:
    def test_compare_the_words_both_texts_have(self) -> None:
        errors = start_errors(
            ["ada", "pohon", "tumbang"], [0.1, 0.5, 1.0], ["ada", "rumah", "tumbang"], [0.2, 0.6, 0.8]
        )
        assert errors == pytest.approx([0.1, 0.2])

    def test_follow_words_over_insertions(self) -> None:
        assert start_errors(["api"], [1.0], ["ada", "api"], [0.5, 1.25]) == pytest.approx([0.25])

    @pytest.mark.parametrize(("said", "heard"), [([], ["ada"]), (["ada"], [])])
    def test_of_nothing_are_none(self, said: list[str], heard: list[str]) -> None:
        assert start_errors(said, [0.0] * len(said), heard, [0.0] * len(heard)) == []

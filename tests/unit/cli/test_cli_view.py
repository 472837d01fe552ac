"""The card of one call."""

from dataclasses import replace

import pytest
from support.calls import TREE, FakeClassifier

from triage.classifier import Turn
from triage.cli.view import print_card
from triage.pipeline import TextPipeline
from triage.taxonomy import load_taxonomy

TWO = ("pohon_tumbang", "penebangan_pohon")


def card(capsys, **changes):
    pipeline = TextPipeline(FakeClassifier(replace(TREE, **changes)), load_taxonomy())
    print_card(pipeline.suggest_text([Turn("caller", "ada pohon tumbang")], "call-1"))
    return " ".join(capsys.readouterr().out.split())


class TestWhatMayBeTakenOver:
    @pytest.mark.parametrize(
        ("sure_of", "words"),
        [
            ("type", "Cukup pasti jenis"),
            ("opd", "Cukup pasti OPD saja, periksa jenisnya"),
            (None, "Cukup pasti belum ada: dengarkan"),
        ],
    )
    def test_is_said_in_words(self, capsys, sure_of, words):
        assert words in card(capsys, sure_of=sure_of)

    def test_is_left_out_of_a_ghost_call(self, capsys):
        ghost = {"ticket": 0.04, "information": 0.06, "ghost": 0.9}
        out = card(capsys, disposition=ghost, ghost_kind={"prank_anak": 1.0})
        assert "ghost" in out
        assert "Cukup pasti" not in out


class TestPickList:
    def test_names_the_types_to_choose_from(self, capsys):
        assert "Pilihan Pohon tumbang | Permintaan penebangan" in card(capsys, sure_of="opd", pick_list=TWO)

    @pytest.mark.parametrize("codes", [(), TWO[:1]])
    def test_is_left_out_where_there_is_no_choice(self, capsys, codes):
        assert "Pilihan" not in card(capsys, sure_of="type", pick_list=codes)

    def test_is_left_out_where_nothing_was_understood(self, capsys):
        guesses = dict.fromkeys(TREE.complaint_type, 0.1)
        assert "Pilihan" not in card(capsys, complaint_type=guesses, pick_list=TWO)

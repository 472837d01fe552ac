import pytest
from support.labelled import prank, ticket

from training.classifier.evaluation.slices import LONG_WORDS, slices
from training.classifier.evaluation.titles import SLICE_TITLES
from training.corpus.load import VALIDATION, CallTurn, read_calls
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
SLICES = slices(TAXONOMY)


def names(call):
    return {name for name, holds in SLICES.items() if holds(call)}


class TestSlices:
    def test_a_plain_call_is_in_the_one_of_callers_alone(self):
        assert names(ticket(said="air naik ke rumah")) == {"caller_only"}

    def test_an_operators_turn_takes_it_out(self):
        turns = (CallTurn(speaker="operator", text="halo"), CallTurn(speaker="caller", text="air naik ke rumah"))
        assert names(ticket(turns=turns)) == set()

    @pytest.mark.parametrize(("words", "long"), [(LONG_WORDS, False), (LONG_WORDS + 1, True)])
    def test_long_counts_the_callers_words(self, words, long):
        turns = (CallTurn(speaker="operator", text="halo " * 99), CallTurn(speaker="caller", text="air " * words))
        assert ("long" in names(ticket(turns=turns))) == long

    @pytest.mark.parametrize(
        ("said", "dialect"), [("air naik mi pak toh", False), ("air naik mi ini toh kodong", True)]
    )
    def test_dialect_needs_three_words_of_it(self, said, dialect):
        assert ("dialect" in names(ticket(said=said))) == dialect

    def test_a_target_beside_the_main_opd_is_an_exception(self):
        assert "exception" in names(ticket(target_opd="PUPR"))
        assert "exception" not in names(ticket(target_opd=TAXONOMY.types["banjir"].main_opd))

    def test_a_keyword_of_a_confusable_type_makes_a_hard_pair(self):
        rival = TAXONOMY.types["banjir"].confusions[0].type
        own = TAXONOMY.types["banjir"].keywords
        word = next(word for word in TAXONOMY.types[rival].keywords if word not in own)
        assert "hard_pair" in names(ticket(said=f"ada {word} pak"))
        assert "two_incidents" not in names(ticket(said=f"ada {word} pak"))

    def test_a_keyword_of_a_far_type_makes_two_incidents(self):
        found = names(ticket(said="air naik lalu orang tawuran", complaint_type="lpju_padam"))
        assert "two_incidents" in found and "hard_pair" not in found

    def test_keywords_are_whole_words(self):
        assert "two_incidents" not in names(ticket(said="tawuranlah", complaint_type="lpju_padam"))

    def test_a_ghost_has_no_type_to_be_confused(self):
        assert names(prank(said="hahaha tawuran pak")) == {"caller_only"}

    def test_each_holds_some_validation_calls_and_none_holds_all(self):
        calls = [call for call in read_calls(VALIDATION) if call.complaint_type]
        for name, holds in SLICES.items():
            assert 0 < sum(map(holds, calls)) < len(calls), name

    def test_each_has_a_title(self):
        assert set(SLICE_TITLES) == {"all", *SLICES, "noisy"}

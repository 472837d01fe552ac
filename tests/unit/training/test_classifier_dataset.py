import random

import pytest
from support.labelled import prank, ticket

from training.classifier.dataset import Example, compose, from_calls, from_phrases, openings
from training.corpus.load import CallTurn, Phrase
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
MAIN = {code: kind.main_opd for code, kind in TAXONOMY.types.items()}
DIALOGUE = (
    CallTurn(speaker="operator", text="Apa yang terbakar?"),
    CallTurn(speaker="caller", text="Halo pak, [isak] rumahku."),
)


def phrase(text, opd=None, priority=None, kind="pohon_tumbang"):
    return Example(text, "phrase", "", "ticket", kind, opd, priority)


def composed_of(*phrases, size, number=60):
    """Labels of the calls composed of so many of these phrases: they are told by the words they hold."""
    made = compose(phrases, ["halo"], ["kemaraya"], MAIN, number, random.Random(4))
    found = [call for call in made if sum(part.text in call.text.split() for part in phrases) == size]
    assert found
    return found


class TestFromCalls:
    def test_the_text_is_the_callers_words_and_mixed_the_operators_too(self):
        [example] = from_calls([ticket(turns=DIALOGUE)])
        assert example.text == "halo pak rumahku"
        assert example.mixed == "apa yang terbakar halo pak rumahku"

    def test_what_a_recogniser_wrote_of_the_caller_comes_along(self):
        said = (CallTurn(speaker="operator", text="apa"), CallTurn(speaker="caller", text="Alo, rumaku"))
        [spoken, other] = from_calls([ticket(turns=DIALOGUE, heard=said), ticket(turns=DIALOGUE)])
        assert (spoken.text, spoken.heard, other.heard) == ("halo pak rumahku", "alo rumaku", "")

    def test_without_words_there_is_none(self):
        assert from_calls([ticket(said="[isak]")]) == []

    def test_labels_and_places_are_taken_over(self):
        [example] = from_calls([ticket(safety="S4", places=("Lepo-Lepo",))])
        assert (example.disposition, example.complaint_type, example.target_opd, example.priority) == (
            "ticket", "banjir", "BPBD", "P1"
        )  # fmt: skip
        assert (example.safety, example.places, example.label) == ("S4", ("lepo lepo",), "banjir")

    def test_a_call_without_exception_says_so(self):
        [example] = from_calls([prank()])
        assert (example.safety, example.complaint_type, example.ghost_kind) == ("none", None, "prank_anak")
        assert example.label == "prank_anak"


class TestFromPhrases:
    @pytest.mark.parametrize(
        ("label", "disposition", "kind", "ghost_kind"),
        [
            ("banjir", "ticket", "banjir", None),
            ("informasi_layanan", "information", "informasi_layanan", None),
            ("prank_anak", "ghost", None, "prank_anak"),
        ],
    )
    def test_the_label_tells_the_disposition(self, label, disposition, kind, ghost_kind):
        [example] = from_phrases([Phrase(label, "Air naik!")], TAXONOMY, "phrase", 0.5)
        assert (example.text, example.disposition, example.complaint_type, example.ghost_kind) == (
            "air naik", disposition, kind, ghost_kind
        )  # fmt: skip
        assert (example.source, example.weight, example.label) == ("phrase", 0.5, label)

    def test_opd_and_priority_are_known_only_where_they_were_judged(self):
        bare, judged = from_phrases(
            [Phrase("banjir", "air naik"), Phrase("banjir", "selokan meluap", "PUPR", "P3")], TAXONOMY, "phrase", 1
        )
        assert (bare.target_opd, bare.priority, bare.safety) == (None, None, None)
        assert (judged.target_opd, judged.priority, judged.safety) == ("PUPR", "P3", None)

    def test_without_words_there_is_none(self):
        assert from_phrases([Phrase("banjir", "[isak] ...")], TAXONOMY, "phrase", 1) == []


class TestOpenings:
    def test_are_the_greetings_before_the_first_other_word(self):
        assert openings([ticket(turns=DIALOGUE), ticket(said="air naik pak")]) == ["halo pak", ""]


class TestCompose:
    def test_keeps_the_type_and_shares_alike(self):
        phrases = [phrase("banjirlah", kind="banjir"), phrase("busuk", kind="sampah")]
        made = compose(phrases, ["halo pak"], ["kemaraya"], MAIN, 10, random.Random(1))
        assert [example.complaint_type for example in made].count("banjir") == 5
        for example in made:
            assert ("banjirlah" in example.text) == (example.complaint_type == "banjir")
            assert example.text.startswith("halo pak") and "kemaraya" in example.text
            assert (example.disposition, example.source, example.places) == ("ticket", "composed", ("kemaraya",))

    def test_a_ghost_names_no_place(self):
        bank = from_phrases([Phrase("prank_anak", "hahaha setan")], TAXONOMY, "phrase", 1)
        made = compose(bank, ["halo"], ["kemaraya"], MAIN, 5, random.Random(1))
        assert {(example.text, example.ghost_kind) for example in made} == {("halo hahaha setan", "prank_anak")}

    def test_is_repeatable(self):
        bank = [phrase(word) for word in "abcdef"]
        first, again = (compose(bank, ["halo", ""], ["x", "y"], MAIN, 9, random.Random(7)) for _ in range(2))
        assert first == again

    def test_one_phrase_gives_its_own_labels(self):
        alone = composed_of(phrase("tumbang", "PLN", "P2"), size=1)
        assert {(call.target_opd, call.priority) for call in alone} == {("PLN", "P2")}

    def test_of_three_phrases_the_opd_that_stands_alone_holds(self):
        main = [phrase("tumbang", "DLHK", "P2"), phrase("roboh", "DLHK", "P3")]
        made = composed_of(*main, phrase("kabel", "PLN", "P1"), size=3)
        assert {(call.target_opd, call.priority) for call in made} == {("PLN", "P1")}

    @pytest.mark.parametrize("order", [("DLHK", "PLN"), ("PLN", "DLHK")])
    def test_of_two_phrases_the_exception_holds_over_the_main_opd(self, order):
        pair = [phrase(f"kata{number}", opd, "P2") for number, opd in enumerate(order)]
        assert {call.target_opd for call in composed_of(*pair, size=2)} == {"PLN"}

    def test_where_all_agree_the_main_opd_holds(self):
        pair = [phrase("tumbang", "DLHK", "P2"), phrase("roboh", "DLHK", "P2")]
        assert {call.target_opd for call in composed_of(*pair, size=2)} == {"DLHK"}

    def test_exceptions_that_contradict_leave_the_opd_open(self):
        three = [phrase("tumbang", "DLHK", "P2"), phrase("kabel", "PLN", "P2"), phrase("macet", "DISHUB", "P2")]
        assert {call.target_opd for call in composed_of(*three, size=3)} == {None}

    def test_what_one_phrase_leaves_open_is_open(self):
        pair = [phrase("tumbang", "DLHK", "P2"), phrase("roboh")]
        assert {(call.target_opd, call.priority) for call in composed_of(*pair, size=2)} == {(None, None)}

    def test_of_priorities_the_most_urgent_holds(self):
        pair = [phrase("tumbang", "DLHK", "P3"), phrase("menindih", "DLHK", "P1")]
        assert {(call.target_opd, call.priority) for call in composed_of(*pair, size=2)} == {("DLHK", "P1")}

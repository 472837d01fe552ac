"""S1 to S8 and danger words hold in text whatever the classifier says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.any_model import SHORT, SURE_OF_A_GHOST, TAXONOMY, classifications
from support.calls import FakeClassifier

from triage.classifier import Classification, Turn
from triage.ghost import judge
from triage.pipeline import TextPipeline
from triage.safety import CallHistory, SafetyFinding, find_danger, find_safety
from triage.suggestion.decide import decide
from triage.suggestion.model import Suggestion

MANY = settings(deadline=None, max_examples=40, derandomize=True)
ANYTHING = st.one_of(classifications(), classifications(disposition=SURE_OF_A_GHOST))

SAID = {
    "S1": (("hiks ... hiks ... hmm",), ("o: Halo?", "hiks hiks", "o: Ibu menangis?", "huu hiks")),
    "S2": (("bu jangan telepon balik, dia di luar",), ("hahaha eh pelan-pelan bicara, saya di bawah kasur",)),
    "S3": (
        ("o: 112.", "mau pesan nasi goreng dua", "o: Ini layanan darurat, Bu.", "iya, antar ke Jalan Segar"),
        ("o: Halo.", "pesan ayam satu", "o: Ini nomor darurat.", "hahaha iya satu, yang pedas"),
    ),
    "S4": (("om, mamaku tidur terus tidak mau bangun",), ("hihi om, nenek badannya dingin",)),
    "S6": (("krrr tolong krrr api mi krrr",), ("lari lari keluar cepat tolong apinya",)),
    "S7": (
        ("maaf salah sambung pak", "siapa kau telepon, kasi sini!"),
        ("o: Ibu suaranya gemetar?", "tidak, salah sambung pak"),
    ),
    "S8": (("tabea, inaku ari laika, owose api",), ("saya tuna rungu, hahaha, prank",)),
}
DANGER = (
    ("halo pak ada kebakaran jenggot hahaha",),
    ("salah sambung, eh tapi itu orang tenggelam",),
    ("mau tanya jam buka kantor, ini bapakku stroke",),
    ("iseng ji, temanku minum racun",),
)
OPERATOR = ("Ini prank lagi, ya?", "Salah sambung, Pak?", "Kebakaran? Banjir?", "Jangan main-main, nomor dicatat.")


def turns(said: tuple[str, ...]) -> list[Turn]:
    """Turns of a call: "o: ..." is the operator, anything else the caller."""
    return [Turn("operator", text[3:]) if text.startswith("o: ") else Turn("caller", text) for text in said]


CALLS = [(short, said) for short, calls in SAID.items() for said in calls]


def suggest(classification: Classification, call: list[Turn]) -> Suggestion:
    return TextPipeline(FakeClassifier(classification), TAXONOMY).suggest_text(call, "call-1")


def ten_thousandths(value: float) -> int:
    """A probability as the suggestion shows it; whole numbers, for floats do not add up."""
    return round(value * 10_000)


def assert_sound(shown: Suggestion) -> None:
    """What holds for every suggestion."""
    allowed = TAXONOMY.types[shown.complaint_type[0].code].allowed_opds
    assert shown.target_opd[0].code in allowed
    assert set(shown.supporting_opd) <= set(allowed) - {shown.target_opd[0].code}
    for choices in (shown.complaint_type, shown.target_opd, shown.pick_list):
        assert sum(ten_thousandths(choice.probability) for choice in choices) <= 10_000
        assert len({choice.code for choice in choices}) == len(choices)
    assert shown.ghost.probability <= shown.ghost.cap <= max(kind.cap for kind in TAXONOMY.ghost_kinds.values())
    is_ghost = shown.disposition.label == "ghost"
    assert (shown.ghost.kind is not None) == (shown.ghost.advice is not None) == is_ghost
    if shown.ghost.kind is not None:
        assert not shown.safety
        assert shown.ghost.cap == TAXONOMY.ghost_kinds[shown.ghost.kind].cap
        assert shown.disposition.probability == shown.ghost.probability


def assert_heard_first(shown: Suggestion) -> None:
    """What holds where a person must listen and nothing may be closed."""
    assert shown.decision == "listen"
    assert shown.disposition.label != "ghost"
    assert shown.ghost.kind is None
    assert shown.ghost.advice is None


class TestAnExceptionInTheWords:
    @pytest.mark.parametrize(("short", "said"), CALLS)
    @given(classification=ANYTHING, asked=st.lists(st.sampled_from(OPERATOR), max_size=2))
    @MANY
    def test_is_never_a_ghost_and_always_heard(
        self, short: str, said: tuple[str, ...], classification: Classification, asked: list[str]
    ) -> None:
        call = [*turns(said), *(Turn("operator", text) for text in asked)]
        shown = suggest(classification, call)
        found = [hit.code for hit in shown.safety]
        assert SHORT[short] in found
        assert_sound(shown)
        assert_heard_first(shown)
        assert shown.ghost.probability <= shown.ghost.cap <= min(TAXONOMY.safety[code].cap for code in found)
        if found != [SHORT["S8"]]:
            assert (shown.disposition.label, shown.priority.code, shown.priority.probability) == ("ticket", "P1", 1)

    @given(classification=ANYTHING)
    @MANY
    def test_nor_is_an_urgent_order_to_an_address_where_no_operator_is_heard(
        self, classification: Classification
    ) -> None:
        shown = suggest(classification, turns(("ojek bu, ke lorong pagar biru nomor tiga, iya sekarang",)))
        assert [hit.code for hit in shown.safety] == [SHORT["S3"]]
        assert_heard_first(shown)

    def test_every_exception_that_text_can_show_is_tried(self) -> None:
        assert SAID.keys() == SHORT.keys() - {"S5"}

    @given(classification=ANYTHING)
    @MANY
    def test_nor_are_dropped_calls_of_one_number(self, classification: Classification) -> None:
        call = turns(("halo",))
        found = find_safety(call, None, CallHistory(drops_of_half_hour=2))
        verdict = judge(classification, None, None, found, TAXONOMY)
        assert (verdict.kind, verdict.listen) == (None, True)
        assert verdict.probability <= verdict.cap <= TAXONOMY.safety[SHORT["S5"]].cap
        result = decide(classification, verdict, found, words_heard=True, voice_heard=True, taxonomy=TAXONOMY)
        assert (result.decision, result.label, result.priority) == ("listen", "ticket", "P1")

    @given(
        classification=ANYTHING,
        codes=st.lists(st.sampled_from(sorted(TAXONOMY.safety)), min_size=1, unique=True),
        words_heard=st.booleans(),
    )
    @MANY
    def test_several_at_once_hold_by_the_smallest_cap(
        self, classification: Classification, codes: list[str], words_heard: bool
    ) -> None:
        found = [SafetyFinding(code, "", None, 0, 0) for code in codes]
        verdict = judge(classification, None, None, found, TAXONOMY, words_heard)
        assert verdict.probability <= verdict.cap <= min(TAXONOMY.safety[code].cap for code in codes)
        result = decide(classification, verdict, found, words_heard=words_heard, voice_heard=True, taxonomy=TAXONOMY)
        assert (verdict.kind, result.decision, result.label == "ghost") == (None, "listen", False)


class TestASuspectedException:
    @pytest.mark.parametrize("short", sorted(SHORT))
    @given(data=st.data(), text=st.sampled_from(("halo pak salah pencet", "mau pesan bakso hahaha", "eh tidak jadi")))
    @MANY
    def test_blocks_a_ghost_and_is_heard(self, short: str, data: st.DataObject, text: str) -> None:
        classification = data.draw(classifications(SURE_OF_A_GHOST, st.just(short)))
        shown = suggest(classification, turns((text,)))
        assert_sound(shown)
        assert_heard_first(shown)
        assert shown.ghost.cap <= TAXONOMY.safety[SHORT[short]].cap
        assert any(f"Kemungkinan pengecualian keselamatan {short}" in warning for warning in shown.warnings)


class TestANamedDanger:
    @pytest.mark.parametrize("said", DANGER)
    @given(classification=ANYTHING)
    @MANY
    def test_is_never_closed_unheard(self, said: tuple[str, ...], classification: Classification) -> None:
        call = turns(said)
        assert find_danger(call) is not None
        shown = suggest(classification, call)
        assert_sound(shown)
        assert shown.disposition.label == "ticket" or shown.decision == "listen"


class TestAnyWords:
    WORDS = ("halo", "pak", "hahaha", "prank", "api", "tolong", "mama", "bakso", "pesan", "krrr", "[isak]", "112", "")

    @given(
        classification=ANYTHING,
        said=st.lists(
            st.builds(
                Turn,
                st.sampled_from(("caller", "operator", "mixed")),
                st.one_of(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), st.text(max_size=30)),
            ),
            max_size=4,
        ),
    )
    @settings(MANY, max_examples=300)
    def test_make_a_suggestion_that_holds_together(self, classification: Classification, said: list[Turn]) -> None:
        shown = suggest(classification, said)
        assert_sound(shown)
        if shown.safety:
            assert_heard_first(shown)

    @given(classification=ANYTHING, text=st.sampled_from(("", "...", "[isak] [ketukan]")))
    @MANY
    def test_none_at_all_are_heard_and_no_ghost(self, classification: Classification, text: str) -> None:
        for speaker in ("caller", "mixed"):
            shown = suggest(classification, [Turn("operator", "Iseng lagi?"), Turn(speaker, text)])
            assert_sound(shown)
            assert_heard_first(shown)
            assert shown.disposition.label == "ticket"

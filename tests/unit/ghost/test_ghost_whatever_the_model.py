"""The ghost caps and the safety exceptions hold in recordings whatever the classifier says and the line sounds like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.any_model import SHORT, SURE_OF_A_GHOST, TAXONOMY, certain, classifications
from support.calls import FACTS, FakeClassifier, FakeTranscriber, recording, segment, transcript

from triage.classifier import Classification
from triage.ghost import GhostVerdict, judge
from triage.ghost.acoustic import listen_to
from triage.pipeline import Pipeline
from triage.recording import AcousticFacts, Span, Tone
from triage.safety import CallHistory, find_safety
from triage.speech import Segment
from triage.suggestion.decide import decide
from triage.suggestion.model import Suggestion

MANY = settings(deadline=None, max_examples=50, derandomize=True)
ANYTHING = st.one_of(classifications(), classifications(disposition=SURE_OF_A_GHOST))

QUIET = replace(FACTS, speech_seconds=0.2, speech_share=0.01)
BLOWS = (Span(2.0, 2.2), Span(4.0, 4.3))
HEARD = {
    "S1 blows": ("S1", replace(QUIET, distress_sounds=BLOWS), ()),
    "S1 keys": ("S1", replace(QUIET, tones=(Tone("dtmf", 3.0, 3.2, "1"),)), ()),
    "S2 faint": ("S2", replace(FACTS, level_dbfs=-56.0), (segment("halo"),)),
    "S2 doubted": ("S2", FACTS, (segment("jangan telepon balik", doubts=["low_logprob"]), segment("halo pak"))),
    "S3": ("S3", FACTS, (segment("ojek ke lorong pagar biru nomor tiga iya sekarang", "mixed"),)),
    "S4": ("S4", FACTS, (segment("om mamaku tidak mau bangun"), segment("hahaha", start=5.0))),
    "S6": ("S6", replace(FACTS, distress_sounds=BLOWS), (segment("atapnya tolong pak"),)),
    "S7": ("S7", replace(FACTS, distress_sounds=BLOWS), (segment("maaf salah sambung"),)),
    "S8 doubted": ("S8", FACTS, (segment("tabea inaku ari laika owose api", doubts=["letters_apart"]),)),
}
SHARE = st.one_of(st.sampled_from((0.0, 1.0)), st.floats(0.0, 1.0))
TONES = st.sampled_from((Tone("dtmf", 1.0, 1.1, "1"), Tone("fax", 0.0, 4.0), Tone("busy", 5.0, 9.0)))
SOUNDS = st.builds(
    AcousticFacts,
    level_dbfs=st.floats(-90.0, -3.0),
    peak_dbfs=st.floats(-60.0, 0.0),
    noise_floor_dbfs=st.floats(-90.0, -20.0),
    loudest_dbfs=st.floats(-90.0, 0.0),
    clipping_share=SHARE,
    speech_seconds=st.one_of(st.just(0.0), st.floats(0.0, 10.0)),
    speech_share=SHARE,
    longest_silence=st.floats(0.0, 10.0),
    tones=st.lists(TONES, max_size=2).map(tuple),
    music_share=SHARE,
    broadcast_share=SHARE,
    distress_sounds=st.sampled_from(((), BLOWS)),
)
SEGMENTS = st.lists(
    st.builds(
        segment,
        st.sampled_from(("halo", "halo pak", "hahaha setan", "terbakar rumahku", "salah sambung", "pesan bakso", "")),
        st.sampled_from(("caller", "operator")),
        st.floats(0.0, 9.0),
        st.lists(st.sampled_from(("no_voice", "loop", "phantom_phrase", "low_logprob")), max_size=1),
    ),
    max_size=3,
)


def suggest(classification: Classification, facts: AcousticFacts, segments: tuple[Segment, ...]) -> Suggestion:
    pipeline = Pipeline(FakeTranscriber(*segments), FakeClassifier(classification), TAXONOMY)
    return pipeline.suggest(recording(facts=facts))


def assert_capped(verdict: GhostVerdict) -> None:
    assert 0.0 <= verdict.probability <= verdict.cap
    [kind] = {piece.code.removeprefix("classifier_") for piece in verdict.evidence if piece.source == "text"} or {None}
    for code in (verdict.kind, "panggilan_putus" if kind == "greeting_only" else kind):
        assert code is None or verdict.cap <= TAXONOMY.ghost_kinds[code].cap


class TestAnExceptionInTheSound:
    @pytest.mark.parametrize(("short", "facts", "segments"), HEARD.values(), ids=HEARD.keys())
    @given(classification=ANYTHING)
    @MANY
    def test_is_never_a_ghost_and_always_heard(
        self, short: str, facts: AcousticFacts, segments: tuple[Segment, ...], classification: Classification
    ) -> None:
        shown = suggest(classification, facts, segments)
        found = [hit.code for hit in shown.safety]
        assert SHORT[short] in found
        assert (shown.decision, shown.ghost.kind, shown.ghost.advice) == ("listen", None, None)
        assert shown.disposition.label != "ghost"
        assert shown.ghost.probability <= shown.ghost.cap <= min(TAXONOMY.safety[code].cap for code in found)
        if short != "S8":
            assert (shown.disposition.label, shown.priority.code) == ("ticket", "P1")

    @given(classification=ANYTHING, facts=SOUNDS, segments=SEGMENTS)
    @MANY
    def test_nor_are_dropped_calls_of_one_number(
        self, classification: Classification, facts: AcousticFacts, segments: list[Segment]
    ) -> None:
        found = find_safety([], facts, CallHistory(drops_of_half_hour=2))
        sound, said = recording(facts=facts), transcript(*segments)
        verdict = judge(classification, sound, said, found, TAXONOMY)
        assert (verdict.kind, verdict.listen) == (None, True)
        assert verdict.probability <= verdict.cap <= TAXONOMY.safety[SHORT["S5"]].cap
        for heard in (True, False):
            result = decide(classification, verdict, found, words_heard=heard, voice_heard=heard, taxonomy=TAXONOMY)
            assert (result.decision, result.label, result.priority) == ("listen", "ticket", "P1")


class TestEveryVerdict:
    @given(classification=ANYTHING, facts=SOUNDS, segments=SEGMENTS)
    @settings(MANY, max_examples=300)
    def test_is_no_surer_than_its_kind_allows(
        self, classification: Classification, facts: AcousticFacts, segments: list[Segment]
    ) -> None:
        assert_capped(judge(classification, recording(facts=facts), transcript(*segments), (), TAXONOMY))
        assert_capped(judge(classification, None, None, (), TAXONOMY))

    @pytest.mark.parametrize("kind", sorted(TAXONOMY.ghost_kinds))
    @given(classification=classifications(SURE_OF_A_GHOST, st.none()))
    @MANY
    def test_of_each_kind(self, kind: str, classification: Classification) -> None:
        named = replace(classification, ghost_kind=certain(TAXONOMY.ghost_kinds, kind))
        verdict = judge(named, None, None, (), TAXONOMY)
        assert_capped(verdict)
        assert verdict.probability <= TAXONOMY.ghost_kinds[kind].cap or kind == "tanpa_suara"

    @given(classification=ANYTHING, facts=SOUNDS, segments=SEGMENTS)
    @settings(MANY, max_examples=300)
    def test_that_closes_a_call_has_nothing_against_it(
        self, classification: Classification, facts: AcousticFacts, segments: list[Segment]
    ) -> None:
        shown = suggest(classification, facts, tuple(segments))
        if shown.disposition.label != "ghost":
            assert shown.ghost.kind is None
            return
        assert not shown.safety
        assert shown.disposition.probability == shown.ghost.probability <= shown.ghost.cap
        assert shown.ghost.cap == TAXONOMY.ghost_kinds[shown.ghost.kind or ""].cap
        said = [item for item in segments if item.channel == "caller" and item.text.strip()]
        trusted = [item for item in said if not item.doubts]
        assert not trusted or classification.suspected is None
        if shown.decision == "suggest":
            assert not listen_to(facts).distress
            assert not any(item.doubts and item.may_be_speech for item in said)
            assert not any("terbakar" in item.text for item in said)
            assert trusted or not listen_to(facts).has_voice

    @given(classification=classifications(SURE_OF_A_GHOST), facts=SOUNDS)
    @MANY
    def test_on_a_voice_that_nobody_understood_is_no_ghost_of_the_text(
        self, classification: Classification, facts: AcousticFacts
    ) -> None:
        voiced = replace(facts, speech_seconds=5.0, speech_share=0.5, music_share=0.0)
        shown = suggest(classification, voiced, (segment("entah apa itu", doubts=["low_logprob"]),))
        assert (shown.decision, shown.disposition.label, shown.ghost.kind) == ("listen", "ticket", None)

"""The ghost verdict: acoustic and textual evidence apart, capped, and never against a safety exception."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.calls import FACTS, recording, segment, transcript

from triage.classifier import Classification
from triage.ghost import GhostVerdict, judge
from triage.recording import AcousticFacts, Span, Tone
from triage.safety import SafetyFinding, find_safety
from triage.speech import Transcript
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
SILENT = replace(FACTS, speech_seconds=0.0, speech_share=0.0, loudest_dbfs=-58.0, noise_floor_dbfs=-60.0)


def classified(
    ghost: float, kind: str = "prank_anak", ticket: float | None = None, priority: str = "P3"
) -> Classification:
    ticket = 1 - ghost if ticket is None else ticket
    kinds = dict.fromkeys(TAXONOMY.ghost_kinds, 0.01) | {kind: 0.91}
    return Classification(
        disposition={"ghost": ghost, "ticket": ticket, "information": 1 - ghost - ticket},
        complaint_type={"kebakaran_bangunan": 1.0},
        target_opd={"DAMKARMAT": 1.0},
        priority={priority: 1.0},
        ghost_kind=kinds,
        safety={"none": 1.0},
    )


def hear(
    facts: AcousticFacts,
    said: Transcript | None = None,
    classification: Classification | None = None,
    findings: tuple[SafetyFinding, ...] = (),
) -> GhostVerdict:
    sound = recording(facts=facts)
    return judge(classification or classified(0.1), sound, said or transcript(), findings, TAXONOMY)


def read(classification: Classification, *findings: SafetyFinding) -> GhostVerdict:
    return judge(classification, None, None, findings, TAXONOMY)


def exception(code: str) -> SafetyFinding:
    return SafetyFinding(code, "", None, 0, 0)


class TestWhatAudioShows:
    def test_no_voice_at_all(self) -> None:
        verdict = hear(SILENT)
        assert (verdict.kind, verdict.probability, verdict.cap, verdict.listen) == ("tanpa_suara", 0.6, 0.6, False)
        assert verdict.advice == TAXONOMY.ghost_kinds["tanpa_suara"].advice
        assert [(piece.source, piece.code) for piece in verdict.evidence] == [("audio", "no_voice")]

    def test_the_recognisers_phantoms_on_silence_change_nothing(self) -> None:
        phantom = transcript(segment("terima kasih telah menonton", doubts=["no_voice", "phantom_phrase"]))
        assert hear(SILENT, phantom).kind == "tanpa_suara"

    def test_a_sound_that_is_no_known_thing_may_be_a_whisper(self) -> None:
        verdict = hear(replace(SILENT, loudest_dbfs=-50.0))
        assert (verdict.kind, verdict.listen) == (None, True)
        assert "unexplained_sound" in {piece.code for piece in verdict.evidence}

    def test_only_music(self) -> None:
        verdict = hear(replace(FACTS, speech_share=0.05, speech_seconds=1.0, music_share=0.9))
        assert (verdict.kind, verdict.probability) == ("bising_latar", 0.55)

    def test_only_a_broadcast_without_voice_near_the_phone(self) -> None:
        assert hear(replace(SILENT, broadcast_share=0.9)).kind == "bising_latar"

    def test_only_machine_tones(self) -> None:
        verdict = hear(replace(SILENT, tones=(Tone("fax", 0.0, 4.0),)))
        assert (verdict.kind, verdict.probability) == ("iklan_ivr", 0.9)

    def test_a_greeting_and_no_more(self) -> None:
        short = replace(FACTS, speech_seconds=0.9, speech_share=0.2)
        verdict = hear(short, transcript(segment("halo pak")), classified(0.2))
        assert (verdict.kind, verdict.probability) == ("panggilan_putus", 0.55)
        assert {(piece.source, piece.code) for piece in verdict.evidence} == {("text", "greeting_only")}

    def test_a_cut_cry_for_help_is_no_dropped_greeting(self) -> None:
        short = replace(FACTS, speech_seconds=0.9, speech_share=0.2)
        assert hear(short, transcript(segment("tolong")), classified(0.2)).kind is None

    def test_a_greeting_before_doubted_speech_is_no_dropped_greeting(self) -> None:
        said = transcript(segment("halo pak"), segment("entah apa", start=2.0, doubts=["low_logprob"]))
        assert hear(replace(FACTS, speech_seconds=2.5), said, classified(0.2)).kind is None

    @pytest.mark.parametrize("duration", [1.5, 8.0, 600.0])
    def test_length_is_no_evidence(self, duration: float) -> None:
        said = transcript(segment("pohon tumbang di jalan"))
        verdict = judge(classified(0.1), recording(facts=FACTS, duration=duration), said, (), TAXONOMY)
        assert verdict == hear(FACTS, said)


class TestSilenceThatMustBeHeard:
    @pytest.mark.parametrize(
        "facts",
        [replace(SILENT, distress_sounds=(Span(1.0, 1.2),)), replace(SILENT, tones=(Tone("dtmf", 1.0, 1.1, "1"),))],
        ids=["blows", "keys"],
    )
    def test_silence_with_signs_is_not_a_ghost(self, facts: AcousticFacts) -> None:
        findings = tuple(find_safety([], facts))
        for given in (findings, ()):
            verdict = hear(facts, findings=given)
            assert (verdict.kind, verdict.listen, verdict.advice) == (None, True, None)
            assert verdict.probability <= verdict.cap == 0.2
        assert [finding.code for finding in findings] == ["S1_diam_distres"]

    def test_voice_without_any_transcript(self) -> None:
        verdict = hear(FACTS, transcript(), classified(0.99))
        assert (verdict.kind, verdict.listen, verdict.probability) == (None, True, 0.0)
        assert "tidak ada ucapan" in verdict.reasons[0].lower()

    def test_voice_with_a_wholly_doubted_transcript(self) -> None:
        said = transcript(segment("engka api ri bolaku", doubts=["low_logprob"]))
        verdict = hear(FACTS, said, classified(0.99))
        assert (verdict.kind, verdict.listen) == (None, True)

    def test_a_voice_over_a_television_is_not_closed(self) -> None:
        verdict = hear(replace(FACTS, broadcast_share=0.95, speech_share=0.8), transcript(), classified(0.9))
        assert (verdict.kind, verdict.listen) == (None, True)
        assert "broadcast" in {piece.code for piece in verdict.evidence}

    def test_text_without_the_callers_words(self) -> None:
        verdict = judge(classified(0.99), None, None, (), TAXONOMY, words_heard=False)
        assert (verdict.kind, verdict.listen, verdict.probability) == (None, True, 0.0)

    def test_only_the_operator_was_understood(self) -> None:
        said = transcript(segment("halo, 112 Kendari", channel="operator"))
        assert (hear(FACTS, said, classified(0.95)).kind, hear(FACTS, said, classified(0.95)).listen) == (None, True)


class TestText:
    @pytest.mark.parametrize("kind", sorted(TAXONOMY.ghost_kinds.keys() - {"tanpa_suara"}))
    def test_every_kind_is_capped(self, kind: str) -> None:
        verdict = read(classified(0.99, kind))
        assert verdict.kind == kind
        assert verdict.probability == verdict.cap == TAXONOMY.ghost_kinds[kind].cap
        assert verdict.advice == TAXONOMY.ghost_kinds[kind].advice

    def test_an_unlikely_ghost_is_not_suggested(self) -> None:
        verdict = read(classified(0.3))
        assert (verdict.kind, verdict.probability, verdict.advice, verdict.listen) == (None, 0.3, None, False)

    def test_weights_tell_for_from_against(self) -> None:
        assert read(classified(0.9)).evidence[0].weight == pytest.approx(0.8)
        assert read(classified(0.1)).evidence[0].weight == pytest.approx(-0.8)

    def test_a_likely_rival_is_listened_to(self) -> None:
        assert read(classified(0.6, ticket=0.4)).listen
        assert not read(classified(0.6, ticket=0.05)).listen

    def test_a_ghost_that_speaks_of_danger_to_life_is_listened_to(self) -> None:
        verdict = read(classified(0.8, ticket=0.05, priority="P1"))
        assert (verdict.kind, verdict.listen) == ("prank_anak", True)
        assert "bahaya jiwa" in verdict.reasons[-1]

    def test_an_adult_prank_is_always_listened_to(self) -> None:
        verdict = read(classified(0.98, "prank_dewasa"))
        assert (verdict.kind, verdict.probability, verdict.listen) == ("prank_dewasa", 0.5, True)
        assert "verifikasi lapangan" in verdict.reasons[0]

    def test_words_that_were_heard_are_not_silence(self) -> None:
        verdict = hear(FACTS, transcript(segment("hahaha setan")), classified(0.9, "tanpa_suara"))
        assert verdict.kind != "tanpa_suara"

    def test_audio_and_text_stay_apart(self) -> None:
        facts = replace(FACTS, music_share=0.8)
        verdict = hear(facts, transcript(segment("hahaha setan di rumahku")), classified(0.9))
        assert [piece.source for piece in verdict.evidence] == ["audio", "text"]

    def test_a_prank_over_blows_is_listened_to(self) -> None:
        facts = replace(FACTS, distress_sounds=(Span(1.0, 1.2),))
        verdict = hear(facts, transcript(segment("hahaha setan di rumahku")), classified(0.95))
        assert (verdict.kind, verdict.listen) == ("prank_anak", True)


class TestSafetyExceptions:
    @pytest.mark.parametrize("code", sorted(TAXONOMY.safety))
    def test_none_is_ever_a_ghost(self, code: str) -> None:
        for verdict in (read(classified(0.99), exception(code)), hear(SILENT, findings=(exception(code),))):
            assert (verdict.kind, verdict.advice, verdict.listen) == (None, None, True)
            assert verdict.probability <= verdict.cap == TAXONOMY.safety[code].cap

    def test_the_smallest_cap_holds(self) -> None:
        found = (exception("S7_paksa_salah_sambung"), exception("S2_berbisik"), exception("S6_derau_teriakan"))
        assert read(classified(0.99), *found).cap == 0.1


class TestASuspectedException:
    """The wording alone suggests one; no rule of triage.safety fired."""

    @pytest.mark.parametrize("code", sorted(TAXONOMY.safety))
    def test_is_never_a_ghost_but_listened_to_and_capped(self, code: str) -> None:
        item = TAXONOMY.safety[code]
        said = replace(classified(0.99), suspected=item.short)
        for verdict in (read(said), hear(FACTS, transcript(segment("hahaha setan di rumahku")), said)):
            assert (verdict.kind, verdict.advice, verdict.listen) == (None, None, True)
            assert verdict.cap == min(item.cap, TAXONOMY.ghost_kinds["prank_anak"].cap)
            assert verdict.probability == verdict.cap
            assert verdict.reasons == (
                f'Kemungkinan pengecualian keselamatan {item.short} ("{item.title}"): dengarkan dahulu.',
            )

    def test_is_listened_to_in_a_ticket_as_well(self) -> None:
        verdict = read(replace(classified(0.01), suspected="S2"))
        assert (verdict.kind, verdict.listen, verdict.probability) == (None, True, 0.01)

    def test_adds_nothing_to_one_that_fired(self) -> None:
        fired = exception("S4_anak_ortu_tidak_sadar")
        assert read(replace(classified(0.99), suspected="S2"), fired) == read(classified(0.99), fired)

    def test_needs_trusted_words(self) -> None:
        suspicion = replace(classified(0.99), suspected="S2")
        assert hear(SILENT, classification=suspicion) == hear(SILENT, classification=classified(0.99))

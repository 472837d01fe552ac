import json
from dataclasses import replace

import pytest
from support.calls import FACTS, NO_GHOST, SHA256, TREE, ghost, recording, segment, transcript

from triage.classifier import EvidenceSpan, Turn
from triage.ghost import GhostVerdict
from triage.places import PlaceMatch
from triage.safety import SafetyFinding
from triage.suggestion.build import EVIDENCE_LENGTH, Findings, build_suggestion
from triage.suggestion.model import Suggestion
from triage.suggestion.turns import TimedTurns
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
SEGMENTS = (segment("ada pohon tumbang"), segment("di pasar panjang pak", start=2))
TEXT = "ada pohon tumbang di pasar panjang pak"


def place(**changes):
    start = TEXT.index("pasar")
    found = PlaceMatch(
        id="lmk-pasar-panjang",
        name="Pasar Panjang",
        quote="pasar panjang",
        turn=0,
        start=start,
        end=start + 13,
        score=0.98765,
        ask_back=(),
    )
    return replace(found, **changes)


def suggestion(
    *,
    classification=TREE,
    places=(),
    safety=(),
    verdict=NO_GHOST,
    segments=SEGMENTS,
    sound=None,
    text_only=False,
    warnings=(),
):
    heard = (
        TimedTurns((Turn("caller", TEXT),))
        if text_only
        else TimedTurns.from_segments(s for s in segments if not s.doubts)
    )
    return build_suggestion(
        "call-1",
        Findings(heard, heard, classification, places, safety, verdict),
        TAXONOMY,
        classifier="fake-classifier 1",
        recording=None if text_only else sound or recording(),
        transcript=None if text_only else transcript(*segments),
        warnings=warnings,
    )


class TestEvidence:
    def test_characters_become_seconds(self):
        start = TEXT.index("pohon")
        span = EvidenceSpan(0, start, start + len("pohon tumbang"), "pohon_tumbang", 0.41239)
        [evidence] = suggestion(classification=replace(TREE, evidence=(span,))).evidence
        assert evidence.quote == "pohon tumbang"
        assert (evidence.start, evidence.end, evidence.weight) == (0.5, 1.5, 0.4124)

    def test_the_strongest_are_kept_in_the_order_of_speech(self):
        spans = tuple(EvidenceSpan(0, n, n + 1, "banjir", 0.01 * n) for n in range(20))
        evidence = suggestion(classification=replace(TREE, evidence=spans)).evidence
        assert [e.weight for e in evidence] == [pytest.approx(0.01 * n) for n in range(20 - EVIDENCE_LENGTH, 20)]

    def test_text_alone_has_quotes_without_times(self):
        span = EvidenceSpan(0, 4, 9, "pohon_tumbang", 0.4)
        [evidence] = suggestion(classification=replace(TREE, evidence=(span,)), text_only=True).evidence
        assert (evidence.quote, evidence.start, evidence.end) == ("pohon", None, None)


class TestPlaces:
    def test_carry_the_times_of_their_words(self):
        [found] = suggestion(places=[place()]).places
        assert (found.quote, found.start, found.end, found.score) == ("pasar panjang", 2.5, 3.5, 0.9876)

    def test_twins_are_asked_back_once(self):
        twins = [place(ask_back=("Pasar Paddys",)), place(ask_back=("Pasar Paddys",))]
        asked = [w for w in suggestion(places=twins).warnings if "tanyakan kembali" in w]
        assert asked == ["Nama tempat mirip, tanyakan kembali: Pasar Panjang atau Pasar Paddys?"]


class TestSafety:
    def test_title_and_action_come_from_the_taxonomy(self):
        finding = SafetyFinding(code="S4_anak_ortu_tidak_sadar", quote="ada pohon", turn=0, start=0, end=9)
        result = suggestion(safety=[finding])
        [hit] = result.safety
        assert hit.title == TAXONOMY.safety[finding.code].title
        assert hit.action == TAXONOMY.safety[finding.code].action
        assert (hit.quote, hit.start, hit.end) == ("ada pohon", 0.0, 1.0)
        assert (result.decision, result.disposition.label, result.priority.code) == ("listen", "ticket", "P1")

    def test_hides_kind_and_advice_of_a_ghost_verdict_it_overrules(self):
        finding = SafetyFinding(code="S1_diam_distres", quote="", turn=None, start=0, end=0)
        result = suggestion(safety=[finding], verdict=ghost(probability=0.2, cap=0.2))
        assert (result.ghost.kind, result.ghost.advice) == (None, None)
        assert (result.safety[0].start, result.safety[0].end) == (None, None)


class TestGhost:
    def test_kind_and_advice_stand_only_beside_the_ghost_label(self):
        result = suggestion(verdict=ghost())
        assert result.disposition.label == "ghost"
        assert (result.ghost.kind, result.ghost.advice) == ("prank_anak", "Edukasi singkat.")

    def test_rounding_never_lifts_the_probability_above_the_cap(self):
        verdict = GhostVerdict(0.54999999, "panggilan_putus", 0.55, (), "Telepon balik.", False, ())
        result = suggestion(verdict=verdict)
        assert result.ghost.probability == 0.5499
        assert result.ghost.probability <= result.ghost.cap


class TestSupportingOpd:
    def test_is_the_first_types_without_the_target(self):
        by_pln = replace(TREE, target_opd={"PLN": 1.0})
        result = suggestion(classification=by_pln)
        assert result.target_opd[0].code == "PLN"
        assert result.supporting_opd == [c for c in TAXONOMY.types["pohon_tumbang"].supporting_opds if c != "PLN"]


class TestHowSure:
    @pytest.mark.parametrize("sure_of", ["type", "opd", None])
    def test_is_taken_over_from_the_classifier(self, sure_of):
        assert suggestion(classification=replace(TREE, sure_of=sure_of)).sure_of == sure_of

    def test_pick_list_has_names_and_probabilities_in_the_classifiers_order(self):
        listed = replace(TREE, pick_list=("pohon_tumbang", "penebangan_pohon", "gangguan_listrik", "banjir"))
        found = suggestion(classification=listed).pick_list
        assert [(choice.code, choice.probability) for choice in found] == [
            ("pohon_tumbang", 0.8),
            ("penebangan_pohon", 0.1),
            ("gangguan_listrik", 0.06),
            ("banjir", 0.04),
        ]
        assert found[0].name == TAXONOMY.types["pohon_tumbang"].name

    def test_remark_on_an_opd_alone_is_shown(self):
        result = suggestion(classification=replace(TREE, sure_of="opd"))
        assert result.decision == "suggest"
        assert result.warnings == ["Jenis aduan belum pasti, OPD tujuan lebih pasti: periksa jenisnya."]

    def test_of_nothing_gives_listen(self):
        assert suggestion(classification=replace(TREE, sure_of=None, pick_list=())).decision == "listen"


class TestWarnings:
    def test_those_of_the_models_come_first_and_none_twice(self):
        result = suggestion(
            warnings=("Model peraga.", "Model peraga."), segments=(*SEGMENTS, segment("x", doubts=["loop"]))
        )
        assert result.warnings == [
            "Model peraga.",
            "Sebagian ucapan penelepon diragukan dan tidak ikut diklasifikasi: dengarkan bagian itu dahulu.",
            "1 dari 3 segmen transkrip diragukan dan tidak ikut diklasifikasi.",
        ]

    @pytest.mark.parametrize(
        ("sound", "words"),
        [
            (recording("mixed"), "mono"),
            (recording(facts=replace(FACTS, clipping_share=0.02)), "pecah"),
            (recording(facts=replace(FACTS, level_dbfs=-52.0)), "sangat pelan"),
        ],
    )
    def test_of_the_sound(self, sound, words):
        [warning] = suggestion(sound=sound).warnings
        assert words in warning

    def test_a_silent_channel_is_not_called_quiet_speech(self):
        assert suggestion(sound=recording(facts=replace(FACTS, level_dbfs=-80.0), speech=())).warnings == []


class TestDoubtedText:
    def test_alone_gives_listen_and_is_shown(self):
        result = suggestion(segments=(segment("terima kasih telah menonton", doubts=["phantom_phrase"]),))
        assert (result.decision, result.disposition.label) == ("listen", "ticket")
        assert result.transcript.segments[0].doubts[0].kind == "phantom_phrase"

    @pytest.mark.parametrize("channel", ["caller", "mixed"])
    @pytest.mark.parametrize("kind", ["low_logprob", "letters_apart", "loop"])
    def test_of_the_caller_beside_trusted_words_gives_listen(self, channel, kind):
        result = suggestion(segments=(*SEGMENTS, segment("ada orang di bawahnya", channel, 5, doubts=[kind])))
        assert (result.decision, result.disposition.label) == ("listen", "ticket")
        assert result.complaint_type[0].code == "pohon_tumbang"

    def test_of_the_operator_does_not(self):
        doubted = segment("layanan satu satu dua", "operator", 5, doubts=["low_logprob", "letters_apart"])
        assert suggestion(segments=(*SEGMENTS, doubted)).decision == "suggest"

    @pytest.mark.parametrize("kinds", [["no_voice"], ["phantom_phrase"], ["no_voice", "low_logprob", "letters_apart"]])
    def test_invented_on_silence_does_not(self, kinds):
        invented = segment("terima kasih telah menonton", start=5, doubts=kinds)
        assert suggestion(segments=(*SEGMENTS, invented)).decision == "suggest"

    def test_without_words_does_not(self):
        assert suggestion(segments=(*SEGMENTS, segment("", start=5, doubts=["low_logprob"]))).decision == "suggest"

    def test_the_operators_words_alone_do_not_count_as_heard(self):
        assert suggestion(segments=(segment("selamat pagi", "operator"),)).decision == "listen"


class TestJson:
    def test_reads_back_as_the_same_suggestion(self):
        result = suggestion(places=[place()], verdict=ghost())
        assert Suggestion.model_validate_json(result.to_json()) == result

    def test_is_the_same_from_run_to_run(self):
        assert suggestion(places=[place()]).to_json() == suggestion(places=[place()]).to_json()

    def test_holds_the_contract_of_the_design(self):
        document = json.loads(suggestion().to_json())
        assert document["schema"] == 1
        assert document["audio"]["sha256"] == SHA256
        assert document["versions"] == {
            "recogniser": "fake-recogniser 1",
            "classifier": "fake-classifier 1",
            "taxonomy": TAXONOMY.version,
        }
        assert sum(choice["probability"] for choice in document["complaint_type"]) <= 1

    def test_digital_silence_has_a_level(self):
        silent = recording(facts=replace(FACTS, level_dbfs=float("-inf")), speech=())
        assert json.loads(suggestion(sound=silent).to_json())["audio"]["level_dbfs"] == -120.0

from dataclasses import replace

import pytest
from support.calls import NO_GHOST, TREE, ghost

from triage.safety import SafetyFinding
from triage.suggestion.decide import CERTAIN, decide
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
STAMMER = SafetyFinding(code="S8_disabilitas_bahasa", quote="ti tiang", turn=0, start=0, end=8)
CHILD = SafetyFinding(code="S4_anak_ortu_tidak_sadar", quote="mamaku tidak bangun", turn=0, start=0, end=19)


def verdict(
    classification=TREE,
    ghost_verdict=NO_GHOST,
    safety=(),
    words_heard=True,
    voice_heard=True,
    danger=None,
    unsure_of_caller=False,
):
    return decide(
        classification,
        ghost_verdict,
        safety,
        words_heard=words_heard,
        voice_heard=voice_heard,
        taxonomy=TAXONOMY,
        danger=danger,
        unsure_of_caller=unsure_of_caller,
    )


def disposition(**probabilities):
    return replace(TREE, disposition=probabilities)


class TestACertainTicket:
    def test_is_suggested_with_the_classifiers_own_figures(self):
        result = verdict()
        assert (result.decision, result.label, result.probability) == ("suggest", "ticket", 0.9)
        assert result.types == ("pohon_tumbang", "penebangan_pohon", "gangguan_listrik")
        assert result.opds == ("DLHK", "PLN", "BPBD")
        assert (result.priority, result.priority_probability) == ("P2", 0.7)
        assert result.reasons == ()


class TestAGhost:
    def test_is_suggested_as_such_with_the_capped_probability(self):
        result = verdict(disposition(ticket=0.1, information=0.0, ghost=0.9), ghost(probability=0.7))
        assert (result.decision, result.label, result.probability) == ("suggest", "ghost", 0.7)
        assert (result.priority, result.priority_probability) == ("P4", 1.0)

    def test_still_has_a_type_list_for_the_person_who_overrules(self):
        assert verdict(ghost_verdict=ghost()).types[0] == "pohon_tumbang"

    def test_is_listened_to_when_its_verdict_says_so(self):
        result = verdict(ghost_verdict=ghost(listen=True, reasons=("Terdengar ketukan.",)))
        assert (result.decision, result.label) == ("listen", "ghost")
        assert "Terdengar ketukan." in result.reasons

    def test_needs_a_kind_however_sure_the_text_is(self):
        result = verdict(disposition(ticket=0.07, information=0.03, ghost=0.9))
        assert (result.decision, result.label, result.probability) == ("listen", "ticket", 0.07)


class TestANamedDanger:
    def test_makes_a_ghost_a_call_to_listen_to_with_the_classifiers_priority(self):
        found = verdict(disposition(ticket=0.1, information=0.0, ghost=0.9), ghost(), danger="terbakar")
        assert (found.decision, found.label, found.priority) == ("listen", "ghost", "P2")
        assert any("terbakar" in reason for reason in found.reasons)

    def test_makes_a_question_a_call_to_listen_to(self):
        found = verdict(disposition(ticket=0.1, information=0.9, ghost=0.0), danger="stroke")
        assert (found.decision, found.label) == ("listen", "information")

    def test_changes_nothing_in_a_ticket(self):
        assert verdict(danger="terbakar") == verdict()


class TestADoubtedCaller:
    """The part of his words that was not classified may tell another story."""

    def test_is_listened_to_however_certain_the_rest_is(self):
        found = verdict(unsure_of_caller=True)
        assert (found.decision, found.label, found.priority) == ("listen", "ticket", "P2")
        assert found.reasons == (
            "Sebagian ucapan penelepon diragukan dan tidak ikut diklasifikasi: dengarkan bagian itu dahulu.",
        )

    def test_is_no_ghost_of_the_lowest_priority(self):
        found = verdict(disposition(ticket=0.1, information=0.0, ghost=0.9), ghost(), unsure_of_caller=True)
        assert (found.decision, found.label, found.priority) == ("listen", "ghost", "P2")

    def test_with_no_trusted_word_besides_is_said_once(self):
        assert verdict(words_heard=False, unsure_of_caller=True) == verdict(words_heard=False)


class TestACallerHardToUnderstand:
    """S8 says that the words may not be understood, not that there is danger."""

    def test_keeps_his_question_a_question_but_is_listened_to(self):
        result = verdict(disposition(ticket=0.1, information=0.9, ghost=0.0), safety=[STAMMER])
        assert (result.decision, result.label, result.priority) == ("listen", "information", "P2")

    def test_is_never_a_ghost(self):
        result = verdict(disposition(ticket=0.1, information=0.0, ghost=0.9), ghost(), [STAMMER])
        assert (result.decision, result.label) == ("listen", "ticket")

    def test_in_danger_as_well_is_most_urgent(self):
        result = verdict(disposition(ticket=0.1, information=0.9, ghost=0.0), safety=[STAMMER, CHILD])
        assert (result.label, result.priority) == ("ticket", "P1")


class TestASafetyException:
    @pytest.mark.parametrize("ghost_verdict", [NO_GHOST, ghost()])
    def test_is_never_a_ghost_always_listened_to_and_most_urgent(self, ghost_verdict):
        result = verdict(disposition(ticket=0.2, information=0.0, ghost=0.8), ghost_verdict, [CHILD])
        assert (result.decision, result.label, result.probability) == ("listen", "ticket", 0.2)
        assert (result.priority, result.priority_probability) == ("P1", 1.0)
        assert "S4_anak_ortu_tidak_sadar" in result.reasons[0]

    def test_is_never_mere_information(self):
        assert verdict(disposition(ticket=0.2, information=0.8, ghost=0.0), safety=[CHILD]).label == "ticket"


class TestInformation:
    def test_has_the_lowest_priority_and_keeps_its_topic(self):
        result = verdict(disposition(ticket=0.1, information=0.9, ghost=0.0))
        assert (result.decision, result.label, result.priority) == ("suggest", "information", "P4")
        assert result.types[0] == "pohon_tumbang"


class TestNothingHeard:
    def test_alone_gives_listen_not_ghost(self):
        result = verdict(disposition(ticket=0.1, information=0.2, ghost=0.7), words_heard=False)
        assert (result.decision, result.label) == ("listen", "ticket")

    def test_is_never_information_for_that_is_said_in_words(self):
        assert verdict(disposition(ticket=0.1, information=0.9, ghost=0.0), words_heard=False).label == "ticket"

    def test_and_a_silent_line_is_the_ghost_its_verdict_names(self):
        result = verdict(
            ghost_verdict=ghost(kind="tanpa_suara", probability=0.6, cap=0.6), words_heard=False, voice_heard=False
        )
        assert (result.decision, result.label, result.probability) == ("suggest", "ghost", 0.6)

    def test_over_a_voice_is_listened_to_even_where_the_sound_names_a_ghost(self):
        result = verdict(ghost_verdict=ghost(kind="bising_latar"), words_heard=False)
        assert (result.decision, result.label) == ("listen", "ghost")

    def test_is_said_once(self):
        said = "Terdengar suara penelepon tetapi tidak ada ucapan yang terbaca."
        silent = replace(NO_GHOST, listen=True, reasons=(said,))
        assert verdict(ghost_verdict=silent, words_heard=False).reasons == (said,)


class TestAbstention:
    UNSURE_TYPE = {"pohon_tumbang": 0.4, "sampah": 0.35, "banjir": 0.25}  # noqa: RUF012

    def test_sure_of_the_opd_alone_is_suggested_with_a_remark(self):
        unsure = replace(TREE, complaint_type=self.UNSURE_TYPE, sure_of="opd")
        result = verdict(replace(unsure, target_opd={"DLHK": 0.75, "BPBD": 0.25}))
        assert (result.decision, result.opds[0]) == ("suggest", "DLHK")
        assert result.reasons == ("Jenis aduan belum pasti, OPD tujuan lebih pasti: periksa jenisnya.",)

    def test_sure_of_neither_gives_listen_with_the_lists_all_the_same(self):
        result = verdict(replace(TREE, complaint_type=self.UNSURE_TYPE, sure_of=None))
        assert (result.decision, result.label, result.priority) == ("listen", "ticket", "P2")
        assert result.types == ("pohon_tumbang", "sampah", "banjir")
        assert result.opds == ("DLHK", "PLN", "BPBD")
        assert result.reasons == ("Jenis aduan dan OPD tujuan belum pasti: dengarkan dahulu, lalu pilih dari daftar.",)

    @pytest.mark.parametrize(("sure_of", "decision"), [("type", "suggest"), (None, "listen")])
    def test_the_limits_decide_and_no_probability_here(self, sure_of, decision):
        certain = {"pohon_tumbang": 0.99, "sampah": 0.01}
        assert verdict(replace(TREE, complaint_type=certain, sure_of=sure_of)).decision == decision

    def test_sure_of_neither_gives_listen_to_a_question_and_takes_its_low_priority(self):
        result = verdict(replace(disposition(ticket=0.1, information=0.9, ghost=0.0), sure_of=None))
        assert (result.decision, result.label, result.priority) == ("listen", "information", "P2")

    def test_a_ghost_needs_no_type(self):
        unsure = replace(disposition(ticket=0.1, information=0.0, ghost=0.9), sure_of=None)
        result = verdict(unsure, ghost())
        assert (result.decision, result.label, result.reasons) == ("suggest", "ghost", ())

    @pytest.mark.parametrize(("share", "decision"), [(CERTAIN, "suggest"), (CERTAIN - 0.01, "listen")])
    def test_a_disposition_is_certain_from_the_threshold_on(self, share, decision):
        assert verdict(disposition(ticket=share, information=0.3, ghost=0.7 - share)).decision == decision

    def test_an_unsure_disposition_is_the_only_thing_said_of_an_unsure_call(self):
        [reason] = verdict(replace(disposition(ticket=0.45, information=0.4, ghost=0.15), sure_of=None)).reasons
        assert "aduan, permintaan informasi atau ghost call" in reason

    def test_an_unsure_disposition_gives_listen(self):
        assert verdict(disposition(ticket=0.45, information=0.4, ghost=0.15)).decision == "listen"


class TestWhatMayBeTakenOver:
    @pytest.mark.parametrize("sure_of", ["type", "opd", None])
    def test_of_a_certain_ticket_is_what_the_classifier_is_sure_of(self, sure_of):
        assert verdict(replace(TREE, sure_of=sure_of)).sure_of == sure_of

    def test_is_nothing_where_it_may_be_no_report(self):
        wrong_number = disposition(ticket=0.02, information=0.0, ghost=0.98)
        assert verdict(wrong_number).sure_of is None
        assert verdict(wrong_number, ghost()).sure_of is None

    def test_is_nothing_where_a_rule_alone_makes_the_ticket(self):
        assert verdict(disposition(ticket=0.2, information=0.0, ghost=0.8), safety=[CHILD]).sure_of is None

    def test_is_the_type_of_a_certain_question(self):
        assert verdict(disposition(ticket=0.1, information=0.9, ghost=0.0)).sure_of == "type"


class TestTypeAndOpdAgree:
    def test_a_certain_type_decides_the_first_opd(self):
        result = verdict(replace(TREE, target_opd={"DINKES": 0.6, "DLHK": 0.4}))
        assert result.opds == ("DLHK", "DINKES")

    def test_a_certain_opd_decides_among_uncertain_types(self):
        types = {"gawat_darurat_medis": 0.3, "kejahatan_kekerasan": 0.28, "tawuran": 0.22, "narkoba": 0.2}
        unsure = replace(TREE, complaint_type=types, target_opd={"BNNK": 0.6, "PSC119": 0.4})
        result = verdict(replace(unsure, sure_of="opd"))
        assert result.opds[0] == "BNNK"
        assert result.types[0] == "narkoba"

    @pytest.mark.parametrize("sure_of", ["type", None])
    def test_the_type_decides_where_the_opd_is_not_the_surer(self, sure_of):
        types = {"gawat_darurat_medis": 0.4, "narkoba": 0.35, "tawuran": 0.25}
        unsure = replace(TREE, complaint_type=types, target_opd={"BNNK": 0.6, "PSC119": 0.4}, sure_of=sure_of)
        result = verdict(unsure)
        assert (result.types[0], result.opds[0]) == ("gawat_darurat_medis", "PSC119")

    @pytest.mark.parametrize("code", TAXONOMY.types)
    @pytest.mark.parametrize("opd", ["DINKES", "TELKOM"])
    def test_for_every_type(self, code, opd):
        main = TAXONOMY.types[code].main_opd
        target = {main: 1.0} if main == opd else {opd: 0.7, main: 0.3}
        result = verdict(
            replace(
                TREE, complaint_type={code: 0.9, "sampah" if code != "sampah" else "banjir": 0.1}, target_opd=target
            )
        )
        assert result.opds[0] in TAXONOMY.types[result.types[0]].allowed_opds
        assert result.types[0] == code

    def test_ties_are_broken_the_same_way_every_time(self):
        tied = {"sampah": 0.25, "banjir": 0.25, "odgj": 0.25, "narkoba": 0.25}
        backwards = dict(reversed(tied.items()))
        assert (
            verdict(replace(TREE, complaint_type=tied)).types == verdict(replace(TREE, complaint_type=backwards)).types
        )

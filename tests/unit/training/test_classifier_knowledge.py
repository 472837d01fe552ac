import pytest
from support.labelled import PRIORITIES, ticket

from training.classifier.knowledge import build_labels, label_texts, lay_words, utterances
from training.corpus.load import TRAIN, Phrase, read_calls
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def texts():
    return label_texts(TAXONOMY)


def said_of(code, texts):
    return [one.text.strip(" .") for one in texts if one.label == code]


class TestLabelTexts:
    def test_every_type_has_its_name_and_its_definition(self, texts):
        for code, kind in TAXONOMY.types.items():
            of_type = said_of(code, texts)
            assert kind.name in of_type
            assert all(part.strip(" .") in of_type for part in kind.definition.split(". ") if part)

    def test_a_clause_of_a_rule_goes_to_the_side_that_it_names(self, texts):
        clause = "Hanya bertanya nomor atau biaya ambulans"
        assert [one.label for one in texts if one.text.strip() == clause] == ["informasi_layanan"]

    def test_both_sides_of_a_rule_are_read(self, texts):
        rules = [
            (code, confusion)
            for code, kind in TAXONOMY.types.items()
            for confusion in kind.confusions
            if confusion.rule.count("=") == 2 and f"= {code}" in confusion.rule
        ]
        assert rules
        for code, confusion in rules:
            parts = [one for one in texts if one.text.strip() and one.text in confusion.rule]
            assert code in {one.label for one in parts}, confusion.rule

    def test_all_are_of_known_types_hold_words_and_come_once(self, texts):
        assert {one.label for one in texts} == set(TAXONOMY.types)
        assert all(one.text.strip() and "=" not in one.text for one in texts)
        assert len(set(texts)) == len(texts)


class TestWordsOfTheTaxonomy:
    def test_utterances_and_keywords_keep_their_type(self):
        kind = TAXONOMY.types["banjir"]
        assert [one.text for one in utterances(TAXONOMY) if one.label == "banjir"] == [
            said.text for said in kind.utterances
        ]
        assert Phrase("banjir", kind.keywords[0]) in lay_words(TAXONOMY)


class TestBuildLabels:
    def test_without_calls_the_main_opd_leads_and_the_taxonomys_bounds_hold(self):
        labels = build_labels(TAXONOMY, [])
        for code, kind in TAXONOMY.types.items():
            assert max(labels.opd_prior[code], key=labels.opd_prior[code].get) == kind.main_opd
            assert set(labels.opd_prior[code]) == set(kind.allowed_opds)
            assert sum(labels.opd_prior[code].values()) == pytest.approx(1)
            assert labels.priority_prior[code] == pytest.approx(dict.fromkeys(PRIORITIES, 0.25))

    def test_calls_move_the_priors_of_their_type_alone(self):
        calls = [ticket(f"A{n}", target_opd="PUPR", priority="P3") for n in range(20)]
        bare, labels = build_labels(TAXONOMY, []), build_labels(TAXONOMY, calls)
        assert max(labels.opd_prior["banjir"], key=labels.opd_prior["banjir"].get) == "PUPR"
        assert labels.priority_prior["banjir"]["P3"] > 0.9
        assert labels.opd_prior["sampah"] == bare.opd_prior["sampah"]

    def test_the_shipped_calls_forbid_nothing_new(self):
        labels = build_labels(TAXONOMY, read_calls(TRAIN))
        assert all(set(labels.opd_prior[code]) == set(kind.allowed_opds) for code, kind in TAXONOMY.types.items())
        assert all(share > 0 for prior in labels.opd_prior.values() for share in prior.values())

    def test_the_safety_head_knows_none_and_the_short_codes(self):
        assert build_labels(TAXONOMY, []).safety == ("none", *(f"S{number}" for number in range(1, 9)))

import random

from training.classifier.augment import Augmenter
from training.classifier.dataset import Example, compose, from_calls, from_phrases, openings
from training.classifier.knowledge import build_labels
from training.classifier.losses import UNKNOWN, targets
from training.corpus.load import TRAIN, Call, CallTurn, Phrase, read_calls
from triage.taxonomy import load_taxonomy


def _call(**changes):
    base = {
        "id": "a",
        "turns": (
            CallTurn(speaker="operator", text="Apa yang terbakar?"),
            CallTurn(speaker="caller", text="Halo pak, [isak] rumahku."),
        ),
        "disposition": "ticket",
        "complaint_type": "kebakaran_bangunan",
        "target_opd": "DAMKARMAT",
        "priority": "P1",
    }
    return Call(**base | changes)


class TestExamples:
    def test_a_call_is_the_callers_words_and_mixed_the_operators_too(self):
        (example,) = from_calls([_call()])
        assert example.text == "halo pak rumahku"
        assert example.mixed == "apa yang terbakar halo pak rumahku"

    def test_a_call_without_words_is_no_example(self):
        assert from_calls([_call(turns=(CallTurn(speaker="caller", text="[isak]"),))]) == []

    def test_a_phrase_tells_the_type_alone(self):
        (example,) = from_phrases([Phrase("banjir", "Air naik!")], "phrase", 0.5)
        assert (example.text, example.complaint_type, example.disposition, example.priority) == (
            "air naik", "banjir", None, None
        )  # fmt: skip

    def test_openings_are_greetings_only(self):
        assert openings([_call()]) == ["halo pak"]

    def test_composed_calls_keep_their_type_and_share_alike(self):
        phrases = from_phrases([Phrase("banjir", "air naik"), Phrase("sampah", "bau busuk")], "phrase", 1)
        composed = compose(phrases, ["halo pak"], ["kemaraya"], 10, random.Random(1))
        assert [example.complaint_type for example in composed].count("banjir") == 5
        for example in composed:
            assert ("air naik" in example.text) == (example.complaint_type == "banjir")
            assert "kemaraya" in example.text and example.text.startswith("halo pak")


class TestAugmentation:
    def test_is_repeatable_and_does_vary(self):
        augmenter = Augmenter.load()
        text = "tolong pak ada pohon tumbang di kemaraya sudah mi menutup jalan kabel putus menjuntai"
        first = [augmenter.vary(text, ("kemaraya",), random.Random(seed)) for seed in range(30)]
        assert first == [augmenter.vary(text, ("kemaraya",), random.Random(seed)) for seed in range(30)]
        assert len(set(first)) >= 25
        assert sum("kemaraya" not in variant for variant in first) >= 8

    def test_uses_known_mishearings(self):
        augmenter = Augmenter.load()
        heard = {augmenter.vary("tumbang", (), random.Random(seed)) for seed in range(60)}
        assert heard & {"tumpang", "timbang", "tumban"}

    def test_never_leaves_nothing(self):
        augmenter = Augmenter.load()
        assert all(augmenter.vary("mi", (), random.Random(seed)) for seed in range(50))


class TestTargets:
    def test_unknown_and_forbidden_labels_are_left_out(self):
        labels = build_labels(load_taxonomy(), read_calls(TRAIN))
        known = Example("x", "call", "", "ticket", "banjir", "BPBD", "P2")
        forbidden = Example("x", "call", "", "ticket", "banjir", "BNNK", "P2")
        table = targets([known, forbidden], labels)
        assert table[0].tolist() == [
            0, labels.complaint_type.index("banjir"), labels.target_opd.index("BPBD"), 1, UNKNOWN
        ]  # fmt: skip
        assert table[1, 2] == UNKNOWN

    def test_the_prior_gives_the_main_opd_most_and_forbids_what_the_taxonomy_forbids(self):
        taxonomy = load_taxonomy()
        labels = build_labels(taxonomy, [])
        for code, kind in taxonomy.types.items():
            assert max(labels.opd_prior[code], key=labels.opd_prior[code].get) == kind.main_opd
            assert set(labels.opd_prior[code]) == set(kind.allowed_opds)

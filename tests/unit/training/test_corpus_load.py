import json
from collections import Counter

import numpy as np
import pytest

from training.corpus.load import (
    PHRASES,
    TRAIN,
    UNSEEN,
    VALIDATION,
    CorpusError,
    Phrase,
    check_codes,
    read_calls,
    read_phrases,
)
from training.corpus.split import similarity
from triage.classifier.text import plain, plain_text
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
GHOST = {"id": "a", "turns": [], "disposition": "ghost", "ghost_kind": "tanpa_suara"}
TICKET = {
    "id": "b",
    "turns": [{"speaker": "caller", "text": "ada api"}],
    "disposition": "ticket",
    "complaint_type": "kebakaran_bangunan",
    "target_opd": "DAMKARMAT",
    "priority": "P1",
}
SCRAPS = {"tanpa_suara": 120, "panggilan_putus": 200}
"""Nobody speaks in these: a recogniser's phantoms and greetings cut off; there are no more of them to be said."""
PHANTOMS = {"terima kasih telah menonton", "terima kasih", "terima kasih banyak", "you"}
"""What a recogniser invents on silence; the validation calls hold the same inventions."""


def _written(tmp_path, *calls):
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(json.dumps(call) for call in calls))
    return path


def _lines(path):
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


@pytest.fixture(scope="module")
def phrases():
    return read_phrases()


class TestTheCalls:
    @pytest.mark.parametrize(("path", "at_least"), [(TRAIN, 3662), (VALIDATION, 222), (UNSEEN, 124)])
    def test_are_sound_and_fit_the_taxonomy(self, path, at_least):
        calls = read_calls(path)
        check_codes(calls, [], TAXONOMY)
        assert len(calls) == len(_lines(path)) >= at_least

    @pytest.mark.parametrize("path", [TRAIN, UNSEEN])
    def test_get_an_opd_that_the_type_allows(self, path):
        for call in read_calls(path):
            if call.complaint_type is not None:
                assert call.target_opd in TAXONOMY.types[call.complaint_type].allowed_opds, call.id

    def test_a_question_about_a_service_is_answered_by_the_call_centre(self):
        asked = [call for call in read_calls(TRAIN) if call.disposition == "information"]
        assert {call.target_opd for call in asked if call.complaint_type == "informasi_layanan"} == {"KOMINFO"}

    def test_no_hand_wrote_for_training_and_for_judging(self):
        hands = [{call.writer for call in read_calls(path)} for path in (TRAIN, VALIDATION, UNSEEN)]
        assert sum(len(found) for found in hands) == len(set.union(*hands))

    def test_every_type_and_ghost_kind_is_in_both(self):
        for path in (TRAIN, VALIDATION):
            calls = read_calls(path)
            assert {call.complaint_type for call in calls} - {None} == set(TAXONOMY.types)
            assert {call.ghost_kind for call in calls} - {None} == set(TAXONOMY.ghost_kinds)


class TestThePhrases:
    def test_are_all_read_and_fit_the_taxonomy(self, phrases):
        check_codes([], phrases, TAXONOMY)
        assert len(phrases) == len(_lines(PHRASES)) >= 18_089
        assert {phrase.priority for phrase in phrases} <= {None, *TAXONOMY.priorities}

    @pytest.mark.parametrize("label", [*TAXONOMY.types, *TAXONOMY.ghost_kinds])
    def test_there_are_enough_of_every_label(self, phrases, label):
        assert Counter(phrase.label for phrase in phrases)[label] >= SCRAPS.get(label, 300)

    def test_a_judged_opd_is_one_that_the_type_allows_and_ghosts_have_none(self, phrases):
        for phrase in phrases:
            kind = TAXONOMY.types.get(phrase.label)
            allowed = kind.allowed_opds if kind else ()
            assert phrase.target_opd is None or phrase.target_opd in allowed, phrase
            assert kind or phrase.priority is None, phrase

    def test_every_one_holds_words_and_none_comes_twice(self, phrases):
        times = Counter(plain_text(phrase.text) for phrase in phrases)
        assert "" not in times
        assert [text for text, number in times.items() if number > 1] == []

    def test_none_is_what_a_validation_caller_says(self, phrases):
        texts = [plain_text(phrase.text) for phrase in phrases]
        said = [text for call in read_calls(VALIDATION) if (text := plain(call.as_turns()))]
        near = np.flatnonzero(similarity(texts, said).max(axis=1) > 0.8)
        assert {texts[row] for row in near} == PHANTOMS
        assert {phrases[row].label for row in near} == {"tanpa_suara"}


class TestReadingCalls:
    def test_turns_are_the_classifiers(self, tmp_path):
        [call] = read_calls(_written(tmp_path, TICKET))
        assert [(turn.speaker, turn.text) for turn in call.as_turns()] == [("caller", "ada api")]

    def test_the_writer_is_in_the_id(self, tmp_path):
        [call] = read_calls(_written(tmp_path, TICKET | {"id": "G0281"}))
        assert call.writer == "G"

    @pytest.mark.parametrize(
        "broken",
        [
            GHOST | {"complaint_type": "banjir"},
            GHOST | {"ghost_kind": None},
            TICKET | {"target_opd": None},
            TICKET | {"ghost_kind": "tanpa_suara"},
            TICKET | {"priority": "P9"},
            TICKET | {"safety": "S9"},
            TICKET | {"length": 3},
        ],
    )
    def test_refuses_labels_that_contradict_the_disposition(self, tmp_path, broken):
        with pytest.raises(CorpusError, match=r"calls\.jsonl, line 2"):
            read_calls(_written(tmp_path, {**GHOST, "id": "first"}, broken))

    def test_refuses_an_id_twice(self, tmp_path):
        with pytest.raises(CorpusError, match="id a comes twice"):
            read_calls(_written(tmp_path, GHOST, GHOST))


class TestReadingPhrases:
    def read(self, tmp_path, text):
        path = tmp_path / "phrases.tsv"
        path.write_text(text, encoding="utf-8")
        return read_phrases(path)

    def test_opd_and_priority_may_be_empty(self, tmp_path):
        assert self.read(tmp_path, "banjir\tair naik\t\t\nbanjir\tselokan\tPUPR\tP3\n") == [
            Phrase("banjir", "air naik"),
            Phrase("banjir", "selokan", "PUPR", "P3"),
        ]

    def test_quotation_marks_are_words(self, tmp_path):
        [phrase] = self.read(tmp_path, 'caci_maki\t"setan" katanya\t\t\n')
        assert phrase.text == '"setan" katanya'

    @pytest.mark.parametrize("line", ["banjir\t\t\t", "\tair\t\t", "banjir\tair naik", "banjir\tair\tPUPR\tP3\tx"])
    def test_refuses_another_shape(self, tmp_path, line):
        with pytest.raises(CorpusError, match="line 2"):
            self.read(tmp_path, f"banjir\tair naik\t\t\n{line}\n")


class TestCheckCodes:
    @pytest.mark.parametrize("changes", [{"target_opd": "NASA"}, {"complaint_type": "ufo"}])
    def test_refuses_a_call_outside_the_taxonomy(self, tmp_path, changes):
        [(field, value)] = changes.items()
        calls = read_calls(_written(tmp_path, TICKET | changes))
        with pytest.raises(CorpusError, match=rf"call b: {field} '{value}'"):
            check_codes(calls, [], TAXONOMY)

    @pytest.mark.parametrize("phrase", [Phrase("ufo", "piring"), Phrase("banjir", "air", "NASA")])
    def test_refuses_a_phrase_outside_the_taxonomy(self, phrase):
        with pytest.raises(CorpusError, match="not in the taxonomy"):
            check_codes([], [phrase], TAXONOMY)

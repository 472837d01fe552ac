import json

import pytest

from training.corpus.load import (
    TRAIN,
    VALIDATION,
    CorpusError,
    check_codes,
    read_calls,
    read_phrases,
)
from triage.taxonomy import load_taxonomy

GHOST = {"id": "a", "turns": [], "disposition": "ghost", "ghost_kind": "tanpa_suara"}
TICKET = {
    "id": "b",
    "turns": [{"speaker": "caller", "text": "ada api"}],
    "disposition": "ticket",
    "complaint_type": "kebakaran_bangunan",
    "target_opd": "DAMKARMAT",
    "priority": "P1",
}


def _written(tmp_path, *calls):
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(json.dumps(call) for call in calls))
    return path


class TestTheCorpus:
    @pytest.mark.parametrize(("path", "number"), [(TRAIN, 1738), (VALIDATION, 222)])
    def test_is_sound_and_fits_the_taxonomy(self, path, number):
        taxonomy = load_taxonomy()
        calls = read_calls(path)
        check_codes(calls, types=set(taxonomy.types), opds=set(taxonomy.opds), ghost_kinds=set(taxonomy.ghost_kinds))
        assert len(calls) == number

    def test_phrases_name_known_types(self):
        phrases = read_phrases()
        assert {phrase.complaint_type for phrase in phrases} <= set(load_taxonomy().types)
        assert len(phrases) >= 6140

    def test_no_training_call_carries_a_validation_id(self):
        assert not {call.id for call in read_calls(TRAIN)} & {call.id for call in read_calls(VALIDATION)}


class TestReading:
    def test_turns_are_the_classifiers(self, tmp_path):
        (call,) = read_calls(_written(tmp_path, TICKET))
        assert [(turn.speaker, turn.text) for turn in call.as_turns()] == [("caller", "ada api")]

    @pytest.mark.parametrize(
        "broken",
        [
            GHOST | {"complaint_type": "banjir"},
            GHOST | {"ghost_kind": None},
            TICKET | {"target_opd": None},
            TICKET | {"ghost_kind": "tanpa_suara"},
            TICKET | {"priority": "P9"},
            TICKET | {"length": 3},
        ],
    )
    def test_refuses_labels_that_contradict_the_disposition(self, tmp_path, broken):
        with pytest.raises(CorpusError, match=r"calls\.jsonl, line 2"):
            read_calls(_written(tmp_path, {**GHOST, "id": "first"}, broken))

    def test_refuses_an_id_twice(self, tmp_path):
        with pytest.raises(CorpusError, match="id a comes twice"):
            read_calls(_written(tmp_path, GHOST, GHOST))

    def test_refuses_a_code_outside_the_taxonomy(self, tmp_path):
        calls = read_calls(_written(tmp_path, TICKET))
        with pytest.raises(CorpusError, match=r"call b: target_opd 'DAMKARMAT'"):
            check_codes(calls, types={"kebakaran_bangunan"}, opds={"PLN"}, ghost_kinds=set())

    def test_refuses_a_phrase_without_text(self, tmp_path):
        path = tmp_path / "phrases.tsv"
        path.write_text("banjir\tair naik\nbanjir\t\n")
        with pytest.raises(CorpusError, match="line 2"):
            read_phrases(path)

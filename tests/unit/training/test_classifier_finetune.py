from dataclasses import replace
from pathlib import Path

import pytest
from support.labelled import ticket

from training.classifier.augment import Augmenter
from training.classifier.config import TrainConfig
from training.classifier.dataset import Example, from_calls
from training.classifier.encoder import train_tokenizer
from training.classifier.finetune import HEARD_SHARE, MONO_SHARE, Material, encode
from training.corpus.load import CallTurn

CONFIG = TrainConfig(run=Path(), out=Path(), phrases_an_epoch=7, composed_an_epoch=6)
TURNS = (CallTurn(speaker="operator", text="Apa yang terjadi"), CallTurn(speaker="caller", text="Air naik terus Pak"))
SAID, WITH_OPERATOR = "air naik terus pak", "apa yang terjadi air naik terus pak"


@pytest.fixture(scope="module")
def material():
    return Material(
        calls=from_calls([ticket(f"A{number}", turns=TURNS) for number in range(200)]),
        phrases=[Example(f"frasa {number}", "phrase", complaint_type="sampah") for number in range(10)],
        label_texts=[Example("banjir", "label", complaint_type="banjir")],
        greetings=["halo"],
        main_opds={"sampah": "DLHK"},
        augmenter=Augmenter({}, ("kemaraya",)),
    )


class TestAnEpoch:
    def test_holds_every_call_some_phrases_composed_calls_and_the_label_texts(self, material):
        drawn = material.epoch(CONFIG, 1)
        counts = {source: sum(one.source == source for one in drawn) for source in {one.source for one in drawn}}
        assert counts == {"call": 200, "phrase": 7, "composed": 6, "label": 1}

    def test_reads_some_calls_with_the_operators_words(self, material):
        drawn = material.epoch(replace(CONFIG, augment=False), 1)
        texts = [one.text for one in drawn if one.source == "call"]
        assert set(texts) == {SAID, WITH_OPERATOR}
        assert 0.5 * MONO_SHARE < texts.count(WITH_OPERATOR) / len(texts) < 2 * MONO_SHARE

    def test_reads_some_calls_as_they_were_heard(self, material):
        calls = [replace(call, heard="air naik terus bak") for call in material.calls]
        drawn = replace(material, calls=calls).epoch(replace(CONFIG, augment=False), 1)
        texts = [one.text for one in drawn if one.source == "call"]
        assert 0.5 * HEARD_SHARE < texts.count("air naik terus bak") / len(texts) < 2 * HEARD_SHARE

    def test_varies_texts_only_where_asked_to(self, material):
        varied = {one.text for one in material.epoch(CONFIG, 1) if one.source == "call"}
        assert len(varied) > 20

    def test_is_repeatable_and_differs_from_the_next(self, material):
        assert material.epoch(CONFIG, 1) == material.epoch(CONFIG, 1)
        assert material.epoch(CONFIG, 1) != material.epoch(CONFIG, 2)

    def test_without_phrases_composes_nothing(self, material):
        drawn = replace(material, phrases=[]).epoch(CONFIG, 1)
        assert {one.source for one in drawn} == {"call", "label"}


class TestEncode:
    def test_cuts_long_texts_and_keeps_the_closing_token(self):
        tokenizer = train_tokenizer([SAID, "pohon tumbang di jalan", "lampu jalan padam"] * 5, 60)
        short, long = encode(tokenizer, ["air", " ".join([SAID] * 20)], 12)
        assert len(short) < 12 and len(long) == 12
        assert (short[0], short[-1]) == (long[0], long[-1])
        assert long[0] == tokenizer.token_to_id("[CLS]") and long[-1] == tokenizer.token_to_id("[SEP]")

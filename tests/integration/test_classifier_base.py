"""`--base`: a Hugging Face encoder in place of the project's own, on a toy."""

import json
from dataclasses import replace

import pytest
import torch
from support.toy_encoder import make_toy_encoder
from transformers import BertModel, RobertaConfig

from training.classifier.branches import fit_branches
from training.classifier.config import TrainConfig
from training.classifier.encoder import build_encoder, within_positions
from training.classifier.prepare import prepare
from training.classifier.start import pretrained
from training.classifier.train import train
from training.corpus.bundled import bundled_corpus
from triage.classifier.model import Turn
from triage.classifier.onnx import OnnxClassifier
from triage.errors import InputError
from triage.registry import verify

POSITIONS = 40


@pytest.fixture(scope="module")
def corpus():
    """Every fifteenth call and a tenth of the validation calls, no phrases."""
    whole = bundled_corpus()
    return replace(whole, calls=whole.calls[::15], phrases=[], validation=whole.validation[::10])


@pytest.fixture(scope="module")
def config(tmp_path_factory, corpus):
    folder = tmp_path_factory.mktemp("base")
    base = make_toy_encoder(folder / "toy-bert", (call.text() for call in corpus.calls), POSITIONS)
    return TrainConfig(
        run=folder / "run", out=folder / "model", base=str(base), mlm_epochs=0, epochs=1, folds=2, 
        hash_bits=8,
    )  # fmt: skip


class TestBase:
    def test_fine_tuning_starts_with_its_weights(self, config, corpus):
        start = pretrained(config, corpus)
        assert start.encoder is None
        encoder = build_encoder(config, start.tokenizer.get_vocab_size(), start.encoder)
        expected = BertModel.from_pretrained(config.base).state_dict()
        assert all(torch.equal(value, expected[name]) for name, value in encoder.state_dict().items())

    def test_ends_in_a_model_that_classifies(self, config, corpus):
        folder = train(config, corpus)
        assert verify(folder).details["config"]["base"] == "toy-bert"
        assert json.loads((folder / "serving.json").read_text("utf-8"))["max_tokens"] == POSITIONS
        assert str(config.run.parent).encode() not in b"".join(file.read_bytes() for file in folder.iterdir())
        long = [Turn("caller", "ada pohon tumbang menutup jalan di dekat pasar " * 20)]
        short, longer = OnnxClassifier(folder).classify([[Turn("caller", "pohon tumbang")], long], evidence=True)
        assert sum(short.complaint_type.values()) == pytest.approx(1)
        assert sum(longer.complaint_type.values()) == pytest.approx(1)

    def test_a_base_that_was_trained_on_resumes_too(self, config, corpus, tmp_path):
        config = within_positions(replace(config, run=tmp_path, mlm_epochs=1))
        start = pretrained(config, corpus)
        assert start.encoder == tmp_path / "encoder"
        prepared = prepare(config, corpus.taxonomy, corpus.calls[:60], ())
        first = fit_branches(config, start, prepared, tmp_path / "final").deep.state_dict()
        again = fit_branches(config, start, prepared, tmp_path / "final").deep.state_dict()
        assert all(torch.equal(first[name], again[name]) for name in first)


class TestPositions:
    def test_those_of_the_padding_do_not_count(self, config, tmp_path):
        RobertaConfig(max_position_embeddings=130, pad_token_id=1).save_pretrained(tmp_path)
        assert within_positions(replace(config, base=str(tmp_path))).max_tokens == 128
        assert within_positions(replace(config, base=str(tmp_path), max_tokens=64)).max_tokens == 64

    def test_a_folder_that_is_no_encoder_is_told(self, config, tmp_path):
        with pytest.raises(InputError, match="--base"):
            within_positions(replace(config, base=str(tmp_path)))

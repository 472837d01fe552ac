"""The whole recipe on a toy: seconds, not accuracy."""

import json
from dataclasses import replace

import pytest

from training.classifier.cli import app
from training.classifier.config import TrainConfig
from training.classifier.train import train
from training.corpus.load import TRAIN, VALIDATION, Phrase, read_calls
from triage.classifier.model import Turn
from triage.classifier.onnx import OnnxClassifier
from triage.registry import verify

PHRASES = [
    *[
        Phrase("pohon_tumbang", f"pohon {word} tumbang menutup jalan")
        for word in ("besar", "tua", "mangga", "ketapang")
    ],
    *[Phrase("banjir", f"air naik sampai {word}") for word in ("lutut", "pinggang", "dada", "jendela")],
]


@pytest.fixture(scope="module")
def calls():
    """Every twelfth call: all dispositions, many types."""
    return read_calls(TRAIN)[::12]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    (folder / "text.tsv").write_text("stif\tpohon itu besar sekali\nnusax-javanese\twit kuwi gedhe\n", encoding="utf-8")
    return TrainConfig(
        run=folder / "run", out=folder / "toy", text=folder / "text.tsv", vocabulary=300, width=16, layers=1, heads=2,
        mlm_epochs=1, corpus_weight=1, epochs=1, linear_steps=15, hash_bits=10,
    )  # fmt: skip


@pytest.fixture(scope="module")
def validation(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "few.jsonl"
    path.write_text("".join(VALIDATION.read_text(encoding="utf-8").splitlines(keepends=True)[::10]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(config, calls, validation):
    return train(config, calls=calls, phrases=PHRASES, validation=validation)


class TestTraining:
    def test_ends_in_a_verified_model_folder(self, folder):
        manifest = verify(folder)
        assert (manifest.kind, manifest.name) == ("classifier", "toy")
        assert set(manifest.files) == {
            "model.onnx", "tokenizer.json", "labels.json", "calibration.json", "serving.json"
        }  # fmt: skip

    def test_the_exported_graph_answers_like_torch(self, folder):
        agreement = verify(folder).details["int8_against_torch"]
        assert agreement["same_type"] >= 0.9
        assert agreement["largest_logit_difference"] < 0.5

    def test_it_learned_what_it_was_told(self, folder):
        (answer,) = OnnxClassifier(folder).classify([[Turn("caller", "pohon besar tumbang menutup jalan")]])
        assert next(iter(answer.complaint_type)) == "pohon_tumbang"

    def test_the_figures_stand_beside_the_baseline(self, folder):
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        assert metrics["calls"] == 23
        assert metrics["baseline_calls"].keys() == metrics["baseline_all"].keys() < metrics["model"].keys()

    def test_no_path_of_this_machine_is_in_the_folder(self, folder, config):
        for name in ("manifest.json", "MODEL_CARD.md", "metrics.json", "serving.json"):
            assert str(config.run.parent) not in (folder / name).read_text(encoding="utf-8")

    def test_finished_stages_are_not_done_again(self, folder, config, calls, validation):
        weights = config.run / "finetuned.pt"
        before = weights.stat().st_mtime_ns
        again = replace(config, out=config.out.with_name("again"))
        train(again, calls=calls, phrases=PHRASES, validation=validation)
        assert weights.stat().st_mtime_ns == before
        turns = [[Turn("caller", "air naik sampai lutut di rumah")]]
        assert OnnxClassifier(again.out).classify(turns) == OnnxClassifier(folder).classify(turns)


class TestCommandLine:
    def test_tells_its_options(self):
        from typer.testing import CliRunner

        result = CliRunner().invoke(app, ["--help"])
        assert result.exit_code == 0
        assert "--base" in result.output

"""The whole recipe on a toy: seconds, not accuracy."""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from support.calls import FakeTranscriber
from typer.testing import CliRunner

from training.classifier.branches import append_row, fit_branches
from training.classifier.cli import app as train_app
from training.classifier.config import TrainConfig
from training.classifier.evaluate import app as evaluate_app
from training.classifier.prepare import prepare
from training.classifier.publish import COLUMNS
from training.classifier.start import pretrained
from training.classifier.train import train
from training.corpus.bundled import bundled_corpus
from training.corpus.load import VALIDATION
from triage.assemble import load_pipeline, load_text_pipeline
from triage.classifier.model import Turn
from triage.classifier.onnx import OnnxClassifier
from triage.cli.main import app
from triage.errors import InputError, ModelError
from triage.registry import verify
from triage.settings import REPOSITORY, Settings
from triage.taxonomy import load_taxonomy

FIXTURES = Path(__file__).parents[1] / "fixtures"
TABLE = ["--csv", str(FIXTURES / "other_city.csv"), "--mapping", str(FIXTURES / "other_city.yaml")]
FILES = {"model.onnx", "tokenizer.json", "labels.json", "calibration.json", "serving.json"}
TOY = {
    "vocabulary": 300, "width": 16, "layers": 1, "heads": 2, "mlm_epochs": 1, "epochs": 1, "folds": 2,
    "hash_bits": 10, "phrases_an_epoch": 30, "composed_an_epoch": 30,
}  # fmt: skip


def invoke(command, *arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(command, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def corpus():
    """Every twelfth call (all dispositions, many types), three phrases a label, a tenth of the validation calls."""
    whole, phrases = bundled_corpus(), defaultdict(list)
    for phrase in whole.phrases:
        phrases[phrase.label].append(phrase)
    few = [phrase for found in phrases.values() for phrase in found[:3]]
    return replace(whole, calls=whole.calls[::12], phrases=few, validation=whole.validation[::10])


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    (folder / "text.tsv").write_text("stif\tpohon itu besar sekali\nnusax-javanese\twit kuwi gedhe\n", encoding="utf-8")
    return TrainConfig(run=folder / "run", out=folder / "toy", text=folder / "text.tsv", note="Sebuah coba.", **TOY)


@pytest.fixture(scope="module")
def folder(config, corpus):
    return train(config, corpus)


@pytest.fixture(scope="module")
def metrics(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


class TestTraining:
    def test_ends_in_a_verified_model_folder(self, folder):
        manifest = verify(folder)
        assert (manifest.kind, manifest.name) == ("classifier", "toy")
        assert set(manifest.files) == FILES
        assert manifest.warning

    def test_the_run_keeps_what_it_was_and_what_it_found(self, folder, config, corpus):
        assert json.loads((config.run / "config.json").read_text("utf-8"))["text"] == "text.tsv"
        assert json.loads((config.run / "data.json").read_text("utf-8")) == corpus.fingerprint()
        assert (config.run / "metrics.json").read_bytes() == (folder / "metrics.json").read_bytes()
        for name in ("pretraining.png", "finetuning.png", "confusion.png"):
            assert (config.run / name).read_bytes().startswith(b"\x89PNG")

    def test_the_exported_graph_answers_like_torch(self, metrics):
        agreement = metrics["training"]["int8_against_torch"]
        assert agreement["calls"] > 200
        assert agreement["same_type"] >= 0.95
        assert agreement["largest_probability_shift"] < 0.05

    def test_the_card_says_what_the_figures_say(self, folder, metrics):
        card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
        for measure, value in metrics["columns"]["model"].items():
            row = next(line for line in card.splitlines() if line.startswith(f"| {measure} |"))
            assert row.split("|")[2].strip() == f"{value:.3f}"
            assert len(row.split("|")) == len(COLUMNS) + 3
        assert f"on {metrics['calls']} calls" in card
        assert "Sebuah coba." in card

    def test_no_path_of_this_machine_is_in_the_folder(self, folder, config):
        for file in filter(Path.is_file, folder.rglob("*")):
            for path in (config.run.parent, REPOSITORY):
                assert str(path).encode() not in file.read_bytes(), file

    def test_finished_stages_are_not_done_again(self, folder, config, corpus):
        kept = [config.run / name for name in ("tokenizer.json", "encoder/model.safetensors", "final/linear.npz")]
        kept += config.run.glob("*/transformer.pt")
        assert len(kept) == 6
        before = [file.stat().st_mtime_ns for file in kept]
        again = train(replace(config, out=config.out.with_name("again")), corpus)
        assert [file.stat().st_mtime_ns for file in kept] == before
        assert (again / "model.onnx").read_bytes() == (folder / "model.onnx").read_bytes()

    def test_no_example_is_empty(self, config, corpus):
        prepared = prepare(config, corpus.taxonomy, corpus.calls, corpus.phrases)
        examples = [*prepared.material.epoch(config, 1), *prepared.for_linear(config)]
        assert all(example.text for example in examples)

    def test_a_cut_off_fine_tuning_goes_on_from_its_checkpoint(self, folder, config, corpus, tmp_path, monkeypatch):
        config = replace(config, epochs=2, checkpoint_seconds=0.0)
        prepared = prepare(config, corpus.taxonomy, corpus.calls[:60], corpus.phrases)

        def cut_off(path, row):
            append_row(path, row)
            if row["epoch"] == 2:
                raise KeyboardInterrupt

        monkeypatch.setattr("training.classifier.branches.append_row", cut_off)
        with pytest.raises(KeyboardInterrupt):
            fit_branches(config, pretrained(config, corpus), prepared, tmp_path)
        assert (tmp_path / "finetuning.pt").exists()
        monkeypatch.undo()
        fit_branches(config, pretrained(config, corpus), prepared, tmp_path)
        lines = (tmp_path / "finetuning.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 2]
        assert {file.name for file in tmp_path.iterdir()} == {"finetuning.jsonl", "linear.npz", "transformer.pt"}


class TestEvaluation:
    def test_table_json_and_report(self, folder, corpus, tmp_path, monkeypatch):
        monkeypatch.setattr("training.corpus.bundled.bundled_corpus", lambda: corpus)
        data = tmp_path / "few.jsonl"
        data.write_text("".join(VALIDATION.read_text("utf-8").splitlines(keepends=True)[::10]), encoding="utf-8")
        out, report = tmp_path / "figures.json", tmp_path / "report.html"
        result = invoke(evaluate_app, "--model", folder, "--data", data, "--out", out, "--report", report)
        assert result.exit_code == 0, result.output
        assert "type_macro_f1" in result.stdout
        figures = json.loads(out.read_text(encoding="utf-8"))
        trained = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        assert figures["columns"] == trained["columns"]
        assert figures.keys() == trained.keys() | {"speed"}
        page = report.read_text(encoding="utf-8")
        for section in (
            "Di samping pembanding", "Apa yang dijanjikan batas-batasnya", "Kejujuran peluang", "risk-coverage",
            "Jenis yang tertukar", "Irisan", "Tiap jenis", "Tiap macam ghost", "Validasi silang", "Kecepatan",
            "Asal angka-angka ini",
        ):  # fmt: skip
            assert section in page
        assert "Diucapkan" not in page
        assert str(tmp_path) not in page


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """Folder of a toy trained on the invented city's history, by the command, and what the command printed."""
    folder = tmp_path_factory.mktemp("city")
    small = {key: value for key, value in TOY.items() if key not in {"epochs", "folds"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "training.classifier.config.TrainConfig", lambda **chosen: TrainConfig(**small | {"threads": 1} | chosen)
        )
        places = ["--run", folder / "run", "--out", folder / "model"]
        result = invoke(app, "train", "classifier", *TABLE, *places, "--epochs", 1, "--folds", 2, "--threads", 1)
    assert result.exit_code == 0, result.output
    return folder / "model", result.stdout


class TestOtherCity:
    def test_the_command_tells_what_became_of_the_rows(self, city):
        assert "Baris dipakai: 150 (126 untuk latih, 24 untuk validasi)" in city[1]
        assert "type_macro_f1" in city[1]

    def test_without_ghosts_there_are_no_figures_of_ghosts(self, city):
        for name in ("metrics.json", "manifest.json"):
            assert "NaN" not in (city[0] / name).read_text("utf-8")
        figures = json.loads((city[0] / "metrics.json").read_text("utf-8"))
        assert figures["columns"]["model"]["ghost_recall"] is None

    def test_its_taxonomy_is_part_of_the_model(self, city):
        manifest = verify(city[0])
        assert set(manifest.files) == FILES | {"taxonomy/taxonomy.yaml", "taxonomy/opd.yaml"}
        assert not manifest.warning
        assert "its own taxonomy" in (city[0] / "MODEL_CARD.md").read_text("utf-8")
        assert OnnxClassifier(city[0]).taxonomy == load_taxonomy(city[0] / "taxonomy")

    def test_it_answers_in_the_citys_codes(self, city, monkeypatch):
        settings = Settings(classifier=str(city[0]))
        pipeline = load_text_pipeline(settings)
        found = pipeline.suggest_text([Turn("caller", "lampu jalan di depan sekolah mati sejak senin")], "satu")
        own = load_taxonomy(city[0] / "taxonomy")
        best = found.complaint_type[0].code
        assert best in own.types
        assert best not in load_taxonomy().types or best in {"sampah", "jalan_rusak"}
        assert found.target_opd[0].code in own.types[best].allowed_opds
        assert {choice.code for choice in found.target_opd} <= own.opds.keys()
        assert found.versions.taxonomy == own.version
        assert not any("keselamatan" in warning for warning in found.warnings)
        monkeypatch.setattr("triage.assemble.load_recogniser", lambda settings: FakeTranscriber())
        assert load_pipeline(settings).taxonomy == own

    def test_evaluation_asks_for_the_history(self, city):
        assert invoke(evaluate_app, "--model", city[0]).exit_code == 2
        result = invoke(evaluate_app, "--model", city[0], *TABLE)
        assert result.exit_code == 0, result.output
        assert "24 panggilan" in result.stdout

    def test_a_changed_taxonomy_is_damage(self, city):
        path = city[0] / "taxonomy" / "opd.yaml"
        sound = path.read_bytes()
        path.write_bytes(sound + b"\n")
        try:
            with pytest.raises(ModelError, match=r"opd\.yaml"):
                load_text_pipeline(Settings(classifier=str(city[0])))
        finally:
            path.write_bytes(sound)

    def test_nothing_to_judge_on_is_told(self, tmp_path):
        rows = [f"aduan {word} nomor;{kind};Dinas;R1" for kind in "AB" for word in ("satu", "dua", "tiga", "empat")]
        (tmp_path / "c.csv").write_text("\n".join(["teks;jenis;opd;siapa", *rows]), "utf-8")
        (tmp_path / "m.yaml").write_text(
            'city: X\nvalid_from: 2026-01-01\ndelimiter: ";"\nminimum: 2\n'
            "columns: {text: teks, category: jenis, agency: opd, reporter: siapa}\n",
            "utf-8",
        )
        places = ["--csv", tmp_path / "c.csv", "--mapping", tmp_path / "m.yaml", "--run", tmp_path / "run"]
        result = invoke(app, "train", "classifier", *places, "--out", tmp_path / "out")
        assert result.exit_code == InputError.exit_code
        assert "tidak ada baris untuk validasi" in result.stderr
        assert not (tmp_path / "out").exists()


class TestCommandLine:
    def test_tells_its_options(self):
        result = invoke(train_app, "--help")
        assert result.exit_code == 0
        assert "--base" in result.output

    @pytest.mark.parametrize("arguments", [TABLE[:2], TABLE, [*TABLE, "--out", "elsewhere"], ["--base", "x"]])
    def test_the_bundled_model_and_its_run_are_not_overwritten(self, arguments):
        assert invoke(train_app, *arguments).exit_code == 2

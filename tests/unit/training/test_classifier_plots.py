import json

import pytest

from training.classifier.evaluation import plots
from training.classifier.evaluation.plots import confusion, curve, draw_run

METRICS = {
    "types": {"banjir": {"support": 4.0, "recall": 0.75}, "sampah": {"support": 2.0, "recall": 1.0}},
    "confusions": [{"true": "banjir", "answered": "odgj", "calls": 1}],
}


def cells(figure):
    """Written in each cell (row, column) of a confusion."""
    return {
        (int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in figure.axes[0].texts
    }


class TestConfusion:
    def test_has_the_true_types_in_rows_and_the_answers_in_columns(self):
        figure = confusion(["banjir", "odgj", "sampah"], METRICS["confusions"], {"banjir": 3, "sampah": 2})
        assert cells(figure) == {(0, 0): "3", (0, 1): "1", (2, 2): "2"}


class TestCurve:
    def test_leaves_out_points_that_lack_a_line(self):
        points = [{"x": 1, "a": 0.5}, {"x": 2, "a": 0.6, "b": 0.7}]
        lines = curve(points, "x", {"a": "A", "b": "B"}, ("x", "y")).axes[0].lines
        assert [(line.get_label(), list(line.get_xdata())) for line in lines] == [("A", [1, 2]), ("B", [2])]


class TestRiskCoverage:
    def test_has_a_line_a_curve_under_the_name_shown(self):
        rows = [{"coverage": 0.5, "accuracy": 1.0}, {"coverage": 1.0, "accuracy": 0.9}]
        lines = plots.risk_coverage({"model": rows, "svm_all": rows}).axes[0].lines
        assert [line.get_label() for line in lines[:2]] == ["model", "SVM"]


class TestDrawRun:
    @pytest.fixture
    def run(self, tmp_path):
        (tmp_path / "final").mkdir()
        rows = [{"epoch": 1, "loss": 9.0}, {"epoch": 1, "loss": 2.0, "contrastive": 0.5}, {"epoch": 2, "loss": 1.0}]
        (tmp_path / "final" / "finetuning.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return tmp_path

    def test_draws_what_the_run_logged(self, run):
        (run / "pretraining.tsv").write_text("100\t200\t5.5\t10:00:00\n200\t200\t4.5\t10:01:00\n")
        draw_run(run, METRICS)
        assert {path.name for path in run.glob("*.png")} == {"pretraining.png", "finetuning.png", "confusion.png"}
        assert all(path.read_bytes().startswith(b"\x89PNG") for path in run.glob("*.png"))

    def test_goes_without_pre_training(self, run):
        draw_run(run, METRICS)
        assert {path.name for path in run.glob("*.png")} == {"finetuning.png", "confusion.png"}

    def test_of_an_epoch_done_twice_only_the_last_counts(self):
        rows = [{"epoch": 1, "loss": 9.0}, {"epoch": 2, "loss": 8.0}, {"epoch": 1, "loss": 2.0}]
        assert plots._last(rows, "epoch") == [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 8.0}]

"""The figures of a classifier as a table for the terminal, and as one HTML page that needs no other file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from rich.table import Table

from training.classifier.evaluation import plots
from training.classifier.evaluation.titles import COLUMN_TITLES, MEASURE_TITLES, SLICE_TITLES
from training.classifier.publish import COLUMNS
from training.evaluation.plots import data_uri
from training.evaluation.report import Plot, number, percent
from triage import __version__
from triage.cli.files import write_lines

PACKAGES = ("onnxruntime", "scikit-learn", "torch", "transformers", "tokenizers", "numpy")
"""Named with their versions at the foot of the page: other versions may give other figures."""


def table(metrics: dict[str, Any]) -> Table:
    """The figures of all columns side by side."""
    found = Table(title=f"{metrics['calls']} panggilan yang tidak dilatihkan")
    found.add_column("ukuran", no_wrap=True)
    for name in COLUMNS:
        found.add_column(COLUMN_TITLES[name], justify="right")
    for key in metrics["columns"]["model"]:
        found.add_row(key, *(figure(metrics["columns"][name][key], ".") for name in COLUMNS))
    return found


def write_report(metrics: dict[str, Any], path: Path) -> None:
    """Write the page. Parts that `metrics` (evaluation.run.evaluate) lacks are left out.

    Raises InputError when `path` cannot be written.
    """
    environment = Environment(loader=PackageLoader("training.classifier"), autoescape=True, trim_blocks=True)
    environment.filters |= {"percent": percent, "number": number, "figure": figure}
    page = environment.get_template("report.html.j2").render(
        metrics=metrics,
        columns={name: COLUMN_TITLES[name] for name in COLUMNS},
        measures=MEASURE_TITLES,
        slices=SLICE_TITLES,
        plots=list(_plots(metrics)),
        versions={"triage112": __version__} | {name: version(name) for name in PACKAGES},
    )
    write_lines(path, [page])


def figure(value: float | None, point: str = ",") -> str:
    """A figure with three decimals, as Indonesians write it; a dash where there was nothing to count (NaN, null)."""
    return "-" if value is None or value != value else f"{value:.3f}".replace(".", point)


def _plots(metrics: dict[str, Any]) -> Iterator[Plot]:
    yield Plot(
        "Kejujuran peluang (reliability)",
        data_uri(plots.reliability(metrics["reliability"])),
        "; ".join(
            f"peluang {percent(row['confidence'])}: benar {percent(row['accuracy'])}" for row in metrics["reliability"]
        ),
    )
    covered = metrics["coverage_at_95"]
    yield Plot(
        "Ketepatan menurut bagian yang dijawab (risk-coverage)",
        data_uri(plots.risk_coverage(metrics["risk_coverage"])),
        f"Bagian terbesar dengan 95% benar: model {percent(covered['model'])}, SVM {percent(covered['svm_all'])}.",
    )
    right = {code: round(row["recall"] * row["support"]) for code, row in metrics["types"].items()}
    codes = sorted({*right, *(pair["answered"] for pair in metrics["confusions"])})
    yield Plot(
        "Jenis yang tertukar",
        data_uri(plots.confusion(codes, metrics["confusions"], right)),
        "; ".join(f"{pair['true']} dijawab {pair['answered']}: {pair['calls']}" for pair in metrics["confusions"]),
    )
    if "learning_curve" in metrics:
        lines = {
            "all_linear": "linear, semua teks", "all_svm": "SVM, semua teks",
            "calls_linear": "linear, panggilan saja", "calls_svm": "SVM, panggilan saja",
        }  # fmt: skip
        points = metrics["learning_curve"]
        yield Plot(
            "Kurva belajar (cabang linear, tanpa transformer)",
            data_uri(plots.curve(points, "texts_a_type", lines, ("Teks tiap jenis", "Macro-F1"))),
            "; ".join(f"{point['texts_a_type']}: {figure(point['all_linear'])}" for point in points),
        )

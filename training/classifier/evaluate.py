"""`triage evaluate classifier`: a model folder beside the baselines, on calls it never saw."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from triage.settings import REPOSITORY

if TYPE_CHECKING:
    from training.corpus.bundled import Corpus

app = typer.Typer(add_completion=False)
BUNDLED = REPOSITORY / "models" / "classifier-id"


@app.command()
def main(
    model: Annotated[Path, typer.Option(help="Folder model.")] = BUNDLED,
    data: Annotated[
        Path | None, typer.Option(help="Panggilan berlabel, JSONL seperti validation.jsonl, sebagai penggantinya.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Riwayat aduan kota sendiri yang dipakai melatih model ini.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Pemetaan kolomnya (YAML).")] = None,
    spoken: Annotated[
        int, typer.Option(min=0, help="Banyak panggilan yang juga diucapkan dan didengar lewat telepon.")
    ] = 0,
    curve: Annotated[bool, typer.Option(help="Ukur juga kurva belajar (beberapa menit).")] = False,
    out: Annotated[Path | None, typer.Option(help="Simpan angka-angkanya sebagai JSON.")] = None,
    report: Annotated[Path | None, typer.Option(help="Simpan laporan HTML dengan grafik.")] = None,
    card: Annotated[
        bool, typer.Option("--card", help="Tulis angka-angkanya juga ke metrics.json dan kartu model.")
    ] = False,
) -> None:
    """Ukur satu pengklasifikasi di samping TF-IDF + SVM, pada panggilan yang tidak pernah dilatihkan."""
    if (csv is None) != (mapping is None):
        raise typer.BadParameter("--csv dan --mapping diberikan bersama-sama / go together")
    if card and data is not None:
        raise typer.BadParameter("kartu hanya untuk data bawaan / the card is for the bundled calls: --card or --data")
    if csv is None and (model / "taxonomy").is_dir():
        raise typer.BadParameter("model ini punya taksonomi sendiri: beri --csv dan --mapping / it is another city's")
    from training.classifier.evaluation.learning import learning_curve
    from training.classifier.evaluation.report import table, write_report
    from training.classifier.evaluation.run import evaluate
    from training.classifier.evaluation.speed import speed
    from training.classifier.publish import as_json
    from triage.cli.files import write_lines

    with tempfile.TemporaryDirectory() as taxonomy:
        corpus = _corpus(data, csv, mapping, Path(taxonomy))
        metrics: dict[str, Any] = evaluate(model, corpus) | {"speed": speed(model, corpus.validation)}
        if spoken:
            metrics["spoken"] = _spoken(model, spoken)
        if curve:
            metrics["learning_curve"] = learning_curve(corpus)
    logged = model / "metrics.json"
    if logged.exists():
        metrics["training"] = json.loads(logged.read_text(encoding="utf-8"))["training"]
    Console().print(table(metrics))
    if out is not None:
        write_lines(out, [as_json(metrics)])
    if report is not None:
        write_report(metrics, report)
    if card:
        from training.classifier.publish import publish
        from triage.classifier.labels import Labels

        publish(model, metrics, Labels.load(model / "labels.json"))


def _corpus(data: Path | None, csv: Path | None, mapping: Path | None, taxonomy: Path) -> Corpus:
    from dataclasses import replace

    from training.corpus.bundled import bundled_corpus
    from training.corpus.load import read_calls

    if csv is not None and mapping is not None:
        from training.corpus.table import read_table

        return read_table(csv, mapping, taxonomy)
    corpus = bundled_corpus()
    return corpus if data is None else replace(corpus, validation=read_calls(data))


def _spoken(model: Path, count: int) -> dict[str, float]:
    """The validation calls spoken, sent through the telephone and the recogniser, beside their text."""
    from training.evaluation.run import spoken_calls
    from triage.assemble import load_pipeline
    from triage.settings import Settings

    settings = Settings(classifier=str(model))
    return spoken_calls(load_pipeline(settings), count, settings, None)


if __name__ == "__main__":
    app()

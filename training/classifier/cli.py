"""`triage train classifier`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.settings import REPOSITORY

if TYPE_CHECKING:
    from training.corpus.bundled import Corpus

app = typer.Typer(add_completion=False)
RUN = Path("runs/classifier")
OUT = REPOSITORY / "models" / "classifier-id"
BASE_RATE = 5e-5
"""Learning rate with --base: a large encoder forgets at the rate that suits the project's own (Devlin et al. 2019)."""


@app.command()
def classifier(
    run: Annotated[Path, typer.Option(help="Folder kerja; perintah yang sama melanjutkannya.")] = RUN,
    out: Annotated[Path, typer.Option(help="Folder model yang dihasilkan.")] = OUT,
    text: Annotated[
        Path | None, typer.Option(help="Teks untuk pra-pelatihan: sumber<TAB>kalimat, .tsv atau .tsv.xz.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Encoder Hugging Face (nama atau folder) sebagai pengganti encoder bawaan.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Riwayat aduan kota sendiri (CSV); taksonominya dibuat dari sana.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="Pemetaan kolom CSV (YAML), lihat docs/own-city.md.")] = None,
    note: Annotated[str, typer.Option(help="Catatan untuk kartu model.")] = "",
    mlm_epochs: Annotated[
        int | None, typer.Option(min=0, help="Banyak putaran pra-pelatihan; bawaan 5, dengan --base 0.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Banyak putaran pelatihan lanjutan.")] = 10,
    folds: Annotated[int, typer.Option(min=2, help="Banyak lipatan validasi silang.")] = 3,
    seed: Annotated[int, typer.Option(help="Benih acak.")] = 112,
    threads: Annotated[int, typer.Option(min=1, help="Utas CPU.")] = 2,
) -> None:
    """Latih pengklasifikasi, kalibrasi, ekspor ke ONNX int8, lalu ukur pada panggilan yang tidak dilatihkan."""
    if (csv is None) != (mapping is None):
        raise typer.BadParameter("--csv dan --mapping diberikan bersama-sama / go together")
    if (csv or base) and out == OUT:
        raise typer.BadParameter("beri --out folder lain; model bawaan tidak ditimpa / give another --out")
    if (csv or base) and run == RUN:
        raise typer.BadParameter("beri --run folder lain; yang ini milik model bawaan / give another --run")
    from rich.console import Console

    from training.classifier.config import TrainConfig
    from training.classifier.evaluation.report import table
    from training.classifier.publish import read_metrics
    from training.classifier.train import train

    config = TrainConfig(
        run=run, out=out, text=text, base=base, note=note, epochs=epochs, folds=folds, seed=seed, threads=threads
    )
    if base:
        config = replace(config, mlm_epochs=0, rate=BASE_RATE)
    if mlm_epochs is not None:
        config = replace(config, mlm_epochs=mlm_epochs)
    with tempfile.TemporaryDirectory() as taxonomy:
        folder = train(config, _corpus(csv, mapping, Path(taxonomy)))
    Console().print(table(read_metrics(folder)))


def _corpus(csv: Path | None, mapping: Path | None, taxonomy: Path) -> Corpus:
    if csv is None or mapping is None:
        from training.corpus.bundled import bundled_corpus

        return bundled_corpus()
    from training.corpus.table import read_table_report

    corpus, report = read_table_report(csv, mapping, taxonomy)
    for line in report.lines():
        typer.echo(line)
    return corpus


if __name__ == "__main__":
    app()

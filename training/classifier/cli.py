"""`triage train classifier`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage.settings import REPOSITORY

app = typer.Typer(add_completion=False)


@app.command()
def classifier(
    run: Annotated[Path, typer.Option(help="Folder kerja; perintah yang sama melanjutkannya.")] = Path(
        "runs/classifier"
    ),
    out: Annotated[Path, typer.Option(help="Folder model yang dihasilkan.")] = REPOSITORY / "models" / "classifier-id",
    text: Annotated[
        Path | None, typer.Option(help="Teks untuk pra-pelatihan: sumber<TAB>kalimat, .tsv atau .tsv.xz.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Encoder Hugging Face (nama atau folder) sebagai pengganti encoder bawaan.")
    ] = None,
    mlm_stop: Annotated[int | None, typer.Option(help="Hentikan pra-pelatihan setelah sekian langkah.")] = None,
    note: Annotated[str, typer.Option(help="Catatan untuk kartu model.")] = "",
    epochs: Annotated[int, typer.Option(min=1, help="Banyak putaran pelatihan lanjutan.")] = 14,
    seed: Annotated[int, typer.Option(help="Benih acak.")] = 112,
    threads: Annotated[int, typer.Option(min=1, help="Utas CPU.")] = 2,
) -> None:
    """Latih pengklasifikasi, kalibrasi, ekspor ke ONNX int8, lalu ukur pada validation.jsonl."""
    from rich.console import Console

    from training.classifier.config import TrainConfig
    from training.classifier.evaluate import table
    from training.classifier.publish import read_metrics
    from training.classifier.train import train

    config = TrainConfig(
        run=run, out=out, text=text, base=base, mlm_stop=mlm_stop, note=note, epochs=epochs, seed=seed, threads=threads
    )
    Console().print(table(read_metrics(train(config))))


if __name__ == "__main__":
    app()

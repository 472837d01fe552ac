"""`triage train recogniser`: clips, training, export, evaluation and card; resumable by the same command."""

from __future__ import annotations

import json
import multiprocessing
import re
from pathlib import Path
from typing import Annotated

import typer

from triage.settings import REPOSITORY

app = typer.Typer(add_completion=False, no_args_is_help=False)
NAME = "whisper-demo-synthetic-id"


def _seconds(budget: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h)", budget)
    if not match:
        raise typer.BadParameter("contoh / for example: 300s, 80min, 2h")
    return float(match[1]) * {"s": 1, "min": 60, "h": 3600}[match[2]]


@app.command()
def recogniser(
    budget: Annotated[str, typer.Option(help="Lama pelatihan, misalnya 5min atau 2h.")] = "80min",
    shards: Annotated[int, typer.Option(help="Banyak berkas klip (500 klip masing-masing).")] = 40,
    text: Annotated[Path | None, typer.Option(help="TSV.xz sumber<TAB>kalimat berlisensi, bila ada.")] = None,
    run: Annotated[Path, typer.Option(help="Folder kerja; perintah yang sama melanjutkannya.")] = Path(
        "runs/recogniser"
    ),
    out: Annotated[Path, typer.Option(help="Folder model yang dihasilkan.")] = REPOSITORY / "models" / NAME,
    note: Annotated[str, typer.Option(help="Catatan untuk kartu model.")] = "",
    measure: Annotated[int, typer.Option(min=1, help="Banyak klip tiap irisan pengukuran.")] = 100,
    processes: Annotated[int, typer.Option(help="Proses pelatihan, satu per inti CPU.")] = 1,
) -> None:
    """Latih pengenal suara dari nol dengan suara sintetis, lalu ekspor dan ukur."""
    from training.recogniser.prepare import prepare
    from training.recogniser.publish import publish
    from training.recogniser.train import TrainConfig, train

    clips = run / "clips"
    # The first shard at once, the rest beside the training, which takes them in as they come.
    prepare(clips, 1, licensed=text)
    maker = multiprocessing.get_context("spawn").Process(
        target=prepare, args=(clips, shards), kwargs={"licensed": text}, daemon=True
    )
    maker.start()
    train(TrainConfig(clips=clips, run=run, budget=_seconds(budget), processes=processes))
    maker.terminate()
    command = f"triage train recogniser --budget {budget} --shards {shards} --processes {processes}" + (
        " --text TEXT.tsv.xz" if text else ""
    )
    metrics = publish(run, out, command=command, note=note, clips=measure)
    typer.echo(json.dumps(metrics, indent=2))

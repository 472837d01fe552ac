"""`triage benchmark telephone`: Indonesian telephone speech at 8 kHz for any recogniser; docs/benchmark.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from training.benchmark.folder import make_folder, read_folder, write_csv
from training.benchmark.hypotheses import COLUMNS, read_hypotheses, score, shown, transcribe, unheard
from training.evaluation.report import percent, write_report
from training.evaluation.sets import telephone_items
from training.evaluation.titles import title
from training.synthesis.noises import read_noises
from triage.cli.configuration import load_settings
from triage.cli.files import write_lines
from triage.registry.load import load_transcriber

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Tolok ukur telepon: buat, jalankan, nilai (docs/benchmark.md)."
)
T = TypeVar("T")
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder tolok ukur.")]


@app.command()
def make(
    folder: Folder,
    clips: Annotated[int, typer.Option(min=1, help="Banyak klip irisan utama; irisan kondisi 0,3 kalinya.")] = 100,
    dialogues: Annotated[int, typer.Option(min=0, help="Banyak percakapan 30-120 detik, paling banyak.")] = 60,
    noise: Annotated[Path | None, typer.Option(help="Folder rekaman derau, di samping derau buatan.")] = None,
) -> None:
    """Buat rekaman dan teks acuannya."""
    noises = read_noises(noise) if noise else {}
    items = telephone_items(clips, dialogues, noises)
    asked = {"clips": clips, "dialogues": dialogues, "noises": sorted(noises)}
    manifest = make_folder(folder, _progress(items, "rekaman"), asked)
    table = _table("Rekaman", "Menit")
    for name, counts in manifest["slices"].items():
        table.add_row(title(name), name, str(counts["recordings"]), f"{counts['seconds'] / 60:.1f}".replace(".", ","))
    Console().print(table)
    typer.echo(f"{manifest['recordings']} rekaman, {manifest['seconds'] / 60:.0f} menit, tersimpan di {folder}")


@app.command()
def run(
    folder: Folder,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Nama di folder model, atau folder faster-whisper.")],
    out: Annotated[Path, typer.Option(help="Berkas hasil: file,channel,text.")] = Path("hypotheses.csv"),
) -> None:
    """Transkripsikan semua rekaman dengan satu pengenal suara."""
    _, references = read_folder(folder)
    # The benchmark's callers are on the left, wherever this site's PBX has them.
    settings = load_settings().model_copy(update={"recogniser": model, "caller_channel": "left"})
    rows = transcribe(load_transcriber(settings), folder, references, settings)
    written = list(_progress(rows, "transkrip", len(references)))
    write_csv(out, COLUMNS, written)
    typer.echo(f"{len(written)} baris tersimpan di {out}")


@app.command("score")
def score_command(
    folder: Folder,
    hypotheses: Annotated[Path, typer.Argument(metavar="HYPOTHESES.csv", help="Hasil pengenal: file,channel,text.")],
    report: Annotated[Path | None, typer.Option(help="Simpan laporan HTML dengan grafik.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Simpan angka-angkanya sebagai JSON.")] = None,
) -> None:
    """Hitung WER dan CER tiap irisan; baris yang tidak ada dihitung sebagai kata yang hilang."""
    manifest, references = read_folder(folder)
    heard = read_hypotheses(hypotheses, references)
    if missing := unheard(references, heard):
        typer.echo(f"Peringatan: {len(missing)} baris tidak ada, dihitung sebagai hilang: {shown(missing)}", err=True)
    metrics = {
        "recogniser": hypotheses.stem,
        "command": f"triage benchmark telephone score {folder} {hypotheses}",
        "benchmark": {key: value for key, value in manifest.items() if key != "slices"},
        "clips": manifest["clips"],
        "dialogues": manifest["dialogues"],
        "missing_rows": len(missing),
        "slices": score(references, heard),
    }
    table = _table("WER", "Rentang 95%", "CER", "Kata")
    for name, rate in metrics["slices"].items():
        interval = f"{percent(rate['wer_low'])} - {percent(rate['wer_high'])}"
        table.add_row(title(name), name, percent(rate["wer"]), interval, percent(rate["cer"]), str(rate["words"]))
    Console().print(table)
    if as_json is not None:
        write_lines(as_json, [json.dumps(metrics, indent=2)])
    if report is not None:
        write_report(metrics, report)


def _table(*figures: str) -> Table:
    table = Table("Irisan")
    table.add_column("Nama", no_wrap=True)
    for heading in figures:
        table.add_column(heading, justify="right")
    return table


def _progress(rows: Iterable[T], what: str, total: int | None = None) -> Iterable[T]:
    console = Console(stderr=True)
    return track(rows, what, total, console=console, transient=True, disable=not console.is_terminal)


if __name__ == "__main__":
    app()

"""`triage evaluate recogniser`: a recogniser through the product's own path, on what it was never trained on.

The path: recording, level, VAD, windows, faster-whisper, doubts. The sentences are those of validation.jsonl (other
writers), spoken by voice variants that no training clip has; or a site's own transcribed recordings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from training.evaluation import run
from training.evaluation.gates import check
from training.evaluation.items import turns
from training.evaluation.report import write_report
from training.evaluation.sets import dialogue_items, telephone_items
from training.synthesis.noises import read_noises
from triage.pipeline import Pipeline
from triage.recording.load import load_recording
from triage.registry.load import load_classifier, load_transcriber
from triage.settings import Settings

app = typer.Typer(add_completion=False)
DEFAULT_MODEL = str(Settings.model_fields["recogniser"].default)


def evaluate(
    settings: Settings,
    *,
    clips: int = 100,
    dialogues: int = 60,
    calls: int = 300,
    minutes: int = 60,
    noise: Path | None = None,
    details: Path | None = None,
) -> dict[str, Any]:
    """All figures of settings.recogniser; training.evaluation.report describes them. Raises ModelError."""
    transcriber = load_transcriber(settings)
    classifier = load_classifier(settings)
    pipeline = Pipeline(transcriber, classifier, classifier.taxonomy)
    noises = read_noises(noise) if noise else {}
    long = list(dialogue_items(min(dialogues, 15)))
    short = list(turns("turns", 15, np.random.default_rng(9)))
    pipeline.suggest(load_recording(short[0].wav(), "warm-up.wav", settings))
    return {
        "recogniser": transcriber.name,
        "clips": clips,
        "dialogues": dialogues,
        "speed": run.speed(pipeline, [*long, *short], settings) | {"peak_mb": run.peak_memory(long[0], settings)},
        **run.slices(transcriber, telephone_items(clips, dialogues, noises), settings),
        "samples": run.samples(transcriber, settings),
        "calls": run.spoken_calls(pipeline, calls, settings, details),
        "nonspeech": run.without_speech(transcriber, settings, noises, minutes),
    }


@app.command()
def main(
    model: Annotated[str, typer.Option(help="Nama di folder model, atau folder faster-whisper.")] = DEFAULT_MODEL,
    recordings: Annotated[
        Path | None, typer.Option(help="Folder rekaman sendiri dengan recordings.csv; hanya itu yang diukur.")
    ] = None,
    clips: Annotated[int, typer.Option(min=1, help="Banyak klip irisan utama; irisan kondisi 0,3 kalinya.")] = 100,
    dialogues: Annotated[int, typer.Option(min=1, help="Banyak percakapan 30-120 detik.")] = 60,
    calls: Annotated[int, typer.Option(min=1, help="Banyak panggilan yang diucapkan.")] = 300,
    minutes: Annotated[int, typer.Option(min=1, help="Menit tanpa ucapan.")] = 60,
    noise: Annotated[Path | None, typer.Option(help="Folder rekaman derau, di samping derau buatan.")] = None,
    out: Annotated[Path | None, typer.Option(help="Simpan angka-angkanya sebagai JSON.")] = None,
    report: Annotated[Path | None, typer.Option(help="Simpan laporan HTML dengan grafik.")] = None,
    details: Annotated[Path | None, typer.Option(help="Simpan hasil tiap panggilan sebagai JSONL.")] = None,
) -> None:
    """Ukur satu pengenal suara pada ucapan yang tidak pernah dilatihkan."""
    settings = Settings(recogniser=model)
    if recordings is not None:
        transcriber = load_transcriber(settings)
        metrics = {"recogniser": transcriber.name, **run.recordings(transcriber, recordings, settings)}
    else:
        metrics = evaluate(
            settings, clips=clips, dialogues=dialogues, calls=calls, minutes=minutes, noise=noise, details=details
        )
    metrics["command"] = "triage evaluate recogniser"
    typer.echo(json.dumps(metrics, indent=2))
    for gate in check(metrics):
        Console(stderr=True).print(
            f"{'LULUS' if gate.passed else 'TIDAK LULUS'}  {gate.name}: {gate.value} ({gate.limit})"
        )
    if out is not None:
        out.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    if report is not None:
        write_report(metrics, report)


if __name__ == "__main__":
    app()

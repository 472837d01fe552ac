"""What frame labels and guided attention bring: four small trainings that differ in them alone.

`python -m training.recogniser.ablate --clips runs/recogniser/clips --budget 5min`: the same clips, seed, size and
budget for all four; each is resumable, and a finished one is not trained again. The figures are printed and kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from training.evaluation.items import turns
from training.evaluation.run import slices
from training.recogniser.cli import seconds
from training.recogniser.config import SCRATCH_FEATURES, TrainConfig
from training.recogniser.export import export
from training.recogniser.model import Size
from training.recogniser.prepare import DataConfig
from training.recogniser.train import train
from training.synthesis.voices import TRAINING_VARIANTS
from triage.registry import Manifest, write_manifest
from triage.registry.load import load_transcriber
from triage.settings import Settings

ARMS = {"both": (1.0, 1.0), "no frame labels": (0.0, 1.0), "no guided attention": (1.0, 0.0), "neither": (0.0, 0.0)}
"""Weights of the phoneme labels and of the guided attention."""
SIZE = Size(d_model=128, encoder_layers=4)


def ablate(clips: Path, run: Path, budget: float, count: int, processes: int) -> dict[str, dict[str, float]]:
    """Train and measure each arm: {"arm": {"wer", "cer", "letter", "token", "steps"}}."""
    figures = {}
    for name, (phoneme, guide) in ARMS.items():
        folder = run / name.replace(" ", "-")
        config = TrainConfig(
            data=DataConfig(clips, len(list(clips.glob("shard-*.npz"))), SCRATCH_FEATURES),
            run=folder,
            budget=budget,
            size=SIZE,
            phoneme_weight=phoneme,
            guide_weight=guide,
            processes=processes,
        )
        train(config)
        model = folder / "model"
        export(config, model)
        write_manifest(model, Manifest(name="model", version="0", kind="recogniser", title=name, short_windows=True))
        settings = Settings(models_dir=folder, recogniser="model")
        items = turns("turns", count, np.random.default_rng(7), variants=TRAINING_VARIANTS)
        found = slices(load_transcriber(settings), items, settings)["slices"]["turns"]
        last = json.loads((folder / "log.jsonl").read_text("utf-8").splitlines()[-1])
        figures[name] = {
            "wer": found["wer"],
            "wer_low": found["wer_low"],
            "wer_high": found["wer_high"],
            "cer": found["cer"],
            "letter_loss": last["letter"],
            "token_loss": last["token"],
            "steps": last["step"],
        }
        (run / "ablation.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


def main(
    clips: Annotated[Path, typer.Option(help="Folder klip dari triage train recogniser.")] = Path(
        "runs/recogniser/clips"
    ),
    run: Annotated[Path, typer.Option(help="Folder kerja.")] = Path("runs/ablation"),
    budget: Annotated[str, typer.Option(help="Lama tiap pelatihan.")] = "5min",
    count: Annotated[int, typer.Option(min=2, help="Banyak klip pengukuran.")] = 100,
    processes: Annotated[int, typer.Option(min=1, help="Proses pelatihan.")] = 1,
) -> None:
    """Bandingkan pelatihan dengan dan tanpa label fonem dan atensi terpandu."""
    figures = ablate(clips, run, seconds(budget), count, processes)
    table = Table("arm", *next(iter(figures.values())))
    for name, row in figures.items():
        table.add_row(name, *map(str, row.values()))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)

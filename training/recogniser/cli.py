"""`triage train recogniser`: clips, training, export, evaluation and card; resumable by the same command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.errors import ModelError
from triage.settings import REPOSITORY

if TYPE_CHECKING:
    from training.recogniser.features import FeatureConfig

app = typer.Typer(add_completion=False, no_args_is_help=False)
NAME = "whisper-demo-synthetic-id"


def seconds(budget: str) -> float:
    """'300s', '80min' or '2h' in seconds. Raises typer.BadParameter."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h)", budget)
    if not match:
        raise typer.BadParameter("contoh / for example: 300s, 80min, 2h")
    return float(match[1]) * {"s": 1, "min": 60, "h": 3600}[match[2]]


def _base_features(base: str) -> FeatureConfig:
    """Raises ModelError when the base is no Whisper that can be trained further."""
    from training.recogniser.base import base_features, base_tokenizer
    from training.recogniser.tokens import Coder

    try:
        features = base_features(base)
        Coder(base_tokenizer(base), features.position_seconds)
    except (OSError, ValueError) as error:
        raise ModelError(
            "base_unreadable",
            f"'{base}' tidak dapat dibaca sebagai Whisper multibahasa Hugging Face. Beri nama modelnya (perlu "
            "internet), atau folder yang berisi config.json, preprocessor_config.json, tokenizer.json dan bobotnya.",
            f"'{base}' cannot be read as a multilingual Whisper of Hugging Face ({error}). Give its name (internet is "
            "needed), or a folder with config.json, preprocessor_config.json, tokenizer.json and the weights.",
        ) from error
    return features


@app.command()
def recogniser(
    budget: Annotated[
        str, typer.Option(help="Lama pelatihan, misalnya 5min atau 2h; menentukan ukuran model.")
    ] = "96min",
    shards: Annotated[int, typer.Option(min=1, help="Banyak berkas klip (1.500 klip masing-masing).")] = 64,
    text: Annotated[Path | None, typer.Option(help="TSV.xz sumber<TAB>kalimat berlisensi, bila ada.")] = None,
    noise: Annotated[Path | None, typer.Option(help="Folder rekaman derau, bila ada.")] = None,
    recordings: Annotated[
        Path | None, typer.Option(help="Folder rekaman sendiri dengan recordings.csv: file,text[,start,end,channel].")
    ] = None,
    recordings_weight: Annotated[float, typer.Option(min=0, max=1, help="Bagian klip dari rekaman sendiri.")] = 0.5,
    base: Annotated[
        str | None, typer.Option(help="Whisper Hugging Face (nama atau folder) untuk dilatih lanjut.")
    ] = None,
    lora: Annotated[int, typer.Option(min=0, help="Peringkat adaptor LoRA untuk --base; 0: semua bobot.")] = 0,
    learning_rate: Annotated[
        float | None, typer.Option(help="Laju belajar tertinggi; bawaan 1,2e-3 dari nol, 1e-5 dengan --base.")
    ] = None,
    phoneme_weight: Annotated[float, typer.Option(min=0, help="Bobot label fonem (0: tanpa).")] = 1.0,
    guide_weight: Annotated[float, typer.Option(min=0, help="Bobot atensi terpandu (0: tanpa).")] = 1.0,
    run: Annotated[Path, typer.Option(help="Folder kerja; perintah yang sama melanjutkannya.")] = Path(
        "runs/recogniser"
    ),
    out: Annotated[Path, typer.Option(help="Folder model yang dihasilkan.")] = REPOSITORY / "models" / NAME,
    note: Annotated[str, typer.Option(help="Catatan untuk kartu model.")] = "",
    measure: Annotated[int, typer.Option(min=1, help="Banyak klip tiap irisan pengukuran.")] = 100,
    processes: Annotated[int, typer.Option(min=1, help="Proses pelatihan, satu per inti CPU.")] = 1,
) -> None:
    """Latih pengenal suara dari nol dengan suara sintetis, atau latih lanjut Whisper yang ada; ekspor dan ukur."""
    from training.recogniser.config import SCRATCH_FEATURES, TrainConfig, device, size_for
    from training.recogniser.prepare import DataConfig, preparing
    from training.recogniser.publish import publish
    from training.recogniser.recordings import read_rows
    from training.recogniser.train import train

    if recordings:
        read_rows(recordings)  # an unusable list is reported before the clips are made
    chosen = device()
    data = DataConfig(
        folder=run / "clips",
        shards=shards,
        features=_base_features(base) if base else SCRATCH_FEATURES,
        licensed=text,
        noises=noise,
    )
    config = TrainConfig(
        data=data,
        run=run,
        budget=seconds(budget),
        size=size_for(seconds(budget), chosen),
        base=base,
        lora_rank=lora,
        recordings=recordings,
        recordings_weight=recordings_weight,
        peak_lr=learning_rate or (1e-5 if base else 1.2e-3),
        phoneme_weight=phoneme_weight,
        guide_weight=guide_weight,
        processes=processes if chosen == "cpu" else 1,
        device=chosen,
    )
    with preparing(data):
        train(config)
    given = {
        "--budget": budget, "--shards": str(shards), "--processes": str(processes), "--base": base,
        "--lora": str(lora) if lora else None, "--text": "TEXT.tsv.xz" if text else None,
        "--noise": "NOISE" if noise else None, "--recordings": "RECORDINGS" if recordings else None,
        "--recordings-weight": str(recordings_weight) if recordings else None,
        "--learning-rate": str(learning_rate) if learning_rate else None,
        "--phoneme-weight": str(phoneme_weight) if phoneme_weight != 1 else None,
        "--guide-weight": str(guide_weight) if guide_weight != 1 else None,
    }  # fmt: skip
    command = shlex.join(["triage", "train", "recogniser", *(x for k, v in given.items() if v for x in (k, v))])
    typer.echo(json.dumps(publish(config, out, command=command, note=note, clips=measure), indent=2))

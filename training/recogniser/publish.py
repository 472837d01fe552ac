"""A trained run becomes a model folder: exported weights, measured figures, report, manifest with checksums."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.evaluation.report import write_report
from training.recogniser.card import card
from training.recogniser.config import TrainConfig
from training.recogniser.doubts import fit_doubts
from training.recogniser.evaluate import evaluate
from training.recogniser.export import export
from triage.registry import Manifest, write_manifest
from triage.registry.load import load_transcriber
from triage.settings import Settings

VERSION = "0.2.0"
WARNING = (
    "Transkrip dibuat oleh model demonstrasi yang hanya dilatih dengan suara sintetis; "
    "jangan dipakai untuk penelepon sungguhan. Dengarkan rekamannya."
)
WINDOW_SECONDS = 11.0
"""At run time; a little under the longest window of the training."""


def publish(config: TrainConfig, folder: Path, *, command: str, note: str = "", clips: int = 100) -> dict[str, Any]:
    """Export, fit the doubts, measure, describe; returns the metrics. Raises what export raises.

    note: goes into the card. clips: how many are measured a slice, and in proportion all else; a model that has learned
    little is slow to decode.
    """
    parameters = export(config, folder)
    last = json.loads((config.run / "log.jsonl").read_text("utf-8").splitlines()[-1])
    manifest = _manifest(config, folder.name, command)
    settings = Settings(recogniser=str(folder.resolve()))
    write_manifest(folder, manifest)
    doubt = fit_doubts(load_transcriber(settings), 12 * clips)
    limits = {name: doubt[name] for name in ("low_logprob", "letters_apart")}
    write_manifest(folder, manifest.model_copy(update=limits))
    figures = evaluate(
        settings,
        clips=clips,
        dialogues=max(1, round(0.6 * clips)),
        calls=3 * clips,
        minutes=max(1, round(0.6 * clips)),
        noise=config.data.noises,
    )
    metrics = figures | {"doubt": doubt, "training": last, "command": command, "parameters": parameters, "note": note}
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(card(manifest, metrics, config), encoding="utf-8")
    write_report(metrics, config.run / "report.html")
    return metrics


def _manifest(config: TrainConfig, name: str, command: str) -> Manifest:
    common = {
        "name": name,
        "version": VERSION,
        "kind": "recogniser",
        "created": datetime.now(UTC).date().isoformat(),
        "command": command,
        "metrics": "metrics.json",
        "window_seconds": WINDOW_SECONDS,
        "join_gap_seconds": 0.8,
    }
    if config.base is not None:
        title = f"Whisper ({Path(config.base).name}), dilatih lanjut"
        return Manifest(**common, title=title, supports_prompt=True)
    return Manifest(
        **common,
        title="Whisper demonstrasi, hanya suara sintetis (bukan untuk penelepon sungguhan)",
        demonstration=True,
        warning=WARNING,
        short_windows=True,
    )

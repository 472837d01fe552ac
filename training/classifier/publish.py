"""The model folder's description: metrics.json, MODEL_CARD.md and manifest.json."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from training.classifier.limits import CONFIDENCE, OPD_PRECISION, PICK_LIST_COVERAGE, TYPE_PRECISION
from triage.classifier.labels import HEADS, Labels
from triage.registry import Manifest, write_manifest

EVALUATION = "triage evaluate classifier"
OWN_TABLE = " --csv FILE.csv --mapping MAPPING.yaml"
COLUMNS = {
    "model": "model",
    "shown": "shown to the operator",
    "mono": "model, mono",
    "misheard": "model, 20 % of words misheard",
    "svm_calls": "SVM, raw calls",
    "svm_all": "SVM, same texts",
}
"""Columns of the card and the report: key in the figures, and title."""


def publish(folder: Path, metrics: dict[str, Any], labels: Labels) -> None:
    """Write figures, card and manifest into a model folder that holds everything else.

    metrics: what training.classifier.train gathers: the evaluation's figures, and "training" with what the run logged.
    """
    (folder / "metrics.json").write_text(as_json(metrics) + "\n", encoding="utf-8")
    serving = json.loads((folder / "serving.json").read_text(encoding="utf-8"))
    write_card(folder, metrics, labels)
    write_manifest(
        folder,
        Manifest(
            name=serving["name"],
            version=serving["version"],
            kind="classifier",
            title="Transformer kecil bahasa Indonesia dan model linear n-gram (ONNX int8)",
            created=datetime.now(UTC).date().isoformat(),
            command=command(metrics["training"]),
            warning=serving["warnings"][0] if serving["warnings"] else "",
            metrics="metrics.json",
            labels={head: list(labels.codes(head)) for head in HEADS},
            details=without_nan(metrics["training"]),
        ),
    )


def write_card(folder: Path, metrics: dict[str, Any], labels: Labels) -> None:
    """MODEL_CARD.md, every figure from `metrics`."""
    environment = Environment(
        loader=PackageLoader("training.classifier"),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    card = environment.get_template("MODEL_CARD.md.j2").render(
        name=folder.name,
        metrics=metrics,
        training=metrics["training"],
        labels=labels,
        columns=COLUMNS,
        command=command(metrics["training"]),
        evaluation=EVALUATION + (OWN_TABLE if metrics["training"]["own_table"] else ""),
        promised={
            "type": TYPE_PRECISION,
            "opd": OPD_PRECISION,
            "pick_list": PICK_LIST_COVERAGE,
            "confidence": CONFIDENCE,
        },
        limits=json.loads((folder / "calibration.json").read_text(encoding="utf-8"))["limits"],
    )
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")


def command(training: dict[str, Any]) -> str:
    """The command that makes a model like this one."""
    base = training["config"]["base"]
    chosen = f" --base {base}" if base else " --text TEXT.tsv.xz"
    if training["own_table"]:
        return f"triage train classifier{OWN_TABLE}{chosen if base else ''} --run RUN --out FOLDER"
    return f"triage train classifier{chosen}"


def as_json(metrics: dict[str, Any]) -> str:
    """Figures as JSON; null for what there was nothing to count of: JSON has no NaN."""
    return json.dumps(without_nan(metrics), indent=1, ensure_ascii=False, allow_nan=False)


def without_nan(value: Any) -> Any:
    """The same figures with None for NaN, in dicts and lists as well."""
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def read_metrics(folder: Path) -> dict[str, Any]:
    """The figures of a model folder."""
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return found

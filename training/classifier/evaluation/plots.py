"""Plots of a classifier: for its report as SVG inside the page, for its run folder as PNG."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from training.evaluation.plots import STYLE

DARK_CELL = 0.55
"""Share of the scale from which white figures are easier to read than black ones."""
NAMES = {"model": "model", "svm_all": "SVM"}


def reliability(rows: Sequence[dict[str, float]]) -> Figure:
    """Accuracy against confidence; the area of a dot is its share of the calls. On the diagonal a model is honest."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5, 4.5), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        axes.scatter(
            [row["confidence"] for row in rows],
            [row["accuracy"] for row in rows],
            s=[20 + 600 * row["share"] for row in rows],
            color="#1f4e79",
            alpha=0.8,
        )
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="Peluang yang disebut model", ylabel="Bagian yang benar")
        axes.grid(alpha=0.3)
        return figure


def risk_coverage(curves: dict[str, list[dict[str, float]]]) -> Figure:
    """Accuracy among the surest answers, at every share of the calls answered."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6, 4.5), layout="constrained")
        axes = figure.subplots()
        for (name, rows), color in zip(curves.items(), ("#1f4e79", "#c55a11"), strict=False):
            axes.plot(
                [row["coverage"] for row in rows],
                [row["accuracy"] for row in rows],
                color=color,
                label=NAMES.get(name, name),
            )
        axes.axhline(0.95, color="#999999", linewidth=1, linestyle="--")
        axes.set(xlim=(0, 1), ylim=(0.4, 1.01), xlabel="Bagian panggilan yang dijawab", ylabel="Bagian yang benar")
        axes.grid(alpha=0.3)
        axes.legend()
        return figure


def confusion(types: Sequence[str], pairs: Sequence[dict[str, Any]], right: dict[str, int]) -> Figure:
    """Calls by true type (rows) and first answered type (columns)."""
    place = {code: index for index, code in enumerate(types)}
    grid = np.zeros((len(types), len(types)))
    for code, number in right.items():
        grid[place[code], place[code]] = number
    for pair in pairs:
        grid[place[pair["true"]], place[pair["answered"]]] = pair["calls"]
    with matplotlib.rc_context(STYLE | {"font.size": 8}):
        size = 2.5 + 0.24 * len(types)
        figure = Figure(figsize=(size, size), layout="constrained")
        axes = figure.subplots()
        axes.imshow(grid, cmap="Blues", aspect="equal")
        for (row, column), number in np.ndenumerate(grid):
            if number:
                color = "white" if number > DARK_CELL * grid.max() else "black"
                axes.text(column, row, f"{number:.0f}", ha="center", va="center", color=color)
        axes.set_xticks(range(len(types)), types, rotation=90)
        axes.set_yticks(range(len(types)), types)
        axes.set(xlabel="Dijawab", ylabel="Sebenarnya")
        return figure


def curve(points: Sequence[dict[str, float]], x: str, lines: dict[str, str], labels: tuple[str, str]) -> Figure:
    """Lines over `x`: of each key of `lines`, named by its value. labels: those of the two axes."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6, 4), layout="constrained")
        axes = figure.subplots()
        for key, name in lines.items():
            known = [point for point in points if key in point]
            axes.plot([point[x] for point in known], [point[key] for point in known], marker="o", label=name)
        axes.set(xlabel=labels[0], ylabel=labels[1])
        axes.grid(alpha=0.3)
        axes.legend()
        return figure


def draw_run(run: Path, metrics: dict[str, Any]) -> None:
    """The run folder's pictures: curves of pre-training and fine-tuning, and the confusion matrix."""
    pretraining = run / "pretraining.tsv"
    if pretraining.exists():
        rows = [line.split("\t") for line in pretraining.read_text(encoding="utf-8").splitlines()]
        points = _last([{"step": float(row[0]), "loss": float(row[2])} for row in rows], "step")
        curve(points, "step", {"loss": "MLM"}, ("Langkah", "Rugi (loss)")).savefig(run / "pretraining.png", dpi=120)
    finetuning = [json.loads(line) for line in (run / "final" / "finetuning.jsonl").read_text("utf-8").splitlines()]
    lines = {"loss": "tugas", "contrastive": "kontrastif"}
    curve(_last(finetuning, "epoch"), "epoch", lines, ("Putaran", "Rugi (loss)")).savefig(
        run / "finetuning.png", dpi=120
    )
    right = {code: round(row["recall"] * row["support"]) for code, row in metrics["types"].items()}
    codes = sorted({*right, *(pair["answered"] for pair in metrics["confusions"])})
    confusion(codes, metrics["confusions"], right).savefig(run / "confusion.png", dpi=120)


def _last(points: Sequence[dict[str, float]], x: str) -> list[dict[str, float]]:
    """The last point at each `x`: what came after the last checkpoint was logged twice by a run that was cut off."""
    return sorted({point[x]: point for point in points}.values(), key=lambda point: point[x])

"""The report's plots, each as an SVG that an <img> can carry inside the page."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from training.evaluation.titles import NOISE, sound, title

Slices = dict[str, dict[str, float]]

STYLE = {"svg.hashsalt": "triage", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
"""The salt makes the ids inside an SVG, and with them the page, the same at every run."""
_DARK_CELL = 0.55
"""Share of the scale from which white figures are easier to read than black ones."""


def intervals(slices: Slices, names: Sequence[str]) -> str:
    """WER of these slices, one under the other, each with its 95 % interval. Returns a data URI."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 0.8 + 0.42 * len(names)), layout="constrained")
        axes = figure.subplots()
        rates = [slices[name] for name in names]
        wer = np.array([100 * rate["wer"] for rate in rates])
        low, high = (np.array([100 * rate[key] for rate in rates]) for key in ("wer_low", "wer_high"))
        # A bootstrap interval of very few recordings may leave out the value itself.
        reach = np.maximum(0, [wer - low, high - wer])
        axes.errorbar(wer, range(len(names)), xerr=reach, fmt="o", color="#1f4e79", capsize=4)
        for row, (value, end) in enumerate(zip(wer, np.maximum(wer, high), strict=True)):
            axes.annotate(f"{value:.1f}".replace(".", ","), (end, row), (8, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(names)), [title(name) for name in names])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0, _scale(np.maximum(wer, high)))
        axes.set_xlabel("WER (%), dengan rentang 95%")
        axes.grid(axis="x", alpha=0.3)
        return data_uri(figure)


def noise_map(slices: Slices) -> str:
    """WER by noise and by how far it lies under the speech, as a table of shaded figures. Returns a data URI."""
    found = {(m[1], int(m[2])): 100 * slices[name]["wer"] for name in slices if (m := NOISE.fullmatch(name))}
    noises = list(dict.fromkeys(noise for noise, _ in found))
    levels = sorted({level for _, level in found}, reverse=True)
    grid = np.array([[found.get((noise, level), math.nan) for level in levels] for noise in noises])
    top = _scale(grid)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 1.2 + 0.42 * len(noises)), layout="constrained")
        axes = figure.subplots()
        axes.imshow(grid, cmap="Blues", vmin=0, vmax=top, aspect="auto")
        for (row, column), value in np.ndenumerate(grid):
            if not math.isnan(value):
                color = "white" if value > _DARK_CELL * top else "black"
                axes.text(column, row, f"{value:.1f}".replace(".", ","), ha="center", va="center", color=color)
        axes.set_yticks(range(len(noises)), [sound(noise) for noise in noises])
        axes.set_xticks(range(len(levels)), [f"{level} dB" for level in levels])
        axes.set_xlabel("Jarak ucapan di atas derau; angka dan warna: WER (%)")
        return data_uri(figure)


def _scale(values: np.ndarray) -> float:
    """End of an axis that holds the values with some room."""
    return max(5.0, 1.15 * float(np.nanmax(values, initial=0.0)))


def data_uri(figure: Figure) -> str:
    """The figure as an SVG that an <img> can carry."""
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):  # the ids are made on saving
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()

"""What each part of the recipe brings: `python -m training.classifier.ablate`, on a run that is pre-trained.

Every variant is fitted without the writers of one fold and asked about their calls. With the few epochs of the default
the figures lie below the model's own; what counts is the difference from the first row. Resumable: a variant that is
in the table is not fitted again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from training.classifier.branches import Start, answers, fit_branches
from training.classifier.config import TrainConfig
from training.classifier.dataset import from_calls
from training.classifier.evaluation.measures import macro_f1
from training.classifier.prepare import prepare
from training.classifier.start import pretrained
from training.corpus.bundled import Corpus, bundled_corpus
from training.corpus.load import Call, Phrase
from training.corpus.split import all_round_writers, grouped_folds

VARIANTS: dict[str, dict[str, Any]] = {
    "full": {},
    "without pre-training": {"mlm_epochs": 0},
    "without the phrase bank": {"phrases": False},
    "without composed calls": {"composed_an_epoch": 0},
    "without label texts": {"label_texts": False},
    "without augmentation": {"augment": False},
    "without the contrastive loss": {"contrastive_weight": 0.0},
    "without the hierarchical loss": {"hierarchical": False},
}
"""Changes of the configuration; "phrases" is the corpus', not the configuration's."""
SHARE = 6.0
"""Of the linear branch: the same for all, so that a variant differs by one thing."""

app = typer.Typer(add_completion=False)


@app.command()
def main(
    run: Annotated[Path, typer.Option(help="Folder of a training run, with its pre-trained encoder.")] = Path(
        "runs/classifier"
    ),
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of fine-tuning for each variant.")] = 4,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 2,
) -> None:
    """Fit the variants one by one; the table goes to RUN/ablation.json, which the next training puts into its card."""
    torch.set_num_threads(threads)
    corpus, table = bundled_corpus(), run / "ablation.json"
    config = TrainConfig(run=run, out=run / "model", epochs=epochs, threads=threads)
    start = pretrained(config, corpus)
    rows: dict[str, dict[str, float]] = json.loads(table.read_text("utf-8")) if table.exists() else {}
    for name, changes in VARIANTS.items():
        if name not in rows:
            folder = run / "ablation" / name.replace(" ", "-")
            rows[name] = {"epochs": epochs} | _measure(config, start, corpus, changes, folder)
            table.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    Console().print(_table(rows))


def _measure(
    config: TrainConfig, start: Start, corpus: Corpus, changes: dict[str, Any], folder: Path
) -> dict[str, float]:
    """Type accuracy of both branches alone, and accuracy, macro-F1 and top-3 of both, on the held-out writers."""
    changes = dict(changes)
    phrases: Sequence[Phrase] = corpus.phrases if changes.pop("phrases", True) else ()
    config = replace(config, **changes)
    fitted, held_out = _split(config, corpus)
    prepared = prepare(config, corpus.taxonomy, fitted, phrases)
    begin = start if config.mlm_epochs else Start(start.tokenizer, None)
    branches = fit_branches(config, begin, prepared, folder)
    asked = [example for example in from_calls(held_out) if example.complaint_type]
    deep, wide = answers(config, begin, branches, [example.text for example in asked])
    block, codes = prepared.labels.slices()["complaint_type"], prepared.labels.complaint_type
    truth = [str(example.complaint_type) for example in asked]
    right = np.asarray([codes.index(code) for code in truth])
    both = (deep + SHARE * wide)[:, block]
    best = np.argsort(-both, axis=1)
    return {
        "transformer": float((deep[:, block].argmax(1) == right).mean()),
        "linear": float((wide[:, block].argmax(1) == right).mean()),
        "both": float((best[:, 0] == right).mean()),
        "macro_f1": macro_f1(truth, [codes[index] for index in best[:, 0]]),
        "top3": float((best[:, :3] == right[:, None]).any(1).mean()),
    }


def _split(config: TrainConfig, corpus: Corpus) -> tuple[list[Call], list[Call]]:
    """The calls outside fold 0, and those of the all-round writers in it."""
    folds = grouped_folds(corpus.calls, config.folds, config.seed)
    writers = all_round_writers(corpus.calls)
    placed = list(zip(corpus.calls, folds, strict=True))
    return (
        [call for call, fold in placed if fold],
        [call for call, fold in placed if not fold and call.writer in writers],
    )


def _table(rows: dict[str, dict[str, float]]) -> Table:
    found = Table(title="held-out writers")
    for column in ("variant", *next(iter(rows.values()))):
        found.add_column(column)
    for name, row in rows.items():
        found.add_row(name, *(f"{value:.3f}" for value in row.values()))
    return found


if __name__ == "__main__":
    app()

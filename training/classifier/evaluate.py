"""Evaluation of a model folder on labelled calls, beside the baseline: `python -m training.classifier.evaluate`."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from training.classifier.augment import sound_noise
from training.classifier.baseline import baseline_answers
from training.classifier.dataset import from_calls, from_phrases
from training.classifier.knowledge import lay_words, utterances
from training.classifier.measures import expected_calibration_error, measure
from training.corpus.load import TRAIN, VALIDATION, Call, Phrase, read_calls, read_phrases
from triage.classifier.model import Turn
from triage.classifier.onnx import OnnxClassifier
from triage.classifier.text import plain
from triage.settings import REPOSITORY
from triage.taxonomy import load_taxonomy

BUNDLED = REPOSITORY / "models" / "classifier-id"
WORD_ERRORS = 0.2
COLUMNS = {
    "model": "model",
    "model_mono": "model, mono",
    "model_misheard": "model, 20 % of words misheard",
    "baseline_calls": "SVM, calls",
    "baseline_all": "SVM, calls + phrases + taxonomy",
}
"""Columns of the report: key in the figures, and title."""
app = typer.Typer(add_completion=False)


def evaluate(folder: Path, data: Path, *, training_calls: Sequence[Call], phrases: Sequence[Phrase]) -> dict[str, Any]:
    """Figures of the model and of two baselines on the calls of `data`: {"calls", "model", "baseline_calls", ...}.

    model_mono reads every turn, as from a mono recording; model_misheard reads text with a fifth of its words wrong.
    baseline_calls was fitted on the training calls alone, baseline_all on the phrases and the taxonomy's words as well.
    Raises ModelError and CorpusError.
    """
    calls = read_calls(data)
    classifier = OnnxClassifier(folder)
    noise = random.Random(0)
    mono = [[Turn("mixed", turn.text) for turn in call.turns] for call in calls]
    texts = [plain(call.as_turns()) for call in calls]
    taxonomy = load_taxonomy()
    examples = from_calls(training_calls)
    knowledge = [*phrases, *utterances(taxonomy), *lay_words(taxonomy)]
    return {
        "data": data.name,
        "calls": len(calls),
        "model": measure(calls, classifier.classify([call.as_turns() for call in calls]))
        | {"type_ece_uncalibrated": _uncalibrated(classifier, calls)},
        "model_mono": measure(calls, classifier.classify(mono)),
        "model_misheard": measure(calls, classifier.classify([_misheard(text, noise) for text in texts])),
        "baseline_calls": measure(calls, baseline_answers(examples, texts)),
        "baseline_all": measure(calls, baseline_answers([*examples, *from_phrases(knowledge, "phrase", 1.0)], texts)),
    }


def _misheard(text: str, chance: random.Random) -> list[Turn]:
    return [Turn("caller", " ".join(sound_noise(text.split(), WORD_ERRORS, chance)))]


def _uncalibrated(classifier: OnnxClassifier, calls: Sequence[Call]) -> float:
    """The type's calibration error had no temperature been fitted."""
    labels = classifier.labels
    known = [(plain(call.as_turns()), call.complaint_type) for call in calls if call.complaint_type]
    scores = np.stack([classifier.logits(text)[labels.slices()["complaint_type"]] for text, _ in known if text])
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely = raised / raised.sum(axis=1, keepdims=True)
    right = [
        labels.complaint_type[best] == kind
        for best, kind in zip(likely.argmax(axis=1), [kind for text, kind in known if text], strict=True)
    ]
    return expected_calibration_error(likely.max(axis=1).astype(np.float64), np.asarray(right))


def table(metrics: dict[str, Any]) -> Table:
    """The figures as a table, the model and the baselines side by side."""
    found = Table(title=f"{metrics['data']}: {metrics['calls']} calls")
    found.add_column("measure")
    for title in COLUMNS.values():
        found.add_column(title, justify="right")
    for name in metrics["model"]:
        cells = [metrics[column].get(name) for column in COLUMNS]
        found.add_row(name, *("" if value is None else f"{value:.3f}" for value in cells))
    return found


@app.command()
def main(
    model: Annotated[Path, typer.Option(help="Model folder.")] = BUNDLED,
    data: Annotated[Path, typer.Option(help="Labelled calls, JSONL as in training/corpus/data.")] = VALIDATION,
    out: Annotated[Path | None, typer.Option(help="Where to write the figures as JSON.")] = None,
) -> None:
    """Print the figures of a model folder beside the baseline's."""
    metrics = evaluate(model, data, training_calls=read_calls(TRAIN), phrases=read_phrases())
    Console().print(table(metrics))
    if out is not None:
        out.write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()

"""The model folder's description: metrics.json, MODEL_CARD.md and manifest.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.classifier.calibrate import URGENCY_BIAS
from training.classifier.evaluate import COLUMNS
from triage.classifier.labels import HEADS, Labels
from triage.registry import Manifest, write_manifest

EVALUATION = "python -m training.classifier.evaluate"
CARD = """# {name}: complaint type, target OPD, priority and ghost suggestions for Indonesian 112 calls

**Trained on synthetic calls only; no real call was seen.** Retrain it on the city's own, redacted calls before
relying on it. It suggests; an operator decides. A ghost suggestion never closes a call. Made by
`{command}`.

## What it is

One ONNX graph, int8, with two branches whose logits are added (wide & deep, Cheng et al. 2016):

- a BERT-style transformer of the project's own ({layers} layers, width {width}, {vocabulary} unigram tokens),
  embeddings started from factorised PPMI, then masked-language pre-training, then multi-task fine-tuning;
- a linear branch on hashed word 1-2-grams and character 2-5-grams (TF-IDF, softmax regression).

Share of the linear branch: {share}. Heads: disposition, complaint type ({types}), OPD given the type
({opds}), priority, ghost kind. P(OPD) = sum over types of P(type) P(OPD | type), where an OPD that the taxonomy forbids
for the type has probability 0. P(priority) is the product of the text's own and what the types lead one to expect,
with a bias of {bias} towards P1: missing one costs more than overrating a P2. The operator's turns, casing,
punctuation, stage tags and call length are not read.

## Data and licences

Training: `training/corpus/data/train.jsonl` without one fold in {folds}, the phrase bank `phrases.tsv` alone and
composed into calls, the taxonomy's keywords; varied by `asr_noise.csv`, the gazetteer and sound-level noise.
Calibration: the fold left out (whole stories) and the taxonomy's utterances. All written for this project.
Pre-training text: IndoNLU (Apache-2.0/MIT), NusaX Indonesian (CC BY-SA 4.0), NusaWrites without Makassarese
(Apache-2.0), STIF (MIT), infra-tweets (MIT), and the training calls and phrases above.
`validation.jsonl` was never trained on. It was looked at for model selection: once at the end of every run.
{note}

## Figures

`{evaluation}` on `{data}` ({calls} calls by other writers). Type, OPD and priority: over
tickets and information calls, whatever disposition they got. false_ghost_rate: share of these called ghost.
safety_called_ghost: how many of the calls with a safety exception the text alone would call ghost (the safety
rules of the service stand over it, triage/safety).

{table}

mono: the operator's words read as well, as from a recording with one channel. misheard: a fifth of the words misspelt
by sound, joined, split or lost.

int8 against torch on {held} held-out texts: the same likeliest type in {same:.1%}, largest difference of a type's logit
{difference:.2f}. With {calls} calls, 95 % confidence intervals are about 6 points either side for accuracies near .75.

## Limits

- Synthetic writing: real callers, real dialects (Tolaki, Muna, Bugis, Makassar), real recogniser errors were not seen.
- Types that sound alike are confused; the second and third suggestion are there for that.
- Silence and sounds are not its business: empty text gets uniform distributions, and the acoustic side decides.
- Temperatures were fitted on synthetic held-out calls: refit on the city's own before trusting the probabilities.
- Rare OPDs (fewer than five training calls) are seldom put first.
"""


def publish(folder: Path, metrics: dict[str, Any], details: dict[str, Any], labels: Labels) -> None:
    """Write figures, card and manifest into a model folder that holds everything else."""
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    serving = json.loads((folder / "serving.json").read_text(encoding="utf-8"))
    write_card(folder, metrics, details, labels)
    write_manifest(
        folder,
        Manifest(
            name=serving["name"],
            version=serving["version"],
            kind="classifier",
            title="Transformer kecil bahasa Indonesia, dilatih dengan panggilan buatan (ONNX int8)",
            created=datetime.now(UTC).date().isoformat(),
            command=_command(details["config"]),
            warning=serving["warnings"][0],
            metrics="metrics.json",
            labels={head: list(labels.codes(head)) for head in HEADS},
            details=details,
        ),
    )


def write_card(folder: Path, metrics: dict[str, Any], details: dict[str, Any], labels: Labels) -> None:
    """MODEL_CARD.md, every figure from `metrics` and `details`."""
    config, agreement = details["config"], details["int8_against_torch"]
    rows = "\n".join(
        f"| {name} | " + " | ".join(_cell(metrics[c], name) for c in COLUMNS) + " |" for name in metrics["model"]
    )
    card = CARD.format(
        name=folder.name,
        command=_command(config),
        evaluation=EVALUATION,
        layers=config["layers"],
        width=config["width"],
        vocabulary=config["vocabulary"],
        folds=config["folds"],
        share=details["held_out"]["share"],
        bias=URGENCY_BIAS,
        types=len(labels.complaint_type),
        opds=len(labels.target_opd),
        note=config["note"],
        data=metrics["data"],
        calls=metrics["calls"],
        table=f"| measure | {' | '.join(COLUMNS.values())} |\n|{'---|' * (len(COLUMNS) + 1)}\n{rows}",
        held=details["held_out"]["examples"],
        same=agreement["same_type"],
        difference=agreement["largest_logit_difference"],
    )
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")


def read_metrics(folder: Path) -> dict[str, Any]:
    """The figures of a model folder."""
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return found


def _command(config: dict[str, Any]) -> str:
    stop = f" --mlm-stop {config['mlm_stop']}" if config["mlm_stop"] else ""
    return f"triage train classifier --text TEXT.tsv.xz{stop}"


def _cell(figures: dict[str, float], name: str) -> str:
    return f"{figures[name]:.3f}" if name in figures else ""

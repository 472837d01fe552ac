"""The whole recipe: tokenizer, pre-training, cross-fitting, calibration, final fit, export, evaluation."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from training.classifier.branches import Branches, fit_branches
from training.classifier.config import TrainConfig
from training.classifier.crossfit import crossfit
from training.classifier.encoder import within_positions
from training.classifier.evaluation.folds import branch_accuracy, cross_validation, fidelity
from training.classifier.evaluation.plots import draw_run
from training.classifier.evaluation.run import evaluate
from training.classifier.export import ServingModel, export
from training.classifier.fit import Fitted, fit_answers
from training.classifier.prepare import prepare
from training.classifier.publish import as_json, publish
from training.classifier.start import pretrained
from training.corpus.bundled import Corpus
from triage.taxonomy.load import FILES

WARNING = (
    "Pengklasifikasi ini hanya dilatih dengan panggilan buatan; "
    "latih ulang dengan panggilan kota sendiri sebelum diandalkan."
)


def train(config: TrainConfig, corpus: Corpus) -> Path:
    """Train by `config`; returns the model folder. Finished stages in `config.run` are not done again.

    The run's folder keeps config, fingerprint of the data, curves and confusion as PNG, and the figures.
    Raises CorpusError where the corpus is not sound, InputError where `config.base` is not.
    """
    config = within_positions(config)
    torch.set_num_threads(config.threads)
    corpus.check()
    config.run.mkdir(parents=True, exist_ok=True)
    dump(config.run / "config.json", public(config))
    dump(config.run / "data.json", corpus.fingerprint())
    start = pretrained(config, corpus)
    crossed = crossfit(config, start, corpus)
    fitted = fit_answers(crossed, corpus)
    everything = prepare(config, corpus.taxonomy, corpus.calls, corpus.phrases)
    branches = fit_branches(config, start, everything, config.run / "final")
    write_model(config, corpus, branches, fitted)
    for number, one in enumerate(crossed.branches):
        write_model(replace(config, out=config.run / f"fold-{number}" / "model"), corpus, one, fitted)
    training = {
        "config": public(config),
        "data": corpus.fingerprint(),
        "own_table": corpus.taxonomy_folder is not None,
        "calls": len(corpus.calls),
        "heard": sum(bool(call.heard) for call in corpus.calls),
        "phrases": len(corpus.phrases),
        "writers": len({call.writer for call in corpus.calls}),
        "share_of_linear": fitted.calibration.share,
        "branches": branch_accuracy(crossed, fitted),
        "int8_against_torch": fidelity(config, crossed, fitted),
        "cross_validation": cross_validation(crossed, fitted),
    }
    ablation = config.run / "ablation.json"
    if ablation.exists():
        training["ablation"] = json.loads(ablation.read_text(encoding="utf-8"))
    metrics = evaluate(config.out, corpus) | {"training": training}
    publish(config.out, metrics, fitted.labels)
    (config.run / "metrics.json").write_text(as_json(metrics) + "\n", encoding="utf-8")
    draw_run(config.run, metrics)
    return config.out


def write_model(config: TrainConfig, corpus: Corpus, branches: Branches, fitted: Fitted) -> None:
    """Write the folder `config.out` that serving reads (triage.classifier.onnx)."""
    config.out.mkdir(parents=True, exist_ok=True)
    explained = fitted.labels.slices()["complaint_type"]
    model = ServingModel(branches.deep, branches.wide, fitted.calibration.share, explained)
    export(model, config.out / "model.onnx")
    (config.out / "tokenizer.json").write_bytes((config.run / "tokenizer.json").read_bytes())
    fitted.labels.save(config.out / "labels.json")
    dump(
        config.out / "calibration.json",
        {
            "temperature": fitted.calibration.temperature,
            "urgency_bias": fitted.interpreter.urgency_bias,
            "ghost_bias": fitted.interpreter.ghost_bias,
            "limits": asdict(fitted.limits),
        },
    )
    dump(
        config.out / "serving.json",
        {
            "name": config.out.name,
            "version": config.version,
            "hash_bits": config.hash_bits,
            "max_tokens": config.max_tokens,
            "warnings": [WARNING] if corpus.taxonomy_folder is None else [],
        },
    )
    own = config.out / "taxonomy"
    shutil.rmtree(own, ignore_errors=True)
    if corpus.taxonomy_folder is not None:
        own.mkdir()
        for name in FILES:
            shutil.copyfile(corpus.taxonomy_folder / name, own / name)


def public(config: TrainConfig) -> dict[str, Any]:
    """The configuration without the paths of the machine it ran on; of text and base the name."""
    kept = {key: value for key, value in asdict(config).items() if key not in {"run", "out"}}
    kept["text"] = config.text.name if config.text else None
    kept["base"] = Path(config.base).name if config.base and Path(config.base).exists() else config.base
    plain: dict[str, Any] = json.loads(json.dumps(kept))
    return plain


def dump(path: Path, content: dict[str, Any]) -> None:
    """Write JSON as a person would read it."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

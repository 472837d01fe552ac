"""The whole recipe: tokenizer, pre-training, fine-tuning, linear branch, calibration, export, evaluation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.classifier.calibrate import URGENCY_BIAS, Calibration, calibrate
from training.classifier.config import TrainConfig
from training.classifier.dataset import Example
from training.classifier.encoder import build_encoder, load_tokenizer
from training.classifier.evaluate import evaluate
from training.classifier.export import ServingModel, export
from training.classifier.finetune import TransformerBranch, finetune, predict
from training.classifier.linear import LinearBranch, fit_linear
from training.classifier.prepare import Prepared, prepare
from training.classifier.pretrain import pretrain, read_text
from training.classifier.publish import publish
from training.corpus.load import TRAIN, VALIDATION, Call, Phrase, read_calls, read_phrases
from triage.classifier.labels import Labels
from triage.classifier.onnx import OnnxClassifier
from triage.classifier.text import plain_text
from triage.taxonomy import Taxonomy, load_taxonomy


def train(
    config: TrainConfig,
    *,
    calls: Sequence[Call] | None = None,
    phrases: Sequence[Phrase] | None = None,
    validation: Path = VALIDATION,
    taxonomy: Taxonomy | None = None,
) -> Path:
    """Train by `config`; returns the model folder. Finished stages in `config.run` are not done again.

    `validation` is measured at the end and never trained on. Raises CorpusError where the corpus is not sound.
    """
    torch.set_num_threads(config.threads)
    taxonomy = taxonomy or load_taxonomy()
    calls = read_calls(TRAIN) if calls is None else calls
    phrases = read_phrases() if phrases is None else phrases
    prepared = prepare(config, taxonomy, calls, phrases)
    texts = _pretraining_texts(config, prepared, [kind.definition for kind in taxonomy.types.values()])
    tokenizer = load_tokenizer(config, texts)
    deep = TransformerBranch(build_encoder(config, tokenizer.get_vocab_size()), prepared.labels.outputs)
    weights = config.run / "finetuned.pt"
    if not weights.exists():
        encoder = build_encoder(config, tokenizer.get_vocab_size(), pretrain(config, tokenizer, texts))
        torch.save(finetune(config, encoder, tokenizer, prepared.labels, prepared.material).state_dict(), weights)
    deep.load_state_dict(torch.load(weights, weights_only=True))
    wide = fit_linear(
        prepared.for_linear(config.seed), prepared.labels, config.hash_bits, config.linear_penalty, config.linear_steps
    )
    held_out = [example.text for example in prepared.held_out]
    deep_logits = predict(deep.eval(), tokenizer, held_out, config.max_tokens).numpy()
    wide_logits = wide.logits(held_out)
    fitted = calibrate(deep_logits, wide_logits, prepared.held_out, prepared.labels)
    _write(config, prepared.labels, fitted, deep, wide)
    agreement = _agreement(config.out, held_out, deep_logits + fitted.share * wide_logits, prepared.labels)
    details = {
        "config": _plain(config),
        "held_out": asdict(fitted) | {"examples": len(held_out)},
        "int8_against_torch": agreement,
    }
    metrics = evaluate(config.out, validation, training_calls=calls, phrases=phrases)
    publish(config.out, metrics, details, prepared.labels)
    return config.out


def _pretraining_texts(config: TrainConfig, prepared: Prepared, definitions: Sequence[str]) -> list[str]:
    general = read_text(config.text, config.skip_sources) if config.text else []
    calls: Sequence[Example] = prepared.material.calls
    own = [text for example in [*calls, *prepared.material.phrases] for text in (example.text, example.mixed) if text]
    own += [plain_text(definition) for definition in definitions]
    return general + list(dict.fromkeys(own)) * config.corpus_weight


def _write(
    config: TrainConfig,
    labels: Labels,
    fitted: Calibration,
    deep: TransformerBranch,
    wide: LinearBranch,
) -> None:
    config.out.mkdir(parents=True, exist_ok=True)
    export(ServingModel(deep, wide, fitted.share), config.out / "model.onnx")
    (config.out / "tokenizer.json").write_bytes((config.run / "tokenizer.json").read_bytes())
    labels.save(config.out / "labels.json")
    _dump(config.out / "calibration.json", {"temperature": fitted.temperature, "urgency_bias": URGENCY_BIAS})
    warning = (
        "Pengklasifikasi ini hanya dilatih dengan panggilan buatan; "
        "latih ulang dengan panggilan kota sendiri sebelum diandalkan."
    )
    _dump(
        config.out / "serving.json",
        {
            "name": config.out.name,
            "version": config.version,
            "hash_bits": config.hash_bits,
            "max_tokens": config.max_tokens,
            "warnings": [warning],
        },
    )


def _agreement(folder: Path, texts: Sequence[str], expected: NDArray[np.float32], labels: Labels) -> dict[str, float]:
    """How often the int8 graph and torch agree on the likeliest type, and their largest difference in its logits."""
    served = OnnxClassifier(folder, threads=1)
    block = labels.slices()["complaint_type"]
    found = np.stack([served.logits(text) for text in texts])[:, block]
    same = found.argmax(axis=1) == expected[:, block].argmax(axis=1)
    return {
        "same_type": float(same.mean()),
        "largest_logit_difference": float(np.abs(found - expected[:, block]).max()),
    }


def _plain(config: TrainConfig) -> dict[str, Any]:
    """The configuration without the paths of the machine it ran on."""
    kept = {key: value for key, value in asdict(config).items() if key not in {"run", "out", "text"}}
    plain: dict[str, Any] = json.loads(json.dumps(kept))
    return plain


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

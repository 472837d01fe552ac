"""Both branches of the classifier fitted on the same material, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.classifier.config import TrainConfig
from training.classifier.encoder import build_encoder
from training.classifier.finetune import TransformerBranch, finetune, predict
from training.classifier.linear import LinearBranch, fit_linear
from training.classifier.prepare import Prepared

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Start:
    """What every fine-tuning starts with: the tokenizer, and the folder of the pre-trained encoder's weights."""

    tokenizer: Tokenizer
    encoder: Path | None


@dataclass(frozen=True, slots=True)
class Branches:
    """The transformer, and the linear branch beside it."""

    deep: TransformerBranch
    wide: LinearBranch


def fit_branches(config: TrainConfig, start: Start, prepared: Prepared, folder: Path) -> Branches:
    """Fit both, or take them from `folder` where they were finished before. Curves go to folder/finetuning.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, weights = start.tokenizer.get_vocab_size(), folder / "transformer.pt"
    if weights.exists():
        deep = TransformerBranch(build_encoder(config, vocabulary), prepared.labels.outputs)
        deep.load_state_dict(torch.load(weights, weights_only=True))
    else:
        deep = finetune(
            config,
            build_encoder(config, vocabulary, start.encoder),
            start.tokenizer,
            prepared.labels,
            prepared.material,
            prepared.groups,
            folder / "finetuning.pt",
            lambda row: append_row(folder / "finetuning.jsonl", row),
        )
        partial = weights.with_suffix(".partial")
        torch.save(deep.state_dict(), partial)
        partial.replace(weights)
    return Branches(deep.eval(), _fit_wide(config, prepared, folder / "linear.npz"))


def _fit_wide(config: TrainConfig, prepared: Prepared, path: Path) -> LinearBranch:
    if path.exists():
        return LinearBranch.load(path)
    examples = prepared.for_linear(config)
    wide = fit_linear(examples, prepared.labels, config.hash_bits, config.linear_c)
    partial = path.with_name("partial.npz")
    wide.save(partial)
    partial.replace(path)
    return wide


def answers(config: TrainConfig, start: Start, fitted: Branches, texts: Sequence[str]) -> tuple[Logits, Logits]:
    """Logits of the transformer and of the linear branch for normalised texts, each (texts, outputs)."""
    deep = predict(fitted.deep, start.tokenizer, texts, config.max_tokens).numpy()
    return deep, fitted.wide.logits(texts)


def append_row(path: Path, row: dict[str, float]) -> None:
    """One more line of a curve."""
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")

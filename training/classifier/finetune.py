"""Multi-task fine-tuning of the encoder, with an average of its weights over the steps as the result; resumable."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training.classifier.augment import Augmenter
from training.classifier.config import TrainConfig
from training.classifier.dataset import Example, compose
from training.classifier.losses import MultiTaskLoss, contrastive_loss, targets
from training.classifier.pretrain import pad, schedule
from triage.classifier.labels import HEADS, Labels

TYPE = HEADS.index("complaint_type")
MONO_SHARE, HEARD_SHARE, VARIED_SHARE = 0.15, 0.25, 0.75
"""How many calls an epoch are read with the operator's words in, how many as a recogniser wrote them, where it did, and
how many texts are varied by the augmenter."""


class TransformerBranch(nn.Module):
    """Encoder, mean and maximum over its tokens, one linear layer for all heads."""

    def __init__(self, encoder: Any, outputs: int, dropout: float = 0.3, contrast_width: int = 128) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(2 * encoder.config.hidden_size, outputs)
        self.contrast = nn.Linear(2 * encoder.config.hidden_size, contrast_width)
        """For the contrastive loss alone; not served."""

    def hidden(self, ids: Tensor, attention: Tensor) -> Tensor:
        """ids, attention: (batch, length) -> the tokens' states (batch, length, width)."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=attention).last_hidden_state
        return states.float()

    def pooled(self, ids: Tensor, attention: Tensor) -> Tensor:
        """ids, attention: (batch, length) -> mean and maximum of the tokens' states (batch, 2 * width)."""
        hidden = self.hidden(ids, attention)
        real = attention[..., None].to(hidden.dtype)
        mean = (hidden * real).sum(1) / real.sum(1)
        highest = (hidden - 1e4 * (1 - real)).amax(1)
        return torch.cat([mean, highest], dim=-1)

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        """ids, attention: (batch, length) -> logits (batch, outputs)."""
        return self.heads(self.dropout(self.pooled(ids, attention)))


@dataclass(frozen=True, slots=True)
class Material:
    """What an epoch is drawn from."""

    calls: Sequence[Example]
    phrases: Sequence[Example]
    label_texts: Sequence[Example]
    greetings: Sequence[str]
    main_opds: Mapping[str, str]
    """Of each type."""
    augmenter: Augmenter

    def composed(self, number: int, chance: random.Random) -> list[Example]:
        """`number` calls composed of the phrases; none where there are no phrases."""
        wanted = number if self.phrases else 0
        return compose(self.phrases, self.greetings, self.augmenter.places, self.main_opds, wanted, chance)

    def epoch(self, config: TrainConfig, seed: int) -> list[Example]:
        """One epoch's examples: every call in one of its readings and varied, phrases alone and composed."""
        chance = random.Random(seed)
        calls = [replace(call, text=_reading(call, chance.random())) for call in self.calls]
        phrases = chance.sample(list(self.phrases), min(config.phrases_an_epoch, len(self.phrases)))
        drawn = [*calls, *phrases, *self.composed(config.composed_an_epoch, chance), *self.label_texts]
        varied = [
            replace(example, text=self.augmenter.vary(example.text, example.places, chance))
            if config.augment and chance.random() < VARIED_SHARE
            else example
            for example in drawn
        ]
        chance.shuffle(varied)
        return varied


def _reading(call: Example, drawn: float) -> str:
    """The caller's words, or those of both sides, or what was heard; drawn: in [0, 1)."""
    if drawn < MONO_SHARE:
        return call.mixed or call.text
    return (drawn < MONO_SHARE + HEARD_SHARE and call.heard) or call.text


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Token ids of each text, cut after `max_tokens` with the closing token kept."""
    return [
        ids if len(ids) <= max_tokens else [*ids[: max_tokens - 1], ids[-1]]
        for ids in (encoding.ids for encoding in tokenizer.encode_batch(list(texts)))
    ]


def finetune(
    config: TrainConfig,
    encoder: Any,
    tokenizer: Tokenizer,
    labels: Labels,
    material: Material,
    groups: Sequence[int],
    checkpoint: Path,
    watch: Callable[[dict[str, float]], None] = lambda row: None,
) -> TransformerBranch:
    """Fine-tune; returns the averaged model. Resumes from `checkpoint`.

    groups: each type's group. watch: called after each epoch with its number and mean losses, for curves.
    """
    torch.manual_seed(config.seed)
    model = TransformerBranch(encoder, labels.outputs)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config.averaging))
    optimiser = torch.optim.AdamW(_parameter_groups(model, config), weight_decay=0.01, fused=True)
    loss_of = MultiTaskLoss(labels, smoothing=0.05, groups=groups if config.hierarchical else None)
    first = _restore(checkpoint, model, average, optimiser) if checkpoint.exists() else 0
    base_rates = _base_rates(config)
    saved = time.monotonic()
    for epoch in track(range(first, config.epochs), description="fine-tuning"):
        model.train()
        examples = material.epoch(config, config.seed * 1000 + epoch)
        rows = encode(tokenizer, [example.text for example in examples], config.max_tokens)
        truth, weights = targets(examples, labels), torch.tensor([example.weight for example in examples])
        batches = _length_batches(rows, config.batch, random.Random(epoch))
        totals: Counter[str] = Counter()
        for number, batch in enumerate(batches):
            factor = schedule((epoch + number / len(batches)) / config.epochs)
            for group, rate in zip(optimiser.param_groups, base_rates, strict=True):
                group["lr"] = rate * factor
            ids, attention = pad([rows[index] for index in batch])
            with torch.autocast("cpu", torch.bfloat16):
                pooled = model.pooled(ids, attention)
                logits = model.heads(model.dropout(pooled))
            parts = {"loss": loss_of(logits.float(), truth[batch], weights[batch])}
            if config.contrastive_weight:
                drawn_together = contrastive_loss(model.contrast(pooled.float()), truth[batch, TYPE])
                parts["contrastive"] = config.contrastive_weight * drawn_together
            torch.stack(list(parts.values())).sum().backward()
            totals.update({name: part.item() for name, part in parts.items()})
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            average.update_parameters(model)
        watch({"epoch": epoch + 1} | {name: round(total / len(batches), 4) for name, total in totals.items()})
        if time.monotonic() - saved > config.checkpoint_seconds:
            _save(checkpoint, model, average, optimiser, epoch + 1)
            saved = time.monotonic()
    checkpoint.unlink(missing_ok=True)
    result: TransformerBranch = average.module.eval()
    return result


@torch.inference_mode()
def predict(model: TransformerBranch, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> Tensor:
    """Logits of each text alone, (texts, outputs)."""
    rows = encode(tokenizer, texts, max_tokens)
    return torch.cat([model(*pad([row])) for row in rows])


def _base_rates(config: TrainConfig) -> list[float]:
    return [config.rate, 5 * config.rate]


def _parameter_groups(model: TransformerBranch, config: TrainConfig) -> list[dict[str, Any]]:
    body, head = _base_rates(config)
    return [
        {"params": list(model.encoder.parameters()), "lr": body},
        {"params": [*model.heads.parameters(), *model.contrast.parameters()], "lr": head},
    ]


def _length_batches(rows: Sequence[Sequence[int]], size: int, chance: random.Random) -> list[list[int]]:
    """Row numbers in batches of like length, batches in random order."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]) + chance.uniform(0, 6))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    chance.shuffle(batches)
    return batches


def _save(path: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer, epoch: int) -> None:
    partial = path.with_suffix(".partial")
    state = {"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save(state | {"epoch": epoch}, partial)
    partial.replace(path)


def _restore(path: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["epoch"])

"""Masked-language pre-training (Devlin et al. 2019) with dynamic masking (Liu et al. 2019); resumable."""

from __future__ import annotations

import lzma
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.classifier.config import TrainConfig
from training.classifier.embedding import cooccurrence_embeddings
from training.classifier.encoder import build_encoder, mask_id
from triage.classifier.text import plain_text

MASKED_SHARE = 0.15


def read_text(path: Path, skip_sources: Sequence[str]) -> list[str]:
    """Normalised sentences of a `source<TAB>sentence` file (.tsv or .tsv.xz), without those of `skip_sources`."""
    sentences = []
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            source, _, sentence = line.rstrip("\n").partition("\t")
            if source not in skip_sources and (plain := plain_text(sentence)):
                sentences.append(plain)
    return sentences


class MaskedLanguageModel(nn.Module):
    """An encoder with a prediction head that shares the input embeddings; scores masked positions only."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, ids: Tensor, attention: Tensor, masked: Tensor) -> Tensor:
        """ids, attention, masked: (batch, length), masked boolean -> logits (masked positions, vocabulary)."""
        hidden = self.encoder(input_ids=ids, attention_mask=attention).last_hidden_state[masked]
        return self.transform(hidden) @ self.encoder.get_input_embeddings().weight.T + self.bias


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids and attention mask, each (batch, longest row); padding is id 0."""
    length = max(map(len, rows))
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
    attention = torch.zeros_like(ids)
    for index, row in enumerate(rows):
        attention[index, : len(row)] = 1
    return ids, attention


def _batches(
    rows: Sequence[Sequence[int]], batch_tokens: int, shuffler: random.Random
) -> Iterator[list[Sequence[int]]]:
    """Rows of like length together, at most `batch_tokens` tokens a batch with padding, batches in random order."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]) + shuffler.random())
    batches: list[list[Sequence[int]]] = [[]]
    for index in order:
        if batches[-1] and (len(batches[-1]) + 1) * len(rows[index]) > batch_tokens:
            batches.append([])
        batches[-1].append(rows[index])
    shuffler.shuffle(batches)
    yield from batches


def pack(rows: Sequence[Sequence[int]], share: float, length: int, chance: random.Random) -> list[list[int]]:
    """Rows in random order, `share` of them strung together (without their [CLS], [SEP]) to at most `length` tokens.

    Most sentences are short; without long rows the later positions would never be learned.
    """
    order = chance.sample(range(len(rows)), len(rows))
    cut = int(share * len(order))
    packed = [list(rows[index]) for index in order[cut:]]
    row: list[int] = []
    for index in order[:cut]:
        if row and len(row) + len(rows[index]) - 2 > length:
            packed.append(row)
            row = []
        row = [*row[:-1], *rows[index][1:]] if row else list(rows[index])
    return packed + ([row] if row else [])


def mask_tokens(
    ids: Tensor, attention: Tensor, mask_id: int, vocabulary: int, specials: int, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """15 % of the tokens: 80 % become [MASK], 10 % a random token, 10 % stay. Returns (changed ids, masked)."""
    masked = (torch.rand(ids.shape, generator=chance) < MASKED_SHARE) & attention.bool() & (ids >= specials)
    fate = torch.rand(ids.shape, generator=chance)
    changed = ids.clone()
    changed[masked & (fate < 0.8)] = mask_id
    anything = torch.randint(specials, vocabulary, ids.shape, generator=chance)
    at_random = masked & (fate >= 0.9)
    changed[at_random] = anything[at_random]
    return changed, masked


def pretrain(config: TrainConfig, tokenizer: Tokenizer, texts: Sequence[str]) -> Path:
    """Pre-train an encoder on `texts`; returns the folder with its weights. Resumes from the run's checkpoint."""
    done, checkpoint = config.run / "encoder", config.run / "pretraining.pt"
    if done.exists():
        return done
    torch.manual_seed(config.seed)
    vocabulary = tokenizer.get_vocab_size()
    model = MaskedLanguageModel(build_encoder(config, vocabulary))
    rows = [encoding.ids[: config.max_tokens] for encoding in tokenizer.encode_batch(list(texts))]
    if config.base is None:
        start = cooccurrence_embeddings(rows, vocabulary, config.width, config.seed)
        model.encoder.get_input_embeddings().weight.data.copy_(torch.from_numpy(start))
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.mlm_rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True
    )
    plan = [
        batch
        for epoch in range(config.mlm_epochs)
        for batch in _batches(
            pack(rows, config.packed_share, config.max_tokens, random.Random(config.seed + epoch)),
            config.mlm_batch_tokens,
            random.Random(config.seed + epoch),
        )
    ]
    first = _restore(checkpoint, model, optimiser) if checkpoint.exists() else 0
    mask, saved, losses = mask_id(tokenizer), time.monotonic(), []
    for step in track(range(first, len(plan)), description=f"pre-training, {len(plan)} steps"):
        for group in optimiser.param_groups:
            group["lr"] = config.mlm_rate * schedule(step / len(plan))
        ids, attention = pad(plan[step])
        changed, masked = mask_tokens(
            ids, attention, mask, vocabulary, 5, torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        )
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(changed, attention, masked)
        loss = nn.functional.cross_entropy(logits.float(), ids[masked])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(loss.item())
        if step % 100 == 99:
            with (config.run / "pretraining.tsv").open("a", encoding="utf-8") as log:
                log.write(f"{step + 1}\t{len(plan)}\t{sum(losses) / len(losses):.4f}\t{time.strftime('%H:%M:%S')}\n")
            losses = []
        if time.monotonic() - saved > config.checkpoint_seconds:
            _save(checkpoint, model, optimiser, step + 1)
            saved = time.monotonic()
    partial = config.run / "encoder.partial"
    model.encoder.save_pretrained(partial)
    partial.replace(done)
    checkpoint.unlink(missing_ok=True)
    return done


def schedule(progress: float, warm_up: float = 0.06) -> float:
    """Learning rate factor: linear warm-up, then a cosine down to zero."""
    if progress < warm_up:
        return (progress + 1e-3) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))


def _save(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    partial = path.with_suffix(".partial")
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, partial)
    partial.replace(path)


def _restore(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])

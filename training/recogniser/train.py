"""Trains the recogniser within a budget of time; checkpointed, resumable by the same command."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, fields
from pathlib import Path

import torch
from rich.console import Console
from torch import distributed, multiprocessing, nn

from training.recogniser.base import Trained, load_trained
from training.recogniser.batches import Batch
from training.recogniser.config import TrainConfig
from training.recogniser.feed import Feed, ahead
from training.recogniser.tokens import Coder

SECONDS_BETWEEN_CHECKPOINTS = 180
RENDEZVOUS = "rendezvous"


class Learner:
    """Model, optimiser and how far the budget is spent; saved and restored as one."""

    def __init__(self, config: TrainConfig) -> None:
        config.run.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.trained: Trained = load_trained(config)
        self.model = self.trained.model.to(config.device)
        self.coder = Coder(self.trained.tokenizer, config.data.features.position_seconds)
        learned = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(learned, config.peak_lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        self.checkpoint = config.run / "checkpoint.pt"
        self.step, self.spent = 0, 0.0
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True, map_location=config.device)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.spent = state["step"], state["spent"]

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        return min(1.0, self.spent / self.config.budget)

    def save(self) -> None:
        """Write the checkpoint; a killed run keeps the one before."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent": self.spent,
        }
        torch.save(state, self.checkpoint.with_suffix(".part"))
        self.checkpoint.with_suffix(".part").rename(self.checkpoint)

    def spend(self, seconds: float) -> None:
        """Count time; the first process' clock holds for all, so that all are in the same phase and stop together."""
        spent = torch.tensor([self.spent + seconds], dtype=torch.float64)
        if self.config.processes > 1:
            distributed.broadcast(spent, 0)
        self.spent = spent.item()

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; the losses."""
        config = self.config
        cosine = 0.5 * (1 + math.cos(math.pi * self.progress))
        for group in self.optimizer.param_groups:
            group["lr"] = config.peak_lr * min(1.0, (self.step + 1) / config.warmup) * (0.01 + 0.99 * cosine)
        batch = Batch(**{f.name: getattr(batch, f.name).to(config.device) for f in fields(batch)})
        finished = config.base is not None
        # bfloat16 is three times as fast as float32 on a CPU with AVX-512 BF16.
        with torch.autocast(config.device, dtype=torch.bfloat16):
            losses = self.model(
                batch, decoder=finished or self.progress >= config.encoder_first, heads_only_read=finished
            )
        total = sum(self._weight(name) * loss for name, loss in losses.items())
        self.optimizer.zero_grad()
        total.backward()
        self._average_gradients()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _weight(self, name: str) -> float:
        config = self.config
        fading = 1.0 if self.progress < 0.5 else 0.3
        return {
            "token": 1.0,
            "letter": config.letter_weight,
            "phoneme": config.phoneme_weight * fading,
            "guide": config.guide_weight * fading,
        }[name]

    def _average_gradients(self) -> None:
        if self.config.processes == 1:
            return
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        flat = nn.utils.parameters_to_vector(gradients)
        distributed.all_reduce(flat)
        nn.utils.vector_to_parameters(flat / self.config.processes, gradients)


def train(config: TrainConfig) -> Path:
    """Train (or go on training) and return the checkpoint's path. Shards may still be arriving while it runs."""
    if not any(config.data.folder.glob("shard-*.npz")):
        raise FileNotFoundError(f"no shards in {config.data.folder}: make some with training.recogniser.prepare")
    if config.processes == 1:
        _train(0, config)
    else:
        # A killed run leaves its meeting place behind, and the next would wait there for the dead.
        (config.run / RENDEZVOUS).unlink(missing_ok=True)
        Learner(config)  # what is made once, such as the tokenizer, is made before there are two of us
        multiprocessing.spawn(_train, (config,), config.processes)
    return config.run / "checkpoint.pt"


def _train(rank: int, config: TrainConfig) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    if config.processes > 1:
        distributed.init_process_group(
            "gloo", init_method=f"file://{config.run.resolve() / RENDEZVOUS}", rank=rank, world_size=config.processes
        )
    learner = Learner(config)
    if learner.progress >= 1:
        return
    first = rank == 0
    console, log = Console(stderr=True, quiet=not first), (config.run / "log.jsonl").open("a", encoding="utf-8")
    if first:
        described = json.dumps(asdict(config), default=str, indent=2) + "\n"
        (config.run / "config.json").write_text(described, encoding="utf-8")
    feed = Feed(config, learner.coder, lambda: learner.progress, [config.seed, learner.step, rank])
    last = saved = time.monotonic()
    means: dict[str, float] = {}
    for batch in ahead(iter(feed)):
        for name, loss in learner.learn(batch).items():
            means[name] = 0.98 * means.get(name, loss) + 0.02 * loss
        now = time.monotonic()
        learner.spend(now - last)
        last = now
        done = learner.progress >= 1
        if first and (learner.step % 50 == 0 or done):
            row = {"step": learner.step, "minutes": round(learner.spent / 60, 2)}
            row |= {name: round(mean, 3) for name, mean in means.items()}
            log.write(json.dumps(row) + "\n")
            log.flush()
            console.print(row)
        if first and (done or now - saved > SECONDS_BETWEEN_CHECKPOINTS):
            learner.save()
            saved = now
        if done:
            break

"""Trains the recogniser within a budget of time; checkpointed, resumable by the same command."""

from __future__ import annotations

import json
import math
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import distributed, multiprocessing, nn

from training.recogniser.batches import Batch, batches, make_batch
from training.recogniser.clips import MAX_SECONDS, Clip, read_shard
from training.recogniser.model import Size, TrainedWhisper, whisper_config
from training.recogniser.texts import TextSource
from training.recogniser.tokenizer import SPECIAL, load_tokenizer, train_tokenizer
from training.synthesis import telephone

WINDOW_FRAMES = 3000
"""Mel frames of the 30 s that faster-whisper pads every window to."""

SECONDS_BETWEEN_CHECKPOINTS = 180
RENDEZVOUS = "rendezvous"
FULL_WINDOWS = 0.05
"""Batches padded to 30 s, per batch that is not: enough to learn that padding says nothing, at ten times the cost."""
SHORT_SECONDS = 4.0
"""Longest clip of the first part of the training."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """budget in seconds of training; peak_lr reached after warmup steps, then a cosine over the budget."""

    clips: Path
    run: Path
    budget: float
    size: Size = field(default_factory=Size)
    seconds_a_batch: float = 60.0
    peak_lr: float = 1.5e-3
    warmup: int = 200
    encoder_first: float = 0.12
    """Share of the budget in which only the frame labels are learned: the decoder has nothing to read before."""
    full_windows_from: float = 0.45
    """Share of the budget after which some batches are padded to 30 s as at run time."""
    processes: int = 1
    """Each takes one core and its own batches; gradients are averaged. A second thread was no faster than one."""
    seed: int = 112


class _Run:
    """Model, optimiser and how far the budget is spent; saved and restored as one."""

    def __init__(self, config: TrainConfig) -> None:
        config.run.mkdir(parents=True, exist_ok=True)
        if not (config.run / "tokenizer.json").exists():
            source = TextSource()
            sentences = (" ".join(words) for words in source.turns + source.phrases + source.places)
            train_tokenizer(sentences).save(str(config.run / "tokenizer.json"))
        self.config = config
        self.tokenizer = load_tokenizer(config.run)
        ids = {token: self.tokenizer.token_to_id(token) for token in SPECIAL}
        self.model = TrainedWhisper(whisper_config(config.size, self.tokenizer.get_vocab_size(), ids))
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), config.peak_lr, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.checkpoint = config.run / "checkpoint.pt"
        self.step, self.spent = 0, 0.0
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.spent = state["step"], state["spent"]

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        return min(1.0, self.spent / self.config.budget)

    def save(self) -> None:
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

    def _average_gradients(self) -> None:
        if self.config.processes == 1:
            return
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        flat = nn.utils.parameters_to_vector(gradients)
        distributed.all_reduce(flat)
        nn.utils.vector_to_parameters(flat / self.config.processes, gradients)

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; the losses."""
        cosine = 0.5 * (1 + math.cos(math.pi * self.progress))
        for group in self.optimizer.param_groups:
            warm = min(1.0, (self.step + 1) / self.config.warmup)
            group["lr"] = self.config.peak_lr * warm * (0.01 + 0.99 * cosine)
        # bfloat16 is three times as fast as float32 on a CPU with AVX-512 BF16.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = self.model(batch, with_decoder=self.progress >= self.config.encoder_first)
        # The helps lead at first and give way once the decoder looks at the right place.
        frame_weight, guide_weight = (1.0, 1.0) if self.progress < 0.6 else (0.3, 0.3)
        total = frame_weight * losses["frame"] + losses.get("token", 0) + guide_weight * losses.get("guide", 0)
        self.optimizer.zero_grad()
        total.backward()
        self._average_gradients()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}


def train(config: TrainConfig) -> Path:
    """Train (or go on training) and return the checkpoint's path. Shards may still be arriving while it runs."""
    if not any(config.clips.glob("shard-*.npz")):
        raise FileNotFoundError(f"no shards in {config.clips}: make some with training.recogniser.prepare")
    if config.processes == 1:
        _train(0, config)
    else:
        # A killed run leaves its meeting place behind, and the next would wait there for the dead.
        (config.run / RENDEZVOUS).unlink(missing_ok=True)
        multiprocessing.spawn(_train, (config,), config.processes)
    return config.run / "checkpoint.pt"


def _train(rank: int, config: TrainConfig) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    if config.processes > 1:
        distributed.init_process_group(
            "gloo", init_method=f"file://{config.run.resolve() / RENDEZVOUS}", rank=rank, world_size=config.processes
        )
    run = _Run(config)
    rng = np.random.default_rng([config.seed, run.step, rank])
    first = rank == 0
    console, log = Console(stderr=True, quiet=not first), (config.run / "log.jsonl").open("a", encoding="utf-8")
    if first:
        described = json.dumps(asdict(config), default=str, indent=2) + "\n"
        (config.run / "config.json").write_text(described, encoding="utf-8")
    last = saved = time.monotonic()
    means: dict[str, float] = {}
    for batch in _ahead(_endless(run, rng)):
        for name, loss in run.learn(batch).items():
            means[name] = 0.98 * means.get(name, loss) + 0.02 * loss
        now = time.monotonic()
        run.spend(now - last)
        last = now
        done = run.progress >= 1
        if first and (run.step % 50 == 0 or done):
            row = {"step": run.step, "minutes": round(run.spent / 60, 2)}
            row |= {name: round(mean, 3) for name, mean in means.items()}
            log.write(json.dumps(row) + "\n")
            log.flush()
            console.print(row)
        if first and (done or now - saved > SECONDS_BETWEEN_CHECKPOINTS):
            run.save()
            saved = now
        if done:
            break


def _ahead(batches: Iterator[Batch], count: int = 4) -> Iterator[Batch]:
    """The same batches, made by a thread beside the training, which leaves the second core idle."""
    made: queue.Queue[Batch] = queue.Queue(count)

    def make() -> None:
        for batch in batches:
            made.put(batch)

    threading.Thread(target=make, daemon=True).start()
    while True:
        yield made.get()


def _endless(run: _Run, rng: np.random.Generator) -> Iterator[Batch]:
    config, tokenizer = run.config, run.tokenizer
    clips: list[Clip] = [_silence(rng) for _ in range(150)]
    seen: set[Path] = set()
    while True:
        for path in sorted(set(config.clips.glob("shard-*.npz")) - seen):
            clips += read_shard(path)
            seen.add(path)
        # Short clips first (SortaGrad, Amodei et al. 2016): attention finds its place among few frames sooner.
        longest = np.interp(run.progress, (0.3, 0.6), (SHORT_SECONDS, MAX_SECONDS)) * telephone.SAMPLE_RATE
        short = [clip for clip in clips if len(clip.audio) <= longest]
        # A small pass at a time, so that shards made meanwhile come in early.
        chosen = [short[int(i)] for i in rng.permutation(len(short))[:1500]]
        for batch in batches(chosen, tokenizer, rng, config.seconds_a_batch):
            yield batch
            if run.progress > config.full_windows_from and rng.random() < FULL_WINDOWS:
                yield make_batch(
                    [clips[int(i)] for i in rng.integers(len(clips), size=3)], tokenizer, rng, WINDOW_FRAMES
                )


def _silence(rng: np.random.Generator) -> Clip:
    count = int(rng.uniform(1, 8) * telephone.SAMPLE_RATE)
    noise = telephone.send(np.zeros(count, np.float32), telephone.draw_line(rng), rng)
    return Clip((noise * 32767).astype(np.int16), [], [], np.zeros(count // 160, np.uint8))

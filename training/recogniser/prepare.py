"""Makes the shards of clips a training reads: the same texts, voices and lines for a seed; resumable."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from training.recogniser.clips import make_clips
from training.recogniser.features import FeatureConfig
from training.recogniser.shards import write_shard
from training.recogniser.texts import TextSource
from training.synthesis.noises import NoiseBank, read_noises
from triage.errors import InputError

CLIPS_A_SHARD = 1500


@dataclass(frozen=True, slots=True)
class DataConfig:
    """What the clips are made of. licensed: TSV.xz of source and sentence; noises: folder of sound files."""

    folder: Path
    shards: int
    features: FeatureConfig = field(default_factory=FeatureConfig)
    licensed: Path | None = None
    noises: Path | None = None
    seed: int = 112


def prepare(config: DataConfig) -> None:
    """Write the missing shards; each depends on config and its number only.

    Raises InputError when the folder holds clips of another configuration.
    """
    torch.set_num_threads(1)
    config.folder.mkdir(parents=True, exist_ok=True)
    source = TextSource(config.licensed)
    noises = read_noises(config.noises) if config.noises else {}
    _describe(config, source, noises)
    for index in range(config.shards):
        path = config.folder / f"shard-{index:04d}.npz"
        if not path.exists():
            rng = np.random.default_rng([config.seed, index])
            write_shard(path, islice(make_clips(source, NoiseBank(noises), config.features, rng), CLIPS_A_SHARD))


@contextmanager
def preparing(config: DataConfig) -> Iterator[None]:
    """Make the shards in a process of their own meanwhile; the first one is there at once."""
    prepare(replace(config, shards=1))
    maker = multiprocessing.get_context("spawn").Process(target=prepare, args=(config,), daemon=True)
    maker.start()
    try:
        yield
    finally:
        maker.terminate()


def _describe(config: DataConfig, source: TextSource, noises: dict[str, object]) -> None:
    manifest = {
        "seed": config.seed,
        "clips_a_shard": CLIPS_A_SHARD,
        "features": asdict(config.features),
        "licensed_text_sha256": hashlib.sha256(config.licensed.read_bytes()).hexdigest() if config.licensed else None,
        "noises": sorted(noises),
        "sentences": {"turns": len(source.turns), "phrases": len(source.phrases), "licensed": len(source.licensed)},
    }
    path = config.folder / "manifest.json"
    if path.exists() and json.loads(path.read_text("utf-8")) != manifest:
        raise InputError(
            "clips_differ",
            f"{config.folder} berisi klip yang dibuat dengan cara lain (manifest.json). Hapus, atau pakai --run lain.",
            f"{config.folder} holds clips made in another way (manifest.json). Remove it, or use another --run.",
        )
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")

"""Makes the shards of clips a training reads: the same texts, voices and lines for a seed; resumable."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from training.recogniser.clips import write_shard
from training.recogniser.texts import TextSource

CLIPS_A_SHARD = 500


def prepare(folder: Path, shards: int, *, licensed: Path | None = None, seed: int = 112) -> None:
    """Write the missing ones of `shards` shards of CLIPS_A_SHARD clips; shard i depends on seed and i only."""
    folder.mkdir(parents=True, exist_ok=True)
    source = TextSource(licensed)
    manifest = {
        "seed": seed,
        "clips_a_shard": CLIPS_A_SHARD,
        "licensed_text_sha256": hashlib.sha256(licensed.read_bytes()).hexdigest() if licensed else None,
        "sentences": {"turns": len(source.turns), "phrases": len(source.phrases), "licensed": len(source.licensed)},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for index in range(shards):
        path = folder / f"shard-{index:04d}.npz"
        if not path.exists():
            write_shard(path, source, seed * 100_003 + index, CLIPS_A_SHARD)

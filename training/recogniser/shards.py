"""Shards: files of clips, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from training.recogniser.clips import Clip


def write_shard(path: Path, clips: Iterable[Clip]) -> None:
    """Write clips; a killed run leaves no half shard."""
    kept = list(clips)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.savez(
            file,
            mel=np.concatenate([c.mel for c in kept], axis=1),
            mel_ends=np.cumsum([c.mel.shape[1] for c in kept]),
            phonemes=np.concatenate([c.phonemes for c in kept]),
            phoneme_ends=np.cumsum([len(c.phonemes) for c in kept]),
            texts=np.array(json.dumps([[c.words, [round(t, 3) for t in c.word_times]] for c in kept])),
        )
    temporary.rename(path)


def read_shard(path: Path) -> Iterator[Clip]:
    """The clips of a shard."""
    with np.load(path) as data:
        mel, phonemes = data["mel"], data["phonemes"]
        mel_ends, phoneme_ends = data["mel_ends"], data["phoneme_ends"]
        texts = json.loads(str(data["texts"]))
    a = f = 0
    for (words, times), mel_end, phoneme_end in zip(texts, mel_ends, phoneme_ends, strict=True):
        yield Clip(mel[:, a:mel_end], words, times, phonemes[f:phoneme_end])
        a, f = mel_end, phoneme_end

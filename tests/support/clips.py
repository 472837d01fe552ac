"""Training clips small enough to write down, and a few that are really spoken."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training.recogniser.clips import Clip, make_clips
from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.features import FeatureConfig
from training.recogniser.shards import write_shard
from training.recogniser.texts import TextSource
from training.recogniser.tokenizer import train_tokenizer
from training.synthesis.noises import NoiseBank

FRAME = SCRATCH_FEATURES.frame_seconds


def made_clip(text: str, seconds: float, *, seed: int = 0) -> Clip:
    """Random features; the words of `text` fill the time from 0.2 s to 0.2 s before the end, phoneme 1 under all."""
    words = text.split()
    mel = np.random.default_rng(seed).integers(60, 200, (80, round(seconds / FRAME)), np.uint8)
    times = [float(t) for t in np.linspace(0.2, seconds - 0.2, len(words) + 1)] if words else []
    return Clip(mel, words, times, np.ones(round(seconds / 0.02), np.uint8))


def site_clip(text: str, seconds: float, *, seed: int = 0) -> Clip:
    """As training.recogniser.recordings gives it: neither phonemes nor the times of the words inside are known."""
    clip = made_clip(text, seconds, seed=seed)
    times = [0.0, *[float("nan")] * (len(clip.words) - 1), seconds]
    return Clip(clip.mel, clip.words, times, np.zeros(0, np.uint8))


def small_tokenizer(sentences: Sequence[str] = ("tolong ada kebakaran di lorong anawai",)) -> Tokenizer:
    """A tokenizer of training.recogniser.tokenizer that knows few words; any other is spelled."""
    return train_tokenizer(list(sentences) * 5)


def write_spoken_shard(folder: Path, count: int = 24, features: FeatureConfig = SCRATCH_FEATURES) -> Path:
    """folder/shard-0000.npz with `count` clips as a training has them: spoken, and sent over lines."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = make_clips(TextSource(), NoiseBank(), features, np.random.default_rng(1))
    write_shard(folder / "shard-0000.npz", islice(clips, count))
    return folder

"""What a training is: data, size, budget, weights of the losses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from training.recogniser.features import FeatureConfig
from training.recogniser.model import Size
from training.recogniser.prepare import DataConfig

SCRATCH_FEATURES = FeatureConfig(feature_size=80, hop_length=320, n_fft=512)
"""Of a model trained from scratch: half the positions of OpenAI's Whisper, less than half of its cost of training."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """budget in seconds of training; peak_lr is reached after warmup steps, then falls as a cosine over the budget."""

    data: DataConfig
    run: Path
    budget: float
    size: Size = field(default_factory=Size)
    base: str | None = None
    """A Hugging Face Whisper, folder or name, to start from; None: from scratch."""
    lora_rank: int = 0
    """With a base: train adapters of this rank (Hu et al. 2021) instead of all weights; 0: all."""
    recordings: Path | None = None
    recordings_weight: float = 0.5
    """Share of the clips drawn from recordings.csv in `recordings`, see training.recogniser.recordings."""
    frames_a_batch: int = 4800
    peak_lr: float = 1.2e-3
    warmup: int = 300
    phoneme_weight: float = 1.0
    letter_weight: float = 0.4
    guide_weight: float = 1.0
    """Of the helps at first; the first and the last give way once the decoder looks at the right place."""
    encoder_first: float = 0.08
    """Share of the budget in which the decoder does not learn: it has nothing to read before."""
    processes: int = 1
    """Each takes one core and its own batches; gradients are averaged. A second thread was no faster than one."""
    device: str = "cpu"
    seed: int = 112


def device() -> str:
    """cuda where there is one, else cpu."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def size_for(budget: float, device: str) -> Size:
    """The largest size that a budget in seconds teaches well, as seen on 2 CPU cores; a GPU counts as 40 of them."""
    worth = budget * (40 if device != "cpu" else 1)
    if worth < 15 * 60:
        return Size(d_model=128, encoder_layers=4)
    if worth < 50 * 60:
        return Size(d_model=192, encoder_layers=4)
    if worth < 12 * 3600:
        return Size()
    return Size(d_model=384, encoder_layers=8, decoder_layers=4, heads=6)

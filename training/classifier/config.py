"""Everything that decides a training run; saved as config.json in the run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNLIKE_INDONESIAN = ("nusa-writes-makassarese", "nusax-buginese", "nusax-javanese", "nusax-sundanese")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A training run. The defaults are the recipe of the bundled model."""

    run: Path
    """Folder of the run: tokenizer, checkpoints, logs. Training resumes from what lies there."""
    out: Path
    """Folder the finished model is written to."""
    text: Path | None = None
    """`source<TAB>sentence` (.tsv or .tsv.xz) for masked-language pre-training; without it the corpus alone."""
    base: str | None = None
    """A Hugging Face encoder, by name or folder, in place of the project's own."""
    skip_sources: tuple[str, ...] = UNLIKE_INDONESIAN
    seed: int = 112
    threads: int = 1
    vocabulary: int = 8000
    width: int = 256
    layers: int = 4
    heads: int = 4
    max_tokens: int = 128
    mlm_epochs: int = 3
    mlm_batch_tokens: int = 2048
    mlm_rate: float = 1e-3
    mlm_stop: int | None = None
    """Stop pre-training after so many steps, with the learning rate's schedule as for all of them."""
    corpus_weight: int = 6
    """How often the project's own texts are seen per pass over the general text in pre-training."""
    epochs: int = 14
    batch: int = 64
    rate: float = 5e-4
    averaging: float = 0.995
    """Decay of the exponential average of the weights over the steps."""
    checkpoint_seconds: float = 180.0
    folds: int = 10
    """One fold of so many is held out of training, for calibration."""
    hash_bits: int = 16
    """The linear branch hashes word and character n-grams into 2 ** hash_bits features."""
    linear_penalty: float = 3e-7
    linear_steps: int = 80
    note: str = ""
    """What the model card must say of this run, such as how often the validation calls were looked at."""
    version: str = "0.1.0"

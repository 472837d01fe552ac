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
    max_tokens: int = 256
    mlm_epochs: int = 5
    mlm_batch_tokens: int = 2048
    mlm_rate: float = 1e-3
    corpus_weight: int = 2
    """How often the project's own texts are seen per pass over the general text in pre-training."""
    packed_share: float = 0.3
    """Share of the pre-training rows in which texts are strung together up to `max_tokens`, to learn long calls."""
    epochs: int = 10
    phrases_an_epoch: int = 4000
    composed_an_epoch: int = 4000
    augment: bool = True
    """Vary the texts by mishearings, swapped places and dropped particles."""
    hierarchical: bool = True
    """Count the probability of the true type's group, too."""
    contrastive_weight: float = 0.2
    label_texts: bool = True
    """Train on what the taxonomy says of each type: name, definition, rules, lay words."""
    batch: int = 64
    rate: float = 5e-4
    averaging: float = 0.995
    """Decay of the exponential average of the weights over the steps."""
    checkpoint_seconds: float = 180.0
    folds: int = 3
    """Cross-fitting: each fold's calls are answered by a model that did not see them; these answers calibrate."""
    hash_bits: int = 16
    """The linear branch hashes word and character n-grams into 2 ** hash_bits features."""
    linear_c: float = 0.5
    misheard: int = 3
    """Misheard variants of each call that the linear branch is fitted on; the transformer gets new ones each epoch."""
    note: str = ""
    """What the model card must say of this run, such as how often the validation calls were looked at."""
    version: str = "0.4.0"

"""Windows to batches: padding, letters for the CTC head, tokens for the decoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from training.recogniser.features import FeatureConfig
from training.recogniser.tokens import IGNORED, Coder
from training.recogniser.windows import UNKNOWN_PHONEME, Window
from training.synthesis.utterance import PHONEME_SECONDS

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"
"""Of the CTC head; class 0 is its blank, class i + 1 is LETTERS[i]."""
SLOTS = 2
"""Labels an encoder position: fast speech has more letters a second than a model with a hop of 320 has positions."""
TIMED = 0.85
"""Share of windows written with timestamps."""


@dataclass(frozen=True, slots=True)
class Batch:
    """mel (b, bins, 2t) padded with 0.0; positions (b,): how many of the t encoder positions are sound.

    phonemes (b, t * SLOTS), IGNORED where padded or unknown. letters (sum of letter_counts,), letter_counts (b,).
    ids and labels (b, n); centers (b, n + 1), see tokens.Coded.
    """

    mel: Tensor
    positions: Tensor
    phonemes: Tensor
    letters: Tensor
    letter_counts: Tensor
    ids: Tensor
    labels: Tensor
    centers: Tensor


def letter_classes(words: Sequence[str]) -> list[int]:
    """Classes of the CTC head for words joined by single spaces."""
    return [LETTERS.index(letter) + 1 for letter in " ".join(words)]


def make_batch(
    windows: Sequence[Window],
    coder: Coder,
    features: FeatureConfig,
    rng: np.random.Generator,
    pad_to: int | None = None,
) -> Batch:
    """A batch padded with 0.0, as faster-whisper pads to 3,000 frames, to the longest or `pad_to` frames."""
    length = max(pad_to or 0, max(w.mel.shape[1] for w in windows) + int(rng.integers(0, 30)))
    length += length % 2
    coded = [coder.code(w.words, w.word_times, timed=bool(rng.random() < TIMED), prompt=w.prompt) for w in windows]
    width = max(len(c.ids) for c in coded)
    letters = [letter_classes(w.words) for w in windows]
    phonemes = torch.full((len(windows), length // 2 * SLOTS), IGNORED)
    ids = torch.zeros((len(windows), width), dtype=torch.long)
    labels = torch.full((len(windows), width), IGNORED)
    centers = torch.full((len(windows), width + 1), -1)
    per_slot = features.position_seconds / SLOTS / PHONEME_SECONDS
    for row, (window, code) in enumerate(zip(windows, coded, strict=True)):
        if len(window.phonemes):
            slots = min(window.mel.shape[1] // 2 * SLOTS, phonemes.shape[1])
            at = np.minimum((np.arange(slots) * per_slot).astype(int), len(window.phonemes) - 1)
            known = window.phonemes[at].astype(np.int64)
            phonemes[row, :slots] = torch.from_numpy(np.where(known == UNKNOWN_PHONEME, IGNORED, known))
        ids[row, : len(code.ids)] = torch.tensor(code.ids)
        labels[row, : len(code.labels)] = torch.tensor(code.labels)
        centers[row, : len(code.centers)] = torch.tensor(code.centers)
    return Batch(
        mel=torch.stack([F.pad(w.mel, (0, length - w.mel.shape[1])) for w in windows]),
        positions=torch.tensor([w.mel.shape[1] // 2 for w in windows]),
        phonemes=phonemes,
        letters=torch.tensor([c for row in letters for c in row], dtype=torch.long),
        letter_counts=torch.tensor([len(row) for row in letters]),
        ids=ids,
        labels=labels,
        centers=centers,
    )


def grouped(windows: Sequence[Window], frames: int, rng: np.random.Generator) -> Iterator[list[Window]]:
    """The windows in groups of like length, each of about `frames` frames with padding, in random order."""
    groups: list[list[Window]] = [[]]
    longest = 0
    for window in sorted(windows, key=lambda w: w.mel.shape[1]):
        longest = max(longest, window.mel.shape[1])
        if groups[-1] and longest * (len(groups[-1]) + 1) > frames:
            groups.append([])
            longest = window.mel.shape[1]
        groups[-1].append(window)
    for index in rng.permutation(len(groups)):
        yield groups[int(index)]

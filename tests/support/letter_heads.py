"""Letter heads that read what they are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.recogniser.batches import LETTERS, SLOTS
from triage.transcribers.letters import LETTER_HEAD

CLASSES = len(LETTERS) + 1


def save_head(folder: Path, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Path:
    """Write the head beside a model."""
    np.savez(folder / LETTER_HEAD, weight=weight, bias=bias, letters=np.array(LETTERS))
    return folder


def save_constant_head(folder: Path, width: int, letters: str) -> Path:
    """A head that reads these letters (SLOTS of them, "" for blanks) at every position."""
    bias = np.zeros((SLOTS, CLASSES), np.float32)
    for slot in range(SLOTS):
        bias[slot, LETTERS.index(letters[slot]) + 1 if letters else 0] = 1.0
    return save_head(folder, np.zeros((SLOTS * CLASSES, width), np.float32), bias.ravel())


def save_fitted_head(folder: Path, states: NDArray[np.float32], text: str) -> Path:
    """A head that reads `text` in just these encoder states (t, width)."""
    wanted = np.zeros((len(states), SLOTS), np.int64)
    wanted[1 : 2 * len(text) : 2, 0] = [LETTERS.index(letter) + 1 for letter in text]
    weight = torch.zeros(SLOTS * CLASSES, states.shape[1], requires_grad=True)
    bias = torch.zeros(SLOTS * CLASSES, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=300)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = (torch.tensor(states) @ weight.T + bias).reshape(-1, CLASSES)
        value = torch.nn.functional.cross_entropy(scores, torch.tensor(wanted).flatten())
        value.backward()
        return value

    optimizer.step(loss)
    return save_head(folder, weight.detach().numpy(), bias.detach().numpy())

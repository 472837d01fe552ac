"""A second reading of what a recogniser's encoder heard, letter by letter, with no language model to embellish it.

The head is the CTC layer (Graves et al. 2006) that was trained beside the decoder. Where it reads something else than
the decoder wrote, the decoder may have written what is usually said instead of what was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from triage.errors import ModelError
from triage.speech.doubts import normalise

LETTER_HEAD = "letter_head.npz"
_BLANK = 0


@dataclass(frozen=True, slots=True)
class LetterHead:
    """weight (slots * classes, d), bias (slots * classes,); class 0 is the blank, class i + 1 is letters[i]."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    letters: str

    def read(self, states: NDArray[np.float32]) -> str:
        """The letters in encoder states (t, d): best class a slot, repeats and blanks taken out."""
        classes = len(self.letters) + 1
        best = (states @ self.weight.T + self.bias).reshape(-1, classes).argmax(axis=1)
        changed = best[np.insert(best[1:] != best[:-1], 0, True)] if best.size else best
        return "".join(self.letters[i - 1] for i in changed if i != _BLANK)


def load_letter_head(folder: Path) -> LetterHead | None:
    """The head in a model's folder; None where there is none. Raises ModelError when it cannot be read."""
    path = folder / LETTER_HEAD
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as data:
            return LetterHead(
                data["weight"].astype(np.float32), data["bias"].astype(np.float32), str(data["letters"][()])
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelError(
            "letter_head_unreadable",
            f"{path} rusak. Pasang ulang model itu, atau pilih model lain.",
            f"{path} is damaged ({error}). Install that model again, or choose another.",
        ) from error


def letter_distance(written: str, letters: str) -> float:
    """How far the two readings are apart, 0 (same) to 1: edits over the longer one's letters, spaces left out."""
    a, b = (normalise(text).replace(" ", "") for text in (written, letters))
    return float(Levenshtein.normalized_distance(a, b))

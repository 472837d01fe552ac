"""A second reading of what a recogniser's encoder heard, letter by letter, with no language model to embellish it.

The head is the CTC layer (Graves et al. 2006) that was trained beside the decoder. Where it reads something else than
the decoder wrote, the decoder may have written what is usually said instead of what was said.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    def score(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-probability of each class in each slot, (t * slots, classes), for encoder states (t, d)."""
        logits = (states @ self.weight.T + self.bias).reshape(-1, len(self.letters) + 1)
        shifted = logits - logits.max(axis=1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)

    def read(self, scores: NDArray[np.float32]) -> str:
        """The letters in scores (slots, classes): best class a slot, repeats and blanks taken out."""
        best = scores.argmax(axis=1)
        changed = best[np.insert(best[1:] != best[:-1], 0, True)] if best.size else best
        return "".join(self.letters[i - 1] for i in changed if i != _BLANK)

    def likelihoods(self, scores: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-probability of each text under scores (slots, classes): CTC's forward pass (Graves et al. 2006, 4.1).

        Texts are normalised first; what is none of the head's letters is left out. -inf: more letters than slots.
        """
        paths = [self._path(text) for text in texts]
        width = max(map(len, paths))
        path = np.array([[*p, *[_BLANK] * (width - len(p))] for p in paths])
        # From a letter one may come straight from the letter before, unless it is the same.
        skips = np.zeros(path.shape, np.bool_)
        skips[:, 2:] = (path[:, 2:] != _BLANK) & (path[:, 2:] != path[:, :-2])
        forward = np.full(path.shape, -np.inf)
        forward[:, :2] = scores[0, path[:, :2]]
        for row in scores[1:]:
            one, two = np.full((2, *path.shape), -np.inf)
            one[:, 1:], two[:, 2:] = forward[:, :-1], forward[:, :-2]
            came = np.logaddexp(np.logaddexp(forward, one), np.where(skips, two, -np.inf))
            forward = came + row[path]
        ends = np.array([len(p) - 1 for p in paths])
        rows = np.arange(len(paths))
        last = np.where(ends > 0, forward[rows, np.maximum(ends - 1, 0)], -np.inf)
        return np.asarray(np.logaddexp(forward[rows, ends], last))

    def _path(self, text: str) -> list[int]:
        classes = [self.letters.index(letter) + 1 for letter in normalise(text) if letter in self.letters]
        return [_BLANK, *(i for c in classes for i in (c, _BLANK))]


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

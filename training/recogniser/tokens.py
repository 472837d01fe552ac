"""What the decoder reads and must write for a window, with the places at which it is spoken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

IGNORED = -100
TIMESTAMP_SECONDS = 0.02
MOST_PROMPT_TOKENS = 100


@dataclass(frozen=True, slots=True)
class Coded:
    """ids: tokens read, shape (n,). labels: the token to write after each, IGNORED where nothing is to be learned.

    centers: the encoder position at which each of `ids` is spoken, and one more for the last label; -1 for none.
    """

    ids: list[int]
    labels: list[int]
    centers: list[int]


class Coder:
    """Codes windows with the special tokens of Whisper's multilingual tokenizers (Radford et al. 2022, section 2.3)."""

    def __init__(self, tokenizer: Tokenizer, position_seconds: float, language: str = "id") -> None:
        """position_seconds: of an encoder position. Raises ValueError for a tokenizer without Whisper's tokens."""
        self.tokenizer = tokenizer
        self._position = position_seconds
        self._start = self._id("<|startoftranscript|>")
        self._task = [self._id(f"<|{language}|>"), self._id("<|transcribe|>")]
        self._previous = self._id("<|startofprev|>")
        self._silence = self._id("<|nospeech|>", "<|nocaptions|>")
        self._untimed = self._id("<|notimestamps|>")
        self._end = self._id("<|endoftext|>")
        self._zero = self._id("<|0.00|>")

    def code(
        self, words: Sequence[str], word_times: Sequence[float], *, timed: bool, prompt: Sequence[str] = ()
    ) -> Coded:
        """One segment: `words`, with their starts and the end of the last in seconds of the window (NaN: unknown).

        Without words the first label is nospeech (its probability is Whisper's no_speech_prob), and after the task,
        which is forced at run time, the text ends at once.
        """
        before = self._prompt(prompt)
        head = [self._start, *self._task]
        first = word_times[0] if words else 0.0
        ids = [*before, *head, self._zero + self._steps(first) if timed else self._untimed]
        centers = [-1] * len(ids)
        for word, start, end in zip(words, word_times, word_times[1:], strict=False):
            # A long gap after a word is a pause, not the word.
            end = min(end, start + 0.16 + 0.11 * len(word))
            encoded = self.tokenizer.encode(" " + word, add_special_tokens=False)
            for token, (a, b) in zip(encoded.ids, encoded.offsets, strict=True):
                middle = (a + b) / 2 / (len(word) + 1)
                ids.append(token)
                at = start + middle * (end - start)
                centers.append(-1 if math.isnan(at) else int(at / self._position))
        if timed and words:
            ids.append(self._zero + self._steps(word_times[-1]))
            centers.append(-1)
        labels = [*ids[1:], self._end]
        labels[: len(before)] = [IGNORED] * len(before)
        if not words:
            labels[len(before)] = self._silence
            labels[len(before) + 1] = IGNORED
        return Coded(ids, labels, [*centers, -1])

    def _prompt(self, words: Sequence[str]) -> list[int]:
        if not words:
            return []
        return [self._previous, *self.tokenizer.encode(" " + " ".join(words), add_special_tokens=False).ids][
            :MOST_PROMPT_TOKENS
        ]

    @staticmethod
    def _steps(seconds: float) -> int:
        return math.floor(max(0.0, min(30.0, seconds)) / TIMESTAMP_SECONDS + 0.5)

    def _id(self, *names: str) -> int:
        for name in names:
            token = self.tokenizer.token_to_id(name)
            if token is not None:
                return int(token)
        raise ValueError(f"no multilingual Whisper tokenizer: it has no {names[0]}")

"""faster_whisper.WhisperModel that does not pay for padding, and listens to the letter head as well.

Whisper pads every window to 30 s. That is what OpenAI's models were trained on; a model trained on windows as long as
their speech (Manifest.short_windows) hears as well without the padding, at a fraction of the cost.

The letter head reads the same encoder states as the decoder. It gives a second reading, and, where
Manifest.letter_weight says so, has a say in which of the decoder's hypotheses is taken (rescoring by CTC and attention:
Watanabe et al. 2017, "Hybrid CTC/attention architecture for end-to-end speech recognition", IEEE JSTSP 11(8)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from triage.transcribers.letters import LetterHead

KEPT_PADDING = 20
"""Frames of padding left, as in training: the model must hear that nothing follows."""


class WindowedWhisper(WhisperModel):  # type: ignore[misc]  # faster-whisper has no types
    """WhisperModel with other windows and a second reading; everything else is faster-whisper's own."""

    short_windows: bool = False
    letter_head: LetterHead | None = None
    letters: str | None = None
    """What the letter head read in the window encoded last; None without a head."""
    _scores: NDArray[np.float32]

    def encode(self, features: NDArray[np.float32]) -> Any:
        """Encode features (bins, frames) or (1, bins, frames), padded with 0.0 at the end."""
        heard = _heard_frames(features)
        if self.short_windows:
            features = features[..., : min(features.shape[-1], _even(heard + KEPT_PADDING))]
        output = super().encode(features)
        if self.letter_head is not None:
            states = np.asarray(output, dtype=np.float32)[0]
            self._scores = self.letter_head.score(states[: -(-heard // 2)])
            self.letters = self.letter_head.read(self._scores)
        return output

    def weigh_letters(self, weight: float) -> None:
        """Take the hypothesis with the best sum of the decoder's (1 - weight) and the letters' (weight) scores."""
        if weight > 0 and self.letter_head is not None:
            self.model = _Weighing(self, self.model, weight)

    def likelihoods(self, sequences: list[list[int]]) -> NDArray[np.float64]:
        """Log-probability, by the letter head, of token sequences in the window encoded last."""
        assert self.letter_head is not None
        end = self.hf_tokenizer.token_to_id("<|endoftext|>")  # text tokens lie below it, timestamps above
        texts = [self.hf_tokenizer.decode([i for i in ids if i < end]) for ids in sequences]
        return self.letter_head.likelihoods(self._scores, texts)


@dataclass(frozen=True, slots=True)
class _Result:
    """The part of ctranslate2.models.WhisperGenerationResult that faster-whisper reads, best hypothesis first."""

    sequences_ids: list[list[int]]
    scores: list[float]
    no_speech_prob: float


class _Weighing:
    """A CTranslate2 Whisper whose beams are put in another order; all else is passed on."""

    def __init__(self, owner: WindowedWhisper, model: Any, weight: float) -> None:
        self._owner = owner
        self._model = model
        self._weight = weight

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, *args: Any, **options: Any) -> list[_Result]:
        """All beams of the one window, the best by both scores first."""
        beams = options.get("beam_size", 1)
        if beams == 1:
            return list(self._model.generate(*args, **options))
        [found] = self._model.generate(*args, **{**options, "num_hypotheses": beams})
        sequences = found.sequences_ids
        # CTranslate2 divides the sum of the log-probabilities by the length to this power.
        decoder = np.array(found.scores) * [max(1, len(s)) ** options.get("length_penalty", 1) for s in sequences]
        both = (1 - self._weight) * decoder + self._weight * self._owner.likelihoods(sequences)
        order = np.argsort(-both, kind="stable") if np.isfinite(both).any() else range(len(sequences))
        return [_Result([sequences[i] for i in order], [found.scores[i] for i in order], found.no_speech_prob)]


def _heard_frames(features: NDArray[np.float32]) -> int:
    """Frames before the padding: 0.0 in every bin, to the end."""
    sounding = np.flatnonzero(features.reshape(-1, features.shape[-1]).any(axis=0))
    return int(sounding[-1]) + 1 if sounding.size else 2


def _even(frames: int) -> int:
    return frames + frames % 2

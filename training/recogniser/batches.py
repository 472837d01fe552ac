"""Clips to batches: log-mel features as faster-whisper makes them, tokens with their times, masking, padding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from scipy import signal
from tokenizers import Tokenizer
from torch import Tensor

from training.recogniser.clips import FRAME, Clip
from training.recogniser.model import Batch

IGNORED = -100


@cache
def _mel_filters() -> Tensor:
    return torch.from_numpy(FeatureExtractor().mel_filters).float()


def log_mel(audio_8k: NDArray[np.float32], level_dbfs: float) -> Tensor:
    """Whisper's log-mel spectrogram (80, frames of 10 ms) of float audio at 8 kHz, level brought to level_dbfs RMS."""
    audio = torch.from_numpy(signal.resample_poly(audio_8k, 2, 1))
    audio = audio * (10 ** (level_dbfs / 20) / (audio.pow(2).mean().sqrt() + 1e-6)).clamp(max=30)
    audio = F.pad(audio, (0, 160))
    spectrum = torch.stft(audio, 400, 160, window=torch.hann_window(400), center=True, return_complex=True)
    mel = _mel_filters() @ spectrum[:, :-1].abs().square()
    log = mel.clamp(min=1e-10).log10()
    return (torch.maximum(log, log.max() - 8) + 4) / 4


def clip_tokens(clip: Clip, tokenizer: Tokenizer, with_timestamps: bool) -> tuple[list[int], list[int]]:
    """Token ids from startoftranscript to endoftext, and the encoder position at which each is spoken (-1: none)."""
    head = ["<|startoftranscript|>", "<|id|>", "<|transcribe|>"]
    ids = [tokenizer.token_to_id(t) for t in head]
    if not clip.words:
        # No speech: the first prediction is nospeech, whose probability is Whisper's no_speech_prob.
        ids = [ids[0], tokenizer.token_to_id("<|nospeech|>")]
        return ids, [-1, -1]
    ids.append(tokenizer.token_to_id(_timestamp(clip.word_times[0]) if with_timestamps else "<|notimestamps|>"))
    centers = [-1] * len(ids)
    for word, start, end in zip(clip.words, clip.word_times, clip.word_times[1:], strict=False):
        # A long gap after a word is a pause, not the word.
        end = min(end, start + 0.16 + 0.11 * len(word))
        encoded = tokenizer.encode(" " + word)
        for token, (first, last) in zip(encoded.ids, encoded.offsets, strict=True):
            middle = (first + last) / 2 / (len(word) + 1)
            ids.append(token)
            centers.append(int((start + middle * (end - start)) / FRAME))
    if with_timestamps:
        ids.append(tokenizer.token_to_id(_timestamp(clip.word_times[-1])))
        centers.append(-1)
    return [*ids, tokenizer.token_to_id("<|endoftext|>")], [*centers, -1]


def _timestamp(seconds: float) -> str:
    return f"<|{round(seconds / 0.02) * 0.02:.2f}|>"


def make_batch(clips: list[Clip], tokenizer: Tokenizer, rng: np.random.Generator, pad_to: int | None = None) -> Batch:
    """A batch whose mels are padded with 0.0, as faster-whisper pads to 30 s, to the longest or `pad_to` frames."""
    # At run time a channel is brought to -26 dBFS where it is active; a window of it may be louder or quieter.
    mels = [_mask(log_mel(c.audio.astype(np.float32) / 32768, rng.normal(-27, 4)), rng) for c in clips]
    length = max(pad_to or 0, max(m.shape[1] for m in mels) + int(rng.integers(0, 60)))
    length += length % 2
    frames = torch.full((len(clips), length // 2), IGNORED)
    coded = [clip_tokens(c, tokenizer, bool(rng.random() < 0.8)) for c in clips]
    width = max(len(ids) for ids, _ in coded)
    tokens = torch.full((len(clips), width), IGNORED)
    centers = torch.full((len(clips), width), -1)
    for row, (clip, (ids, places)) in enumerate(zip(clips, coded, strict=True)):
        count = min(len(clip.frames), mels[row].shape[1] // 2)
        frames[row, :count] = torch.from_numpy(clip.frames[:count].astype(np.int64))
        tokens[row, : len(ids)] = torch.tensor(ids)
        # Only what is predicted counts: the language, the task and what follows.
        centers[row, : len(places)] = torch.tensor(places)
    padded = torch.stack([F.pad(m, (0, length - m.shape[1])) for m in mels])
    return Batch(padded, frames, tokens, centers)


def _mask(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """SpecAugment (Park et al. 2019): one or two bands of mel bins and of frames set to the clip's mean."""
    mean = mel.mean()
    for _ in range(int(rng.integers(0, 3))):
        start, size = int(rng.integers(0, 70)), int(rng.integers(1, 10))
        mel[start : start + size] = mean
    for _ in range(int(rng.integers(0, 2))):
        start, size = int(rng.integers(0, mel.shape[1])), int(rng.integers(1, 15))
        mel[:, start : start + size] = mean
    return mel


def batches(clips: list[Clip], tokenizer: Tokenizer, rng: np.random.Generator, seconds: float) -> Iterator[Batch]:
    """One shuffled pass over the clips in batches of like length holding about `seconds` of audio."""
    noisy = np.array([len(c.audio) for c in clips]) * rng.uniform(0.85, 1.15, len(clips))
    groups: list[list[Clip]] = [[]]
    longest = 0
    for index in np.argsort(noisy):
        clip = clips[int(index)]
        longest = max(longest, len(clip.audio))
        if groups[-1] and longest * (len(groups[-1]) + 1) > seconds * 8000:
            groups.append([])
            longest = len(clip.audio)
        groups[-1].append(clip)
    for group in rng.permutation(len(groups)):
        yield make_batch(groups[int(group)], tokenizer, rng)

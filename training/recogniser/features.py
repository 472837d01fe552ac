"""Log-mel features as faster-whisper computes them, kept as bytes until a batch needs them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from scipy import signal
from torch import Tensor

SAMPLE_RATE = 16_000
LEVEL_DBFS = -26.0
"""Active level at run time (triage.recording.level.TARGET_DBFS)."""
LOWEST, HIGHEST = -7.5, 2.7
"""Range of log10 mel power kept: Whisper itself cuts 8 below the loudest, and speech at LEVEL_DBFS peaks below 2."""
_STEP = (HIGHEST - LOWEST) / 255


@dataclass(frozen=True, slots=True)
class FeatureConfig:
    """What preprocessor_config.json says: mel bins, samples between frames, samples of a frame (at 16 kHz).

    An encoder position is two frames. OpenAI's Whisper has a hop of 160 (10 ms) and n_fft of 400; with a hop of 320 a
    window has half the positions, which makes training from scratch about twice as fast.
    """

    feature_size: int = 80
    hop_length: int = 160
    n_fft: int = 400

    @property
    def frame_seconds(self) -> float:
        """Seconds between mel frames."""
        return self.hop_length / SAMPLE_RATE

    @property
    def position_seconds(self) -> float:
        """Seconds between encoder positions."""
        return 2 * self.frame_seconds

    def preprocessor(self) -> dict[str, int]:
        """The content of preprocessor_config.json."""
        return {"sampling_rate": SAMPLE_RATE, "chunk_length": 30} | asdict(self)


@cache
def _filters(config: FeatureConfig) -> Tensor:
    extractor = FeatureExtractor(config.feature_size, SAMPLE_RATE, config.hop_length, 30, config.n_fft)
    return torch.from_numpy(extractor.mel_filters).float()


def mel_power(audio_8k: NDArray[np.float32], config: FeatureConfig, level_dbfs: float = LEVEL_DBFS) -> Tensor:
    """log10 of the mel power (feature_size, frames) of 8 kHz audio brought to level_dbfs RMS, by at most 30 dB."""
    audio = torch.from_numpy(np.ascontiguousarray(signal.resample_poly(audio_8k, 2, 1), np.float32))
    audio = audio * (10 ** (level_dbfs / 20) / (audio.pow(2).mean().sqrt() + 1e-6)).clamp(max=30)
    audio = F.pad(audio, (0, 160))  # as faster-whisper pads
    window = torch.hann_window(config.n_fft)
    spectrum = torch.stft(audio, config.n_fft, config.hop_length, window=window, center=True, return_complex=True)
    return (_filters(config) @ spectrum[:, :-1].abs().square()).clamp(min=1e-10).log10()


def whisper_scale(log10_power: Tensor) -> Tensor:
    """Whisper's normalisation of log10 mel power: at most 8 below the loudest, then (x + 4) / 4."""
    return (torch.maximum(log10_power, log10_power.max() - 8) + 4) / 4


def to_bytes(log10_power: Tensor) -> NDArray[np.uint8]:
    """Quantised to steps of 0.04 (0.01 after whisper_scale)."""
    scaled = ((log10_power - LOWEST) / _STEP).round().clamp(0, 255)
    return scaled.to(torch.uint8).numpy()


def from_bytes(mel: NDArray[np.uint8]) -> Tensor:
    """log10 mel power again."""
    return torch.from_numpy(mel).float() * _STEP + LOWEST

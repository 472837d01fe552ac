"""Features of the training are those of faster-whisper, also after they were kept as bytes."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from scipy.signal import resample_poly

from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.features import (
    HIGHEST,
    LEVEL_DBFS,
    FeatureConfig,
    from_bytes,
    mel_power,
    to_bytes,
    whisper_scale,
)
from triage.recording.level import TARGET_DBFS

CONFIGS = [FeatureConfig(), FeatureConfig(feature_size=128), SCRATCH_FEATURES]
FIXTURE = Path(__file__).parents[2] / "fixtures" / "audio" / "speech_mulaw.wav"


@pytest.fixture(scope="module")
def speech():
    """Speech at 8 kHz."""
    samples, rate = soundfile.read(FIXTURE, dtype="float32")
    assert (rate, samples.ndim) == (8000, 1)
    return samples


def rms_dbfs(audio):
    return 20 * np.log10(np.sqrt(np.mean(audio**2)))


@pytest.mark.parametrize("config", CONFIGS, ids=str)
class TestOfFasterWhisper:
    def test_are_the_same(self, speech, config):
        mine = whisper_scale(mel_power(speech, config)).numpy()
        audio = resample_poly(speech, 2, 1)
        audio = (audio * 10 ** ((LEVEL_DBFS - rms_dbfs(audio)) / 20)).astype(np.float32)
        theirs = FeatureExtractor(config.feature_size, 16_000, config.hop_length, 30, config.n_fft)(audio)
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() < 0.001

    def test_bytes_cost_a_hundredth_at_most(self, speech, config):
        power = mel_power(speech, config)
        kept = to_bytes(power)
        assert kept.dtype == np.uint8
        assert power.max() < HIGHEST
        assert (whisper_scale(from_bytes(kept)) - whisper_scale(power)).abs().max() <= 0.0101

    def test_the_preprocessor_file_says_how_they_are_made(self, config):
        said = config.preprocessor()
        assert FeatureExtractor(**said).time_per_frame == config.frame_seconds == config.position_seconds / 2
        assert FeatureExtractor(**said).mel_filters.shape[0] == config.feature_size


class TestLevel:
    def test_is_that_of_run_time(self):
        assert LEVEL_DBFS == TARGET_DBFS

    def test_of_the_recording_is_of_no_account(self, speech):
        loud, soft = (mel_power(speech * factor, SCRATCH_FEATURES) for factor in (1.0, 0.2))
        torch.testing.assert_close(loud, soft, atol=0.01, rtol=0)

    def test_next_to_nothing_is_not_raised_to_speech(self, speech):
        hiss = np.random.default_rng(0).normal(0, 1e-5, 8000).astype(np.float32)
        assert mel_power(hiss, SCRATCH_FEATURES).max() < mel_power(speech, SCRATCH_FEATURES).max() - 3

    def test_digital_silence_is_finite(self):
        assert mel_power(np.zeros(8000, np.float32), SCRATCH_FEATURES).isfinite().all()

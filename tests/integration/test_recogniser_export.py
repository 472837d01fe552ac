"""A model of hop 320 in unmodified faster-whisper: its times must be those of the sound, however it is asked."""

from pathlib import Path

import numpy as np
import pytest
from faster_whisper import BatchedInferencePipeline, WhisperModel, decode_audio
from support.letter_heads import save_constant_head
from support.tiny_whisper import SECONDS, TEXT, WIDTH, make_tiny_whisper

from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.features import FeatureConfig

RATE = 16_000
FIXTURE = Path(__file__).parents[1] / "fixtures" / "audio" / "speech_mulaw.wav"


def loaded(folder):
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


@pytest.fixture(scope="module")
def model(tiny_whisper):
    return loaded(tiny_whisper)


def noise(seconds):
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def told(segments):
    return [(round(s.start, 2), round(s.end, 2), s.text.strip()) for s in segments]


class TestTimestamps:
    def test_are_seconds_of_the_sound(self, model):
        segments, info = model.transcribe(noise(5), language="id")
        assert told(segments) == [(0.0, SECONDS, TEXT)]
        assert info.duration == pytest.approx(5.0)

    def test_go_on_in_the_next_half_minute(self, model):
        segments, _ = model.transcribe(noise(70), language="id", condition_on_previous_text=False)
        assert told(segments) == [(t, t + SECONDS, TEXT) for t in (0.0, 30.0, 60.0)]

    def test_of_words_lie_inside_the_sound(self, model):
        [segment], _ = model.transcribe(noise(5), language="id", word_timestamps=True)
        assert [w.word.strip() for w in segment.words] == TEXT.split()
        assert all(0 <= w.start <= w.end <= 5 for w in segment.words)

    def test_are_put_back_where_voice_activity_cut_silence_out(self, model):
        speech = decode_audio(str(FIXTURE))
        audio = np.concatenate([np.zeros(6 * RATE, np.float32), speech])
        [segment], _ = model.transcribe(audio, language="id", vad_filter=True)
        assert segment.text.strip() == TEXT
        assert 5.0 < segment.start < segment.end <= 6 + len(speech) / RATE + 2

    def test_of_batches_too(self, model):
        clips = [{"start": 0, "end": 10}, {"start": 10, "end": 20}]
        segments, _ = BatchedInferencePipeline(model).transcribe(
            noise(20), language="id", clip_timestamps=clips, batch_size=2, without_timestamps=False
        )
        assert told(segments) == [(t, t + SECONDS, TEXT) for t in (0.0, 10.0)]


class TestFeatures:
    def test_are_those_the_model_was_trained_on(self, model):
        assert model.feature_extractor.hop_length == SCRATCH_FEATURES.hop_length
        assert model.feature_extractor.n_fft == SCRATCH_FEATURES.n_fft
        assert model.feature_extractor(noise(30)).shape == (80, 1500)

    def test_may_be_whispers_own(self, tmp_path):
        own = loaded(make_tiny_whisper(tmp_path / "own", features=FeatureConfig()))
        assert own.frames_per_second == 100
        assert told(own.transcribe(noise(5), language="id")[0]) == [(0.0, SECONDS, TEXT)]


class TestBesideIt:
    def test_a_letter_head_does_not_disturb(self, tmp_path):
        folder = save_constant_head(make_tiny_whisper(tmp_path / "headed"), WIDTH, "to")
        assert told(loaded(folder).transcribe(noise(5), language="id")[0]) == [(0.0, SECONDS, TEXT)]

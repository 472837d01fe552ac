"""A toy recogniser from clips to text: trained, stopped, resumed, exported, loaded by unmodified faster-whisper."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from faster_whisper import WhisperModel

from training.recogniser.batches import clip_tokens, log_mel, make_batch
from training.recogniser.clips import Clip, read_shard, write_shard
from training.recogniser.export import export
from training.recogniser.model import GUIDE_FRAMES, Size, guide_loss
from training.recogniser.texts import TextSource
from training.recogniser.tokenizer import SPECIAL, load_tokenizer
from training.recogniser.train import TrainConfig, _Run, train

TINY = Size(d_model=32, encoder_layers=1, decoder_layers=2, heads=4)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    write_shard(folder / "shard-0000.npz", TextSource(), seed=1, count=24)
    return folder


@pytest.fixture(scope="module")
def run(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(TrainConfig(clips=clips, run=folder, budget=4, size=TINY, seconds_a_batch=20))
    return folder


class TestTraining:
    def test_learns_a_batch_by_heart(self, clips: Path, tmp_path: Path) -> None:
        config = TrainConfig(clips=clips, run=tmp_path, budget=1e9, size=TINY, encoder_first=0, warmup=1)
        learner = _Run(config)
        batch = make_batch(list(read_shard(clips / "shard-0000.npz"))[:4], learner.tokenizer, np.random.default_rng(0))
        losses = [learner.learn(batch) for _ in range(25)]
        assert losses[-1]["frame"] < 0.8 * losses[0]["frame"]
        assert losses[-1]["token"] < 0.8 * losses[0]["token"]

    def test_goes_on_where_it_stopped(self, clips: Path, run: Path) -> None:
        before = torch.load(run / "checkpoint.pt", weights_only=True)
        train(TrainConfig(clips=clips, run=run, budget=before["spent"] + 1, size=TINY, seconds_a_batch=20))
        after = torch.load(run / "checkpoint.pt", weights_only=True)
        assert after["step"] > before["step"]
        steps = [json.loads(line)["step"] for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
        assert steps == sorted(steps)


class TestExport:
    def test_loads_in_faster_whisper_with_language_timestamps_words_and_prompt(self, run: Path, tmp_path: Path) -> None:
        export(run, tmp_path / "model", TINY)
        model = WhisperModel(str(tmp_path / "model"), device="cpu", compute_type="int8", local_files_only=True)
        assert model.model.is_multilingual
        audio = np.random.default_rng(1).standard_normal(32_000).astype(np.float32) * 0.05
        for options in ({"language": "id", "hotwords": "lepo lepo"}, {"language": None, "vad_filter": True}):
            segments, info = model.transcribe(audio, word_timestamps=True, beam_size=2, max_new_tokens=20, **options)
            assert all(0 <= w.start <= w.end for s in segments for w in s.words)
            assert info.language == "id"


class TestTokens:
    def test_frame_a_sentence_with_timestamps_and_times(self, run: Path) -> None:
        tokenizer = load_tokenizer(run)
        clip = Clip(np.zeros(16_000, np.int16), ["ada", "api"], [0.5, 0.9, 1.3], np.zeros(100, np.uint8))
        ids, centers = clip_tokens(clip, tokenizer, with_timestamps=True)
        tokens = [tokenizer.id_to_token(i) for i in ids]
        assert tokens[:4] == ["<|startoftranscript|>", "<|id|>", "<|transcribe|>", "<|0.50|>"]
        assert tokens[-2:] == ["<|1.30|>", "<|endoftext|>"]
        assert tokenizer.decode([i for i, t in zip(ids, tokens, strict=True) if t not in SPECIAL and "|" not in t]) == (
            " ada api"
        )
        timed = [c for c in centers if c >= 0]
        assert timed == sorted(timed)
        assert 25 <= timed[0] <= timed[-1] <= 65

    def test_silence_is_no_speech(self, run: Path) -> None:
        tokenizer = load_tokenizer(run)
        ids, _ = clip_tokens(Clip(np.zeros(8000, np.int16), [], [], np.zeros(50, np.uint8)), tokenizer, True)
        assert [tokenizer.id_to_token(i) for i in ids] == ["<|startoftranscript|>", "<|nospeech|>"]


class TestGuideLoss:
    def test_is_small_where_attention_is_right_and_large_elsewhere(self) -> None:
        attention = torch.zeros(1, 4, 2, 100)
        attention[0, :, 0, 30] = 1
        attention[0, :, 1, 60] = 1
        right = guide_loss(attention, torch.tensor([[30 + GUIDE_FRAMES, 60]]))
        wrong = guide_loss(attention, torch.tensor([[90, 5]]))
        untimed = guide_loss(attention, torch.tensor([[30, -1]]))
        assert right < 0.01
        assert wrong > 5
        assert untimed < 0.01


class TestLogMel:
    def test_is_what_faster_whisper_computes(self) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor
        from scipy.signal import resample_poly

        audio = np.random.default_rng(1).standard_normal(8000).astype(np.float32) * 0.1
        mine = log_mel(audio, level_dbfs=-26).numpy()
        upsampled = resample_poly(audio, 2, 1)
        upsampled = (upsampled * 10 ** (-26 / 20) / np.sqrt(np.mean(upsampled**2))).astype(np.float32)
        theirs = FeatureExtractor()(upsampled)
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() < 0.02

"""A toy recogniser from clips to text: trained, interrupted, resumed, exported, loaded by unmodified faster-whisper."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from faster_whisper import BatchedInferencePipeline, WhisperModel, decode_audio
from support.clips import write_spoken_shard

from training.recogniser import train as module
from training.recogniser.base import load_trained
from training.recogniser.batches import LETTERS, SLOTS, make_batch
from training.recogniser.config import SCRATCH_FEATURES, TrainConfig
from training.recogniser.export import export
from training.recogniser.feed import ahead
from training.recogniser.model import Size
from training.recogniser.prepare import DataConfig
from training.recogniser.shards import read_shard
from training.recogniser.train import Learner, train
from training.recogniser.windows import Windows
from triage.transcribers.letters import LETTER_HEAD, load_letter_head
from triage.transcribers.whisper import WindowedWhisper

TINY = Size(d_model=32, encoder_layers=1, decoder_layers=2, heads=4)
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return write_spoken_shard(tmp_path_factory.mktemp("clips"))


def config_for(clips, run, budget=3.0, **changes):
    data = DataConfig(clips, 1, SCRATCH_FEATURES)
    return TrainConfig(data=data, run=run, budget=budget, **{"size": TINY, "frames_a_batch": 1500, **changes})


@pytest.fixture(scope="module")
def run(clips, tmp_path_factory):
    """A finished training."""
    folder = tmp_path_factory.mktemp("run")
    train(config_for(clips, folder))
    return folder


@pytest.fixture(scope="module")
def model_folder(clips, run, tmp_path_factory):
    """The finished training as a model."""
    folder = tmp_path_factory.mktemp("model") / "toy"
    export(config_for(clips, run), folder)
    return folder


def state_of(run):
    return torch.load(run / "checkpoint.pt", weights_only=True)


def one_batch(learner, clips):
    """A batch of four clips as they are, and the same every time."""
    rng = np.random.default_rng(0)
    windows = Windows(SCRATCH_FEATURES.frame_seconds, rng)
    windows.clips += islice(read_shard(clips / "shard-0000.npz"), 4)
    return make_batch([windows.draw(11.5, 0.0) for _ in range(4)], learner.coder, SCRATCH_FEATURES, rng)


def learn_by_heart(learner, clips, steps=30):
    batch = one_batch(learner, clips)
    return [learner.learn(batch) for _ in range(steps)]


class TestLearning:
    def test_a_batch_by_heart(self, clips, tmp_path):
        learner = Learner(config_for(clips, tmp_path, 1e9, encoder_first=0.0, warmup=1, peak_lr=5e-3))
        losses = learn_by_heart(learner, clips)
        assert set(losses[-1]) == {"token", "guide", "letter", "phoneme"}
        assert all(losses[-1][name] < 0.8 * losses[0][name] for name in losses[0])

    @pytest.mark.parametrize("without", ["phoneme", "guide"])
    def test_without_one_of_the_helps(self, clips, tmp_path, without):
        changes = {f"{without}_weight": 0.0, "encoder_first": 0.0, "warmup": 1, "peak_lr": 5e-3}
        learner = Learner(config_for(clips, tmp_path, 1e9, **changes))
        head = learner.model.phoneme_head.weight.detach().clone()
        losses = learn_by_heart(learner, clips, 15)
        assert losses[-1]["token"] < 0.9 * losses[0]["token"]
        assert losses[-1]["letter"] < 0.9 * losses[0]["letter"]
        if without == "phoneme":  # weight decay of 0.01 apart, nothing moved it
            torch.testing.assert_close(learner.model.phoneme_head.weight.detach(), head, rtol=0.01, atol=1e-5)

    def test_the_decoder_waits_for_the_encoder(self, clips, tmp_path):
        learner = Learner(config_for(clips, tmp_path, 1e9, encoder_first=0.5))
        decoder = learner.model.whisper.get_decoder().layers[0].fc1.weight
        before = decoder.detach().clone()
        assert set(learn_by_heart(learner, clips, 2)[-1]) == {"letter", "phoneme"}
        assert torch.equal(decoder, before)
        learner.spend(0.6e9)
        assert "token" in learn_by_heart(learner, clips, 1)[-1]
        assert not torch.equal(decoder, before)


class TestARun:
    def test_ends_with_its_budget_and_says_how_it_went(self, run):
        assert state_of(run)["spent"] >= 3.0
        rows = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
        assert rows[-1]["step"] == state_of(run)["step"] >= 1
        assert {"letter", "phoneme", "token", "guide"} <= rows[-1].keys()
        assert json.loads((run / "config.json").read_text("utf-8"))["size"]["d_model"] == 32

    def test_goes_on_after_it_was_interrupted(self, clips, tmp_path, monkeypatch):
        def killed_after_three(batches):
            yield from islice(ahead(batches), 3)
            raise KeyboardInterrupt

        monkeypatch.setattr(module, "SECONDS_BETWEEN_CHECKPOINTS", 0)
        monkeypatch.setattr(module, "ahead", killed_after_three)
        with pytest.raises(KeyboardInterrupt):
            train(config_for(clips, tmp_path, 1e9))
        saved = state_of(tmp_path)
        assert saved["step"] == 3
        (tmp_path / "checkpoint.part").write_bytes(b"killed while saving")

        monkeypatch.setattr(module, "ahead", ahead)
        train(config_for(clips, tmp_path, saved["spent"] + 0.5))
        after = state_of(tmp_path)
        assert after["step"] > 3
        assert after["spent"] >= saved["spent"] + 0.5

    def test_is_taken_up_with_its_weights_and_its_optimiser(self, clips, run):
        learner, saved = Learner(config_for(clips, run)), state_of(run)
        assert (learner.step, learner.spent) == (saved["step"], saved["spent"])
        assert all(torch.equal(tensor, saved["model"][name]) for name, tensor in learner.model.state_dict().items())
        assert len(learner.optimizer.state_dict()["state"]) == len(saved["optimizer"]["state"]) > 0

    def test_goes_on_after_its_end_with_a_larger_budget(self, clips, run):
        before = state_of(run)
        train(config_for(clips, run, before["spent"] + 0.5))
        assert state_of(run)["step"] > before["step"]
        steps = [json.loads(line)["step"] for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
        assert steps == sorted(steps)

    def test_without_clips_says_how_to_make_some(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"no shards in .*: make some with training\.recogniser\.prepare"):
            train(config_for(tmp_path, tmp_path / "run"))


class TestExport:
    def test_is_a_small_folder_with_half_of_whispers_positions(self, model_folder):
        preprocessor = json.loads((model_folder / "preprocessor_config.json").read_text("utf-8"))
        assert (preprocessor["hop_length"], preprocessor["n_fft"], preprocessor["feature_size"]) == (320, 512, 80)
        assert {p.name for p in model_folder.iterdir()} >= {"model.bin", "config.json", "tokenizer.json", LETTER_HEAD}

    def test_of_the_demonstrations_size_is_under_25_megabytes(self, clips, tmp_path):
        config = config_for(clips, tmp_path, size=Size())
        torch.save({"model": load_trained_model(config).state_dict()}, tmp_path / "checkpoint.pt")
        parameters = export(config, tmp_path / "model")
        assert 5 * MEGABYTE < parameters < 12 * MEGABYTE
        sizes = {p.name: p.stat().st_size for p in (tmp_path / "model").iterdir()}
        assert parameters < sizes["model.bin"]
        assert sum(sizes.values()) < 25 * MEGABYTE

    def test_gives_the_letter_head_of_the_training(self, clips, run, model_folder):
        head, trained = load_letter_head(model_folder), state_of(run)["model"]
        assert head.letters == LETTERS
        assert head.weight.shape == (SLOTS * (len(LETTERS) + 1), 32)
        torch.testing.assert_close(torch.from_numpy(head.bias), trained["letter_head.bias"], atol=0.01, rtol=0.01)

    def test_leaves_the_old_model_where_it_fails(self, clips, tmp_path):
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "model.bin").write_bytes(b"old")
        with pytest.raises(FileNotFoundError):
            export(config_for(clips, tmp_path), tmp_path / "model")
        assert (tmp_path / "model" / "model.bin").read_bytes() == b"old"


def load_trained_model(config):
    config.run.mkdir(exist_ok=True)
    return load_trained(config).model


@pytest.fixture(scope="module")
def model(model_folder):
    return WhisperModel(str(model_folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


class TestInFasterWhisper:
    """Unmodified; what the toy writes means nothing, but every way of asking must work."""

    AUDIO = decode_audio(str(Path(__file__).parents[1] / "fixtures" / "audio" / "speech_mulaw.wav"))
    OPTIONS = {"beam_size": 2, "temperature": 0.0, "max_new_tokens": 20}  # noqa: RUF012

    @pytest.mark.parametrize(
        "options",
        [
            {"language": "id"},
            {"language": None},
            {"language": "id", "without_timestamps": True},
            {"language": "id", "word_timestamps": True},
            {"language": "id", "vad_filter": True},
            {"language": "id", "hotwords": "lepo lepo anawai"},
            {"language": "id", "initial_prompt": "tadi ada kebakaran", "word_timestamps": True},
            {"language": "id", "condition_on_previous_text": True, "prefix": "ada"},
        ],
        ids=lambda options: " ".join(options),
    )
    def test_runs(self, model, options):
        segments, info = model.transcribe(self.AUDIO, **self.OPTIONS, **options)
        assert info.language == "id"
        for segment in segments:
            # Seconds of training do not rule out <|notimestamps|> in mid-text, which is read as one position before 0.
            assert -0.03 < segment.start <= segment.end <= info.duration + 30
            assert all(0 <= word.start <= word.end for word in segment.words or ())

    def test_is_multilingual_with_one_language(self, model):
        assert model.model.is_multilingual
        assert model.detect_language(self.AUDIO)[0] == "id"

    def test_counts_frames_of_20_ms(self, model):
        assert (model.frames_per_second, model.tokens_per_second) == (50, 25)

    def test_runs_in_batches(self, model):
        segments, info = BatchedInferencePipeline(model).transcribe(
            np.tile(self.AUDIO, 8), language="id", batch_size=2, word_timestamps=True, **self.OPTIONS
        )
        assert info.duration_after_vad > 0
        assert all(0 <= s.start <= s.end for s in segments)

    def test_the_products_own_transcriber_reads_its_letters(self, model_folder):
        model = WindowedWhisper(str(model_folder), device="cpu", compute_type="int8", cpu_threads=1)
        model.letter_head, model.short_windows = load_letter_head(model_folder), True
        list(model.transcribe(self.AUDIO, language="id", max_new_tokens=5)[0])
        assert set(model.letters) <= set(LETTERS)

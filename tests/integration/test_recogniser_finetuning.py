"""A finished Whisper trained further, in full and with adapters, on a site's recordings among the synthetic ones."""

import json
import shutil
from itertools import islice
from pathlib import Path

import pytest
import torch
from faster_whisper import WhisperModel, decode_audio
from support.clips import write_spoken_shard
from support.hub_whisper import ALIGNMENT_HEADS, WIDTH, make_hub_whisper
from transformers import WhisperForConditionalGeneration
from typer.testing import CliRunner

from training.recogniser import feed
from training.recogniser.base import base_features, base_tokenizer, load_trained
from training.recogniser.config import TrainConfig
from training.recogniser.export import _merged, export
from training.recogniser.features import FeatureConfig
from training.recogniser.feed import Feed
from training.recogniser.prepare import DataConfig
from training.recogniser.recordings import CSV
from training.recogniser.tokens import IGNORED, Coder
from training.recogniser.train import train
from triage.cli.main import app
from triage.transcribers.letters import load_letter_head

AUDIO = Path(__file__).parents[1] / "fixtures" / "audio"
RANK = 2


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The stand-in for a Whisper of the hub."""
    return make_hub_whisper(tmp_path_factory.mktemp("hub") / "whisper-toy")


@pytest.fixture(scope="module")
def clips(tmp_path_factory, base):
    return write_spoken_shard(tmp_path_factory.mktemp("clips"), 8, base_features(str(base)))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site's own recordings: one file."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(AUDIO / "speech_mulaw.wav", folder)
    (folder / CSV).write_text("file,text\nspeech_mulaw.wav,tolong ada kebakaran di lorong anawai\n", encoding="utf-8")
    return folder


def train_further(base, clips, site, run, **changes):
    config = TrainConfig(
        data=DataConfig(clips, 1, base_features(str(base))),
        run=run,
        budget=1.0,
        base=str(base),
        recordings=site,
        recordings_weight=0.5,
        peak_lr=1e-3,
        warmup=1,
        **changes,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "FULL_FRAMES", 1200)  # 12 s of Whisper's 30: a toy's step is long enough
        train(config)
    return config


@pytest.fixture(scope="module")
def full(base, clips, site, tmp_path_factory):
    """All weights trained."""
    return train_further(base, clips, site, tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def adapted(base, clips, site, tmp_path_factory):
    """Adapters trained."""
    return train_further(base, clips, site, tmp_path_factory.mktemp("adapted"), lora_rank=RANK)


def weights_of(config):
    """The Whisper's trained weights by their names in the base, adapters by theirs."""
    state = torch.load(config.run / "checkpoint.pt", weights_only=True)
    assert state["step"] >= 1
    prefix = "whisper."
    return {
        name.removeprefix(prefix).replace(".base_layer", ""): tensor
        for name, tensor in state["model"].items()
        if name.startswith(prefix)
    }


def base_weights(base):
    return WhisperForConditionalGeneration.from_pretrained(base).state_dict()


class TestTheBase:
    def test_gives_its_features_and_tokenizer(self, base):
        assert base_features(str(base)) == FeatureConfig(80, 160, 400)
        assert Coder(base_tokenizer(str(base)), 0.02).code(["ada"], [0.1, 0.4], timed=True).ids

    def test_starts_with_its_own_weights(self, base, clips, tmp_path):
        config = TrainConfig(DataConfig(clips, 1, base_features(str(base))), tmp_path, 1.0, base=str(base))
        started = load_trained(config).model.whisper.state_dict()
        assert all(torch.equal(tensor, started[name]) for name, tensor in base_weights(base).items())

    @pytest.mark.parametrize("rank", [0, RANK])
    def test_kept_in_half_precision_is_trained_in_single(self, base, clips, tmp_path, rank):
        half = shutil.copytree(base, tmp_path / "half")
        WhisperForConditionalGeneration.from_pretrained(base).half().save_pretrained(half)
        config = TrainConfig(
            DataConfig(clips, 1, base_features(str(half))), tmp_path, 1.0, base=str(half), lora_rank=rank
        )
        assert {p.dtype for p in load_trained(config).model.parameters()} == {torch.float32}


class TestTheMixture:
    def test_holds_the_sites_recordings_among_the_spoken_clips(self, base, clips, site, tmp_path):
        config = TrainConfig(
            DataConfig(clips, 1, base_features(str(base))), tmp_path, 1.0, base=str(base), recordings=site
        )
        coder = Coder(base_tokenizer(str(base)), 0.02)
        batches = list(islice(Feed(config, coder, lambda: 0.0, [1]), 10))
        own = torch.cat([(b.phonemes == IGNORED).all(dim=1) for b in batches])
        letters = torch.cat([b.letter_counts for b in batches])
        assert 0.25 < own.float().mean() < 0.75
        assert set(letters[own].tolist()) == {len("tolong ada kebakaran di lorong anawai")}
        assert len(set(letters[~own].tolist())) > 1


class TestInFull:
    def test_changes_the_weights_of_encoder_and_decoder(self, base, full):
        before, after = base_weights(base), weights_of(full)
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert "model.encoder.layers.0.fc1.weight" in changed
        assert "model.decoder.layers.0.encoder_attn.q_proj.weight" in changed


class TestWithAdapters:
    def test_leaves_every_weight_of_the_base_alone(self, base, adapted):
        before, after = base_weights(base), weights_of(adapted)
        assert all(torch.equal(before[name], after[name]) for name in before)

    def test_trains_small_adapters_of_every_attention(self, base, adapted):
        adapters = {name: tensor for name, tensor in weights_of(adapted).items() if "lora_" in name}
        assert {tuple(tensor.shape) for tensor in adapters.values()} == {(RANK, WIDTH), (WIDTH, RANK)}
        # One self-attention and, in the decoder, one cross-attention; query and value of each; two matrices each.
        assert len(adapters) == 3 * 2 * 2
        assert all(tensor.abs().max() > 0 for name, tensor in adapters.items() if "lora_B" in name)
        assert weights_of(adapted).keys() == {*base_weights(base), *adapters}

    def test_adds_them_to_the_weights_they_adapt_and_to_no_other(self, base, adapted):
        trained = load_trained(adapted)
        trained.model.load_state_dict(torch.load(adapted.run / "checkpoint.pt", weights_only=True)["model"])
        merged, before = _merged(trained.model.whisper).state_dict(), base_weights(base)
        changed = {name for name in before if not torch.equal(before[name], merged[name])}
        assert merged.keys() == before.keys()
        assert {name.split(".")[-2] for name in changed} == {"q_proj", "v_proj"}
        assert len(changed) == 3 * 2
        adapters = weights_of(adapted)
        name = "model.encoder.layers.0.self_attn.q_proj"
        a, b = (adapters[f"{name}.lora_{letter}.default.weight"] for letter in "AB")
        torch.testing.assert_close(merged[f"{name}.weight"], before[f"{name}.weight"] + 2 * b @ a, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("kind", ["full", "adapted"])
class TestExport:
    def test_loads_in_unmodified_faster_whisper(self, base, kind, request, tmp_path):
        config = request.getfixturevalue(kind)
        parameters = export(config, tmp_path / "model")
        assert parameters == sum(p.numel() for p in WhisperForConditionalGeneration.from_pretrained(base).parameters())
        model = WhisperModel(str(tmp_path / "model"), device="cpu", compute_type="int8", local_files_only=True)
        segments, info = model.transcribe(
            decode_audio(str(AUDIO / "speech_mulaw.wav")), word_timestamps=True, temperature=0.0, max_new_tokens=10
        )
        assert info.language == "id"
        assert all(word.start <= word.end for segment in segments for word in segment.words)
        assert model.frames_per_second == 100

    def test_keeps_what_the_base_says_of_itself(self, base, kind, request, tmp_path):
        folder = tmp_path / "model"
        export(request.getfixturevalue(kind), folder)
        said = json.loads((folder / "config.json").read_text("utf-8"))
        assert said["alignment_heads"] == ALIGNMENT_HEADS
        assert len(said["lang_ids"]) == 1
        preprocessor = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
        assert (preprocessor["hop_length"], preprocessor["n_fft"]) == (160, 400)
        assert (
            json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
            == (json.loads((base / "tokenizer.json").read_text("utf-8"))["model"])
        )
        assert load_letter_head(folder).weight.shape[1] == WIDTH


class TestCommand:
    def run(self, *options):
        return CliRunner().invoke(app, ["train", "recogniser", *options])

    @pytest.mark.parametrize("missing", [None, "preprocessor_config.json", "tokenizer.json"])
    def test_a_base_that_cannot_be_read_is_named_before_anything_is_made(self, base, tmp_path, missing):
        folder = tmp_path / "nowhere"
        if missing:
            shutil.copytree(base, folder)
            (folder / missing).unlink()
        result = self.run("--base", str(folder), "--run", str(tmp_path / "run"))
        assert result.exit_code == 3
        assert f"Galat: '{folder}' tidak dapat dibaca sebagai Whisper multibahasa" in result.stderr
        assert f"Error: '{folder}' cannot be read as a multilingual Whisper" in result.stderr
        assert "Traceback" not in result.stderr
        assert not (tmp_path / "run").exists()

    def test_a_base_without_whispers_tokens_is_refused(self, base, tmp_path):
        folder = shutil.copytree(base, tmp_path / "english")
        text = (folder / "tokenizer.json").read_text("utf-8").replace("<|id|>", "<|en|>")
        (folder / "tokenizer.json").write_text(text, "utf-8")
        result = self.run("--base", str(folder), "--run", str(tmp_path / "run"))
        assert result.exit_code == 3
        assert "no multilingual Whisper tokenizer: it has no <|id|>" in result.stderr

    def test_recordings_that_cannot_be_used_are_named_before_anything_is_made(self, tmp_path):
        result = self.run("--recordings", str(tmp_path), "--run", str(tmp_path / "run"))
        assert result.exit_code == 2
        assert "Galat: Rekaman tidak dapat dipakai" in result.stderr
        assert f"{CSV} is missing" in result.stderr
        assert not (tmp_path / "run").exists()

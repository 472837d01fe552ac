"""Making the shards of a training."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from training.recogniser import prepare as module
from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.features import FeatureConfig
from training.recogniser.prepare import DataConfig, prepare
from training.recogniser.shards import read_shard
from training.synthesis.utterance import PHONEMES
from triage.errors import InputError


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch):
    monkeypatch.setattr(module, "CLIPS_A_SHARD", 6)


def config_for(folder, shards=1, **changes):
    return DataConfig(folder, shards, **{"features": SCRATCH_FEATURES, **changes})


def clips(folder):
    return [clip for path in sorted(folder.glob("shard-*.npz")) for clip in read_shard(path)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two shards."""
    folder = tmp_path_factory.mktemp("clips")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CLIPS_A_SHARD", 6)
        prepare(config_for(folder, 2))
    return folder


class TestClips:
    def test_are_what_a_model_can_learn_from(self, made):
        found = clips(made)
        assert len(found) == 12
        for clip in found:
            seconds = clip.mel.shape[1] * SCRATCH_FEATURES.frame_seconds
            assert len(clip.phonemes) == pytest.approx(seconds / 0.02, abs=2)
            assert clip.phonemes.max() < len(PHONEMES)
            assert len(clip.word_times) == (len(clip.words) + 1 if clip.words else 0)
            assert clip.word_times == sorted(clip.word_times)
            assert not clip.words or 0 < clip.word_times[0] < clip.word_times[-1] <= seconds + 0.02
            assert {letter for word in clip.words for letter in word} <= set("abcdefghijklmnopqrstuvwxyz'")

    def test_of_one_utterance_differ_by_their_line(self, made):
        first, second, third, other, *_ = [c for c in clips(made) if c.words]
        assert first.words == second.words == third.words != other.words
        assert first.word_times == second.word_times
        assert not np.array_equal(first.mel, second.mel)

    def test_have_their_words_where_there_is_sound(self, made):
        for clip in clips(made):
            if clip.words:
                start, end = (
                    round(t / SCRATCH_FEATURES.frame_seconds) for t in (clip.word_times[0], clip.word_times[-1])
                )
                before = clip.phonemes[: start - 2]
                assert set(before) <= {0}
                assert (clip.phonemes[start:end] > 0).mean() > 0.6


class TestASeed:
    def test_gives_the_same_texts_voices_and_times(self, made, tmp_path):
        prepare(config_for(tmp_path, 1))
        again, before = clips(tmp_path), clips(made)[:6]
        assert [c.words for c in again] == [c.words for c in before]
        for one, other in zip(again, before, strict=True):
            # A breathy voice's own jitter moves words by some milliseconds: espeak-ng keeps no seed.
            assert one.word_times == pytest.approx(other.word_times, abs=0.03)
            assert one.mel.shape[1] == pytest.approx(other.mel.shape[1], abs=3)

    def test_shards_differ_from_each_other(self, made):
        found = clips(made)
        assert [c.words for c in found[:6]] != [c.words for c in found[6:]]

    def test_another_gives_others(self, made, tmp_path):
        prepare(config_for(tmp_path, 1, seed=7))
        assert [c.words for c in clips(tmp_path)] != [c.words for c in clips(made)[:6]]


class TestResuming:
    def test_leaves_what_is_there_and_replaces_a_half_written_file(self, made, tmp_path):
        (tmp_path / "shard-0001.part").write_bytes(b"killed here")
        prepare(config_for(tmp_path, 1))
        first = (tmp_path / "shard-0000.npz").stat()
        prepare(config_for(tmp_path, 2))
        assert (tmp_path / "shard-0000.npz").stat().st_mtime_ns == first.st_mtime_ns
        assert len(clips(tmp_path)) == 12
        assert not list(tmp_path.glob("*.part"))

    def test_the_number_of_shards_may_grow(self, made):
        prepare(config_for(made, 2))
        prepare(config_for(made, 1))
        assert len(list(made.glob("shard-*.npz"))) == 2

    @pytest.mark.parametrize("changes", [{"seed": 1}, {"features": FeatureConfig()}], ids=["seed", "features"])
    def test_clips_of_another_configuration_are_refused(self, made, changes):
        before = (made / "manifest.json").read_text("utf-8")
        with pytest.raises(
            InputError, match=r"holds clips made in another way \(manifest\.json\)\. Remove it, or use another"
        ):
            prepare(replace(config_for(made), **changes))
        assert (made / "manifest.json").read_text("utf-8") == before

    def test_noises_and_licensed_text_are_part_of_it(self, made, tmp_path):
        soundfile.write(tmp_path / "hujan.wav", np.zeros(8000), 8000)
        with pytest.raises(InputError, match="made in another way"):
            prepare(config_for(made, noises=tmp_path))

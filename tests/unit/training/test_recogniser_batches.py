"""Windows to batches."""

import numpy as np
import pytest
import torch
from support.clips import made_clip, site_clip, small_tokenizer

from training.recogniser.batches import LETTERS, SLOTS, grouped, letter_classes, make_batch
from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.features import FeatureConfig
from training.recogniser.tokens import IGNORED, Coder
from training.recogniser.windows import UNKNOWN_PHONEME, Window, Windows


@pytest.fixture(scope="module")
def coder():
    return Coder(small_tokenizer(), SCRATCH_FEATURES.position_seconds)


def window(text, seconds, phonemes=None, prompt=()):
    clip = made_clip(text, seconds)
    mel = torch.ones(clip.mel.shape)
    return Window(mel, clip.words, clip.word_times, clip.phonemes if phonemes is None else phonemes, list(prompt))


def batch_of(coder, *windows, pad_to=None, seed=0, features=SCRATCH_FEATURES):
    return make_batch(windows, coder, features, np.random.default_rng(seed), pad_to)


class TestLetters:
    def test_have_classes_after_the_blank(self):
        text = "ada api di jalan ma'ruf"
        classes = letter_classes(text.split())
        assert min(classes) >= 1
        assert max(letter_classes(["z"])) == len(LETTERS)
        assert "".join(LETTERS[c - 1] for c in classes) == text

    def test_of_all_windows_stand_in_a_row(self, coder):
        batch = batch_of(coder, window("ada api", 2.0), window("", 2.0), window("di lorong", 2.0))
        assert batch.letter_counts.tolist() == [7, 0, 9]
        assert batch.letters.tolist() == letter_classes(["ada", "api"]) + letter_classes(["di", "lorong"])


class TestPadding:
    SHORT, LONG = window("ada api", 2.0), window("tolong ada kebakaran di lorong anawai", 4.0)

    def test_is_zeros_behind_the_sound(self, coder):
        batch = batch_of(coder, self.SHORT, self.LONG)
        assert batch.mel.shape[2] % 2 == 0
        assert batch.mel.shape[2] >= 200
        assert batch.positions.tolist() == [50, 100]
        assert (batch.mel[0, :, :100] == 1).all()
        assert (batch.mel[0, :, 100:] == 0).all()

    def test_teaches_nothing(self, coder):
        batch = batch_of(coder, self.SHORT, self.LONG)
        alone = batch_of(coder, self.SHORT)
        tokens = alone.labels.shape[1]
        assert batch.labels[0, :tokens].tolist() == alone.labels[0].tolist()
        assert (batch.labels[0, tokens:] == IGNORED).all()
        assert (batch.centers[0, tokens + 1 :] == -1).all()
        assert (batch.phonemes[0, 50 * SLOTS :] == IGNORED).all()
        assert (batch.phonemes[0, : 50 * SLOTS] == 1).all()

    def test_goes_to_the_length_asked_for(self, coder):
        batch = batch_of(coder, self.SHORT, pad_to=3000)
        assert batch.mel.shape == (1, 80, 3000)
        assert batch.phonemes.shape == (1, 1500 * SLOTS)
        assert batch.positions.tolist() == [50]

    def test_varies_so_that_its_length_says_nothing(self, coder):
        assert len({batch_of(coder, self.SHORT, seed=i).mel.shape[2] for i in range(10)}) > 3


class TestPhonemes:
    def test_unknown_ones_are_not_learned(self, coder):
        unknown = window("ada", 2.0, np.full(100, UNKNOWN_PHONEME, np.uint8))
        assert set(batch_of(coder, unknown).phonemes.flatten().tolist()) == {IGNORED}

    def test_of_a_recording_joined_to_a_clip_are_unknown_alone(self, coder, monkeypatch):
        monkeypatch.setattr("training.recogniser.windows.CUT_OFF", 0.0)
        made = Windows(0.02, np.random.default_rng(0), [site_clip("ada api", 2.0)], 0.5)
        made.clips = [made_clip("di lorong", 2.0)]
        drawn = [made.draw(4.0, 1.0) for _ in range(20)]
        mixed = next(w for w in drawn if w.words[:3] == ["ada", "api", "di"])
        assert batch_of(coder, mixed).phonemes[0, : 200 // 2 * SLOTS].tolist() == [IGNORED] * 100 + [1] * 100

    def test_stand_where_they_are_spoken_whatever_the_hop(self, coder):
        spoken = np.repeat(np.array([3, 7], np.uint8), 50)
        coarse = batch_of(coder, window("ada", 2.0, spoken)).phonemes[0]
        assert coarse[: 50 * SLOTS].tolist() == [3] * 50 + [7] * 50
        mel = torch.ones(80, 200)  # 2 s of 10 ms
        fine_window = Window(mel, ["ada"], [0.2, 1.8], spoken, [])
        fine = batch_of(coder, fine_window, features=FeatureConfig()).phonemes[0]
        assert fine[: 100 * SLOTS].tolist() == [3] * 100 + [7] * 100


class TestTimestamps:
    def test_are_written_most_of_the_time(self, coder):
        batch = batch_of(coder, *[window("ada", 1.0)] * 200)
        untimed = coder.code(["ada"], [0.2, 0.8], timed=False).ids[3]
        share = (batch.ids == untimed).any(dim=1).float().mean()
        assert 0.08 < share < 0.23


class TestGroups:
    WINDOWS = [window("ada", float(s)) for s in np.random.default_rng(0).uniform(1, 9, 60)]  # noqa: RUF012

    def test_hold_every_window_once(self):
        groups = list(grouped(self.WINDOWS, 1200, np.random.default_rng(0)))
        assert sorted(id(w) for g in groups for w in g) == sorted(map(id, self.WINDOWS))

    def test_are_of_like_length_and_within_the_frames(self):
        groups = list(grouped(self.WINDOWS, 1200, np.random.default_rng(0)))
        lengths = [[w.mel.shape[1] for w in g] for g in groups]
        assert all(len(row) * max(row) <= 1200 for row in lengths)
        assert sum(map(sum, lengths)) > 0.8 * sum(len(row) * max(row) for row in lengths)

    def test_come_in_random_order(self):
        longest = [max(w.mel.shape[1] for w in g) for g in grouped(self.WINDOWS, 1200, np.random.default_rng(0))]
        assert longest != sorted(longest)

    def test_a_window_longer_than_the_frames_stands_alone(self):
        [group] = grouped([window("ada", 9.0)], 100, np.random.default_rng(0))
        assert len(group) == 1

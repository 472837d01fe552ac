"""The stream of batches."""

from itertools import count, islice

import pytest
from support.clips import FRAME, made_clip, small_tokenizer

from training.recogniser import feed
from training.recogniser.clips import MAX_SECONDS
from training.recogniser.config import SCRATCH_FEATURES, TrainConfig
from training.recogniser.feed import FULL_FRAMES, SHORT_SECONDS, Feed, ahead
from training.recogniser.prepare import DataConfig
from training.recogniser.shards import write_shard
from training.recogniser.tokens import Coder

MOST_PADDING = 30 * FRAME


@pytest.fixture(autouse=True)
def _small_pool(monkeypatch):
    monkeypatch.setattr(feed, "POOL", 60)


@pytest.fixture(scope="module")
def coder():
    return Coder(small_tokenizer(), SCRATCH_FEATURES.position_seconds)


@pytest.fixture
def folder(tmp_path):
    """Two shards: clips of 2 s, and of 6 s."""
    write_shard(tmp_path / "shard-0000.npz", [made_clip("ada api", 2.0)] * 20)
    write_shard(tmp_path / "shard-0001.npz", [made_clip("tolong ada api", 6.0)] * 20)
    return tmp_path


def batches(folder, coder, progress, number=20, **changes):
    config = TrainConfig(data=DataConfig(folder, 2, SCRATCH_FEATURES), run=folder, budget=1, **changes)
    return list(islice(Feed(config, coder, lambda: progress, [1]), number))


class TestLength:
    def test_is_short_at_first(self, folder, coder):
        assert all(b.mel.shape[2] * FRAME <= SHORT_SECONDS + MOST_PADDING for b in batches(folder, coder, 0.0))

    def test_is_the_longest_later_on(self, folder, coder):
        seconds = [b.mel.shape[2] * FRAME for b in batches(folder, coder, 0.55)]
        assert max(seconds) > 0.8 * MAX_SECONDS

    def test_is_whispers_own_at_times_towards_the_end(self, folder, coder, monkeypatch):
        monkeypatch.setattr(feed, "FULL_WINDOWS", 0.5)
        padded = [b.mel.shape[2] == FULL_FRAMES for b in batches(folder, coder, 0.9, 40)]
        assert 5 < sum(padded) < 30
        assert not any(b.mel.shape[2] == FULL_FRAMES for b in batches(folder, coder, 0.3, 40))

    def test_is_whispers_own_always_for_a_finished_whisper(self, folder, coder):
        drawn = batches(folder, coder, 0.0, 5, base="some/whisper")
        assert {b.mel.shape[2] for b in drawn} == {FULL_FRAMES}
        assert max(len(b.mel) for b in drawn) <= 8

    def test_holds_about_the_frames_asked_for(self, folder, coder):
        drawn = batches(folder, coder, 0.0, frames_a_batch=1000)
        assert max(len(b.mel) * b.mel.shape[2] for b in drawn) <= 1000 + len(drawn[0].mel) * 30


class TestShards:
    def test_are_taken_in_as_they_come(self, folder, coder, monkeypatch):
        monkeypatch.setattr(feed, "POOL", 8)
        monkeypatch.setattr(feed, "SHORT_SECONDS", MAX_SECONDS)
        late = (folder / "shard-0001.npz").rename(folder / "shard-0001.part")
        config = TrainConfig(data=DataConfig(folder, 2, SCRATCH_FEATURES), run=folder, budget=1)
        stream = iter(Feed(config, coder, lambda: 0.0, [1]))
        letters = {count for _ in range(10) for count in next(stream).letter_counts.tolist()}
        assert {7} <= letters <= {7, 3, 0}  # a half-written shard is not read
        late.rename(folder / "shard-0001.npz")
        assert any(14 in next(stream).letter_counts.tolist() for _ in range(40))

    def test_the_same_seed_draws_the_same(self, folder, coder):
        one, same = (batches(folder, coder, 0.4, 3) for _ in range(2))
        assert all((a.mel == b.mel).all() and (a.ids == b.ids).all() for a, b in zip(one, same, strict=True))


class TestAhead:
    def test_keeps_the_order(self):
        assert list(islice(ahead(count()), 20)) == list(range(20))

    def test_raises_what_goes_wrong_in_its_thread(self):
        def broken():
            yield 1
            yield 2
            raise OSError("the disk is full")

        made = ahead(broken())
        assert [next(made), next(made)] == [1, 2]
        with pytest.raises(OSError, match="the disk is full"):
            next(made)

    def test_is_only_so_far_ahead(self):
        taken = []
        source = (taken.append(i) or i for i in count())
        made = ahead(source, 3)
        for _ in range(50):
            next(made)
        assert len(taken) <= 50 + 3 + 1

"""Files of clips."""

import numpy as np
import pytest
from support.clips import made_clip, site_clip

from training.recogniser.shards import read_shard, write_shard

CLIPS = [made_clip("ada api", 2.0), made_clip("", 1.0, seed=1), made_clip("di lorong anawai", 3.0, seed=2)]


class TestAShard:
    def test_gives_back_what_was_written(self, tmp_path):
        write_shard(tmp_path / "shard-0000.npz", CLIPS)
        for read, clip in zip(read_shard(tmp_path / "shard-0000.npz"), CLIPS, strict=True):
            assert read.words == clip.words
            assert read.word_times == pytest.approx(clip.word_times, abs=0.0005)
            assert np.array_equal(read.mel, clip.mel)
            assert np.array_equal(read.phonemes, clip.phonemes)

    def test_may_hold_clips_without_phonemes(self, tmp_path):
        write_shard(tmp_path / "shard-0000.npz", [site_clip("ada api", 2.0), *CLIPS])
        assert [len(c.phonemes) for c in read_shard(tmp_path / "shard-0000.npz")] == [0, 100, 50, 150]

    def test_is_there_whole_or_not_at_all(self, tmp_path):
        def killed():
            yield CLIPS[0]
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_shard(tmp_path / "shard-0000.npz", killed())
        assert list(tmp_path.glob("*.npz")) == []

    def test_leaves_no_other_file(self, tmp_path):
        write_shard(tmp_path / "shard-0000.npz", CLIPS)
        assert [p.name for p in tmp_path.iterdir()] == ["shard-0000.npz"]

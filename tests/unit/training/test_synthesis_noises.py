"""What else is on the line."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.synthesis.noises import MADE, NoiseBank, read_noises
from training.synthesis.telephone import SAMPLE_RATE, Samples
from triage.errors import InputError


def _bank(voices: int = 0, recorded: dict[str, Samples] | None = None) -> NoiseBank:
    bank = NoiseBank(recorded)
    for index in range(voices):
        bank.hear((index + 1) * np.random.default_rng(index).standard_normal(4000).astype(np.float32))
    return bank


class TestMadeNoises:
    @pytest.mark.parametrize("name", MADE)
    def test_last_as_long_as_asked_and_are_heard(self, name: str) -> None:
        sound = MADE[name](2.0, np.random.default_rng(1))
        assert (sound.shape, sound.dtype) == ((2 * SAMPLE_RATE,), np.float32)
        assert np.isfinite(sound).all()
        assert 0.01 < np.abs(sound).max() <= 2

    @pytest.mark.parametrize("name", MADE)
    def test_are_the_same_for_the_same_seed(self, name: str) -> None:
        first, second = (MADE[name](2.0, np.random.default_rng(1)) for _ in range(2))
        assert np.array_equal(first, second)


class TestReadNoises:
    def test_reads_every_sound_file_at_the_lines_rate(self, tmp_path: Path) -> None:
        for name in ("hujan.wav", "jalan.flac"):
            soundfile.write(tmp_path / name, np.full(16_000, 0.25, np.float32), 16_000)
        (tmp_path / "catatan.txt").write_text("bukan suara")
        noises = read_noises(tmp_path)
        assert list(noises) == ["hujan", "jalan"]
        assert all((len(n), n.dtype) == (SAMPLE_RATE, np.float32) for n in noises.values())

    def test_of_an_empty_folder_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="Name a folder of FLAC"):
            read_noises(tmp_path)


class TestNoiseBank:
    def test_is_ready_for_babble_after_six_voices(self) -> None:
        assert not _bank(5).ready
        assert _bank(6).ready

    def test_babble_has_several_voices_of_one_loudness(self) -> None:
        babble = _bank(6).babble(SAMPLE_RATE, np.random.default_rng(1))
        assert babble.shape == (SAMPLE_RATE,)
        assert np.sqrt(2.5) < np.std(babble) < np.sqrt(6.5)

    def test_draws_plain_lines_most_of_all_and_every_kind_in_the_end(self) -> None:
        recorded = np.full(500, 0.5, np.float32)
        bank, rng = _bank(6, {"jalan": recorded}), np.random.default_rng(1)
        drawn = [bank.draw(3000, rng) for _ in range(300)]
        sounds = [d for d in drawn if d is not None]
        assert all(d.shape == (3000,) for d in sounds)
        assert 0.5 < 1 - len(sounds) / len(drawn) < 0.75
        assert np.mean([np.all(d == 0.5) for d in sounds]) > 0.1

    def test_without_recordings_and_voices_only_made_noises_are_drawn(self) -> None:
        bank, rng = NoiseBank(), np.random.default_rng(2)
        assert any(bank.draw(2000, rng) is not None for _ in range(50))

    def test_forgets_the_oldest_voices(self) -> None:
        bank = _bank(6)
        for _ in range(40):
            bank.hear(np.full(4000, 0.5, np.float32))
        # Of equal voices only: each brought to RMS 1, so the sum is a whole number.
        babble = bank.babble(100, np.random.default_rng(1))
        assert np.allclose(babble, np.round(babble), atol=1e-3)

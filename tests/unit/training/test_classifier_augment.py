import random

import pytest

from training.classifier.augment import PARTICLES, Augmenter, sound_noise


@pytest.fixture(scope="module")
def augmenter():
    return Augmenter.load()


class TestAugmenter:
    def test_is_repeatable_and_does_vary(self, augmenter):
        text = "tolong pak ada pohon tumbang di kemaraya sudah mi menutup jalan kabel putus menjuntai"
        first = [augmenter.vary(text, ("kemaraya",), random.Random(seed)) for seed in range(30)]
        assert first == [augmenter.vary(text, ("kemaraya",), random.Random(seed)) for seed in range(30)]
        assert len(set(first)) >= 25
        assert sum("kemaraya" not in variant for variant in first) >= 8

    def test_uses_known_mishearings(self, augmenter):
        heard = {augmenter.vary("tumbang", (), random.Random(seed)) for seed in range(60)}
        assert heard & {"tumpang", "timbang", "tumban"}

    def test_never_leaves_nothing(self, augmenter):
        assert "mi" in PARTICLES
        assert all(augmenter.vary("mi", (), random.Random(seed)) for seed in range(50))


class TestSoundNoise:
    WORDS = "pohon tumbang menutup jalan besar".split() * 100  # noqa: SIM905

    def test_of_no_rate_changes_nothing(self):
        assert sound_noise(self.WORDS, 0.0, random.Random(1)) == self.WORDS

    def test_changes_about_the_share_asked_for(self):
        noisy = sound_noise(self.WORDS, 0.2, random.Random(1))
        unchanged = sum(word in set(self.WORDS) for word in noisy)
        assert 0.7 * len(self.WORDS) < unchanged < 0.87 * len(self.WORDS)

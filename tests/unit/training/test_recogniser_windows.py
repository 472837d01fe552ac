"""Training windows drawn from clips."""

from itertools import groupby, pairwise

import numpy as np
import pytest
import torch
from support.clips import FRAME, made_clip, site_clip

from training.recogniser import windows
from training.recogniser.windows import UNKNOWN_PHONEME, Windows

NAMES = [[f"{name}{i}" for i in range(4)] for name in "abcdef"]
CLIPS = [made_clip(" ".join(words), 2.0 + 0.2 * i, seed=i) for i, words in enumerate(NAMES)]


def windows_of(*clips, recordings=(), weight=0.0, seed=3):
    made = Windows(FRAME, np.random.default_rng(seed), recordings, weight)
    made.clips += clips
    return made


def seconds(window):
    return window.mel.shape[1] * FRAME


@pytest.fixture
def whole(monkeypatch):
    """No window is cut off."""
    monkeypatch.setattr(windows, "CUT_OFF", 0.0)


@pytest.fixture
def cut_off(monkeypatch):
    """Every window that can be is cut off."""
    monkeypatch.setattr(windows, "CUT_OFF", 1.1)


class TestJoined:
    def test_windows_keep_every_clip_whole_and_in_order(self, whole):
        drawn = [windows_of(*CLIPS, seed=i).draw(11.5, 1.0) for i in range(30)]
        assert min(len(w.words) for w in drawn) >= 8
        for window in drawn:
            runs = [list(run) for _, run in groupby(enumerate(window.words), lambda pair: pair[0] // 4)]
            assert all([word for _, word in run] in NAMES for run in runs)

    def test_times_rise_and_stay_inside_the_window(self, whole):
        for seed in range(30):
            window = windows_of(*CLIPS, seed=seed).draw(11.5, 1.0)
            assert len(window.word_times) == len(window.words) + 1
            assert all(a < b for a, b in pairwise(window.word_times))
            assert 0 <= window.word_times[0] < window.word_times[-1] <= seconds(window)

    def test_each_word_is_where_its_clip_is(self, whole):
        window = windows_of(*CLIPS[:2], seed=1).draw(6.0, 1.0)
        first, second = (CLIPS[NAMES.index(window.words[i : i + 4])] for i in (0, 4))
        offset = first.mel.shape[1] * FRAME
        assert window.word_times[:4] == pytest.approx(first.word_times[:4])
        assert window.word_times[4:8] == pytest.approx([t + offset for t in second.word_times[:4]])

    def test_phonemes_last_as_long_as_the_sound(self, whole):
        window = windows_of(*CLIPS).draw(11.5, 1.0)
        assert len(window.phonemes) == pytest.approx(seconds(window) / 0.02, abs=len(window.words) / 4)
        assert set(window.phonemes) == {1}

    def test_single_ones_are_as_their_clip(self, whole):
        window = windows_of(CLIPS[0]).draw(11.5, 0.0)
        assert (window.words, window.word_times) == (CLIPS[0].words, CLIPS[0].word_times)
        assert window.mel.shape == CLIPS[0].mel.shape

    def test_silence_joins_speech_without_a_word(self, whole):
        drawn = [windows_of(CLIPS[0], made_clip("", 2.0), seed=i).draw(6.0, 1.0) for i in range(20)]
        some = [w for w in drawn if len(w.words) == 4]
        assert some
        assert all(w.word_times[-1] - w.word_times[0] == pytest.approx(1.6) for w in some)
        assert any(w.word_times[0] > 2.0 for w in some)


class TestLength:
    def test_a_clip_that_is_too_long_is_drawn_anew(self):
        made = windows_of(CLIPS[0], made_clip("panjang", 9.0))
        assert all(seconds(made.draw(4.5, 0.0)) <= 4.5 for _ in range(60))


class TestCutOff:
    @pytest.mark.parametrize("seed", range(40))
    def test_windows_write_the_whole_words_and_no_other(self, seed):
        clip = made_clip("satu dua tiga empat lima enam tujuh delapan", 6.0)
        frames = torch.arange(clip.mel.shape[1], dtype=torch.float32).expand(80, -1)
        power, cut = windows_of(seed=seed)._cut(frames, clip)
        start, end = float(power[0, 0]) * FRAME, float(power[0, -1] + 1) * FRAME
        assert power.shape[1] <= frames.shape[1]
        inside = [
            word
            for word, a, b in zip(clip.words, clip.word_times, clip.word_times[1:], strict=False)
            if start - 0.05 <= a and min(b, a + 0.1 + 0.09 * len(word)) <= end + 0.05
        ]
        assert cut.words == inside
        assert len(cut.word_times) == len(cut.words) + 1
        assert all(0 <= a <= b <= end - start + 0.03 for a, b in pairwise(cut.word_times))
        at = clip.words.index(cut.words[0])
        assert cut.word_times[0] == pytest.approx(clip.word_times[at] - start, abs=0.05)

    def test_are_drawn(self, cut_off):
        drawn = [windows_of(CLIPS[0], seed=i).draw(11.5, 0.0) for i in range(20)]
        assert all(w.mel.shape[1] < CLIPS[0].mel.shape[1] for w in drawn)
        assert {len(w.words) for w in drawn} > {3}

    def test_never_where_the_times_are_unknown_for_no_word_could_be_kept(self, cut_off):
        own = site_clip("ada kebakaran di sini", 5.0)
        window = windows_of(CLIPS[0], recordings=[own], weight=1.0).draw(11.5, 0.0)
        assert (window.words, window.mel.shape) == (own.words, own.mel.shape)


class TestRecordings:
    def test_are_drawn_by_their_weight(self, whole):
        made = windows_of(CLIPS[0], recordings=[site_clip("dari kota ini", 3.0)], weight=0.25)
        drawn = [made.draw(11.5, 0.0).words[0] for _ in range(400)]
        assert drawn.count("dari") / 400 == pytest.approx(0.25, abs=0.06)

    def test_of_no_weight_are_not_drawn(self, whole):
        made = windows_of(CLIPS[0], recordings=[site_clip("dari kota ini", 3.0)], weight=0.0)
        assert {made.draw(11.5, 0.0).words[0] for _ in range(50)} == {"a0"}

    def test_teach_no_phonemes(self, whole):
        made = windows_of(CLIPS[0], recordings=[site_clip("dari kota ini", 3.0)], weight=1.0)
        assert set(made.draw(11.5, 0.0).phonemes) == {UNKNOWN_PHONEME}


class TestPrompt:
    def test_is_what_another_clip_said(self, monkeypatch, whole):
        monkeypatch.setattr(windows, "PROMPTED", 1.1)
        drawn = [windows_of(*CLIPS, seed=i).draw(11.5, 0.0) for i in range(30)]
        assert all(w.prompt[:4] in NAMES for w in drawn)
        hinted = [w for w in drawn if len(w.prompt) > 4]
        assert 3 <= len(hinted) <= 20
        assert all(set(w.prompt[4:]) <= set(w.words) for w in hinted)


class TestSound:
    def test_keeps_its_shape_and_stays_finite_whatever_is_added(self, monkeypatch, whole):
        for share in ("NOISY", "OVERHEARD", "WARPED"):
            monkeypatch.setattr(windows, share, 1.1)
        for seed in range(20):
            window = windows_of(CLIPS[0], seed=seed).draw(11.5, 0.0)
            assert window.mel.shape == CLIPS[0].mel.shape
            assert window.mel.isfinite().all()

    def test_is_another_every_time(self, whole):
        made = windows_of(CLIPS[0])
        assert not torch.equal(made.draw(11.5, 0.0).mel, made.draw(11.5, 0.0).mel)

    def test_is_the_same_for_a_seed(self):
        one, same = (windows_of(*CLIPS, seed=5).draw(11.5, 0.5) for _ in range(2))
        assert torch.equal(one.mel, same.mel)
        assert one.words == same.words

    def test_warping_moves_formants(self):
        power = torch.full((80, 3), -4.0)
        power[40] = 0.0
        assert torch.allclose(windows._warp(power, 1.0), power, atol=1e-4)
        assert windows._warp(power, 1.07)[:, 0].argmax() < 40 < windows._warp(power, 0.93)[:, 0].argmax()

    @pytest.mark.parametrize("snr", [6.0, 30.0])
    def test_noise_lies_the_stated_decibels_below(self, snr):
        noise = windows._noise(torch.zeros(80, 400), snr, np.random.default_rng(0))
        bottom = 10 * torch.log10((10 ** noise[0]).mean())  # of the untilted bin
        assert bottom == pytest.approx(-snr, abs=0.5)

    def test_two_sounds_of_one_level_are_three_decibels_louder(self):
        same = torch.zeros(2, 2)
        assert torch.allclose(windows._louder(same, same), torch.full((2, 2), 0.30103))
        assert torch.allclose(windows._louder(same, same - 8), same, atol=1e-4)

    def test_masks_are_bands_of_the_mean(self):
        mel = torch.randn(80, 200, generator=torch.Generator().manual_seed(0))
        masked = [windows._mask(mel.clone(), np.random.default_rng(seed), 1.0) for seed in range(20)]
        changed = [(m != mel) for m in masked]
        assert any(c.any() for c in changed)
        for m, c in zip(masked, changed, strict=True):
            assert torch.allclose(m[c], mel.mean())
            assert c.float().mean() < 0.35

"""The model's losses."""

import numpy as np
import pytest
import torch
from support.clips import made_clip, site_clip, small_tokenizer
from transformers import WhisperForConditionalGeneration

from training.recogniser.batches import make_batch
from training.recogniser.config import SCRATCH_FEATURES, size_for
from training.recogniser.model import GUIDED_HEADS, Size, TrainedWhisper, guide_loss, whisper_config
from training.recogniser.tokenizer import SPECIAL
from training.recogniser.tokens import Coder
from training.recogniser.windows import Windows

TOKENIZER = small_tokenizer()
IDS = {token: TOKENIZER.token_to_id(token) for token in SPECIAL}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    shape = whisper_config(Size(32, 1, 2, 4), TOKENIZER.get_vocab_size(), IDS)
    return TrainedWhisper(WhisperForConditionalGeneration(shape), SCRATCH_FEATURES.position_seconds).eval()


def batch_of(*clips):
    rng = np.random.default_rng(0)
    made = Windows(SCRATCH_FEATURES.frame_seconds, rng)
    made.clips += clips
    windows = [made.draw(11.5, 0.0) for _ in range(3)]
    return make_batch(windows, Coder(TOKENIZER, SCRATCH_FEATURES.position_seconds), SCRATCH_FEATURES, rng)


class TestLosses:
    def test_are_those_of_the_encoder_while_the_decoder_has_nothing_to_read(self, model):
        assert set(model(batch_of(made_clip("ada api", 2.0)), decoder=False)) == {"letter", "phoneme"}

    def test_are_finite_and_the_decoders_too(self, model):
        losses = model(batch_of(made_clip("ada api", 2.0), made_clip("", 2.0)), decoder=True)
        assert set(losses) == {"letter", "phoneme", "token", "guide"}
        assert all(loss.isfinite() for loss in losses.values())

    def test_a_site_s_recordings_teach_letters_and_tokens_but_nothing_of_phonemes_and_times(self, model):
        losses = model(batch_of(site_clip("ada api di sini", 3.0)), decoder=True)
        assert (losses["phoneme"].item(), losses["guide"].item()) == (0.0, 0.0)
        assert losses["letter"].item() > 0
        assert losses["token"].item() > 0

    def test_every_batch_gives_gradients_to_the_same_weights(self, model):
        """Processes average them one by one: a weight without a gradient in one of them would shift all others."""

        def learned(clip):
            model.zero_grad()
            sum(model(batch_of(clip), decoder=True).values()).backward()
            return [name for name, p in model.named_parameters() if p.grad is not None]

        assert (
            learned(made_clip("ada api", 2.0))
            == learned(site_clip("ada api di sini", 3.0))
            == learned(made_clip("", 2.0))
        )

    def test_of_the_heads_leave_the_encoder_of_a_finished_whisper_alone(self, model):
        model.zero_grad()
        model(batch_of(made_clip("ada api", 2.0)), decoder=False, heads_only_read=True)["letter"].backward()
        assert model.letter_head.weight.grad is not None
        assert all(p.grad is None for p in model.whisper.parameters())


class TestEncode:
    def test_is_hugging_faces_own_on_a_full_window(self, model):
        mel = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            theirs = model.whisper.get_encoder()(mel).last_hidden_state
            torch.testing.assert_close(model.encode(mel), theirs, atol=1e-4, rtol=1e-4)

    def test_takes_a_shorter_one(self, model):
        assert model.encode(torch.randn(2, 80, 100)).shape == (2, 50, 32)


class TestGuideLoss:
    WIDTH = 2

    def loss(self, centers):
        attention = torch.zeros(1, 4, 2, 100)
        attention[0, :GUIDED_HEADS, 0, 30] = 1
        attention[0, :GUIDED_HEADS, 1, 60] = 1
        attention[0, GUIDED_HEADS:, :, 99] = 1  # free to look elsewhere
        return float(guide_loss(attention, torch.tensor([centers]), self.WIDTH))

    def test_is_small_where_the_guided_heads_look_at_the_right_place(self):
        assert self.loss([30 + self.WIDTH, 60]) < 0.01

    def test_is_large_elsewhere(self):
        assert self.loss([90, 5]) > 5

    def test_leaves_out_tokens_without_a_time(self):
        assert self.loss([30, -1]) < 0.01
        assert self.loss([-1, -1]) == 0.0


class TestSizeFor:
    def test_grows_with_the_budget_and_with_a_gpu(self):
        widths = [size_for(60.0 * minutes, "cpu").d_model for minutes in (5, 30, 95, 2000)]
        assert widths == sorted(set(widths))
        assert size_for(60.0 * 30, "cuda").d_model > size_for(60.0 * 30, "cpu").d_model

    def test_of_the_demonstration_is_the_default(self):
        assert size_for(95 * 60.0, "cpu") == Size()

"""The Whisper being trained: Hugging Face's modules, run on windows shorter than 30 s, with training-only helps.

Frame labels: a linear layer on the encoder learns the phonemes from espeak-ng's own marks.
CTC: another learns the letters (Graves et al. 2006); it is kept beside the exported model, where its agreement with
the decoder is a measure of doubt.
Guided attention: espeak-ng also says when each word is spoken, so half of the cross-attention heads are told where to
look: those of the first decoder layer at the token just read, those of the last at the token to come (after
Tachibana et al. 2018, "Efficiently trainable text-to-speech system ... with guided attention", with known times).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor, nn
from transformers import WhisperConfig, WhisperForConditionalGeneration

from training.recogniser.batches import LETTERS, SLOTS, Batch
from training.synthesis.utterance import PHONEMES

GUIDED_HEADS = 2
GUIDE_SECONDS = 0.1
"""Half-width of the stretch a guided head must look at."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and depth of the model."""

    d_model: int = 256
    encoder_layers: int = 6
    decoder_layers: int = 2
    heads: int = 4


def whisper_config(size: Size, vocabulary: int, ids: dict[str, int], mel_bins: int = 80) -> WhisperConfig:
    """A Whisper configuration with the token ids of training.recogniser.tokenizer."""
    return WhisperConfig(
        vocab_size=vocabulary,
        num_mel_bins=mel_bins,
        d_model=size.d_model,
        encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=4 * size.d_model,
        decoder_ffn_dim=4 * size.d_model,
        max_source_positions=1500,
        max_target_positions=448,
        # Every window is drawn and augmented anew, and what is trained in hours never sees enough to overfit.
        dropout=0.0,
        pad_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        # The weights are needed; and on a CPU it was no slower than sdpa.
        attn_implementation="eager",
    )


class TrainedWhisper(nn.Module):
    """Whisper with the two heads; forward gives the losses."""

    def __init__(self, whisper: WhisperForConditionalGeneration, position_seconds: float) -> None:
        super().__init__()
        self.whisper = whisper
        width = whisper.config.d_model
        self.phoneme_head = nn.Linear(width, SLOTS * len(PHONEMES))
        self.letter_head = nn.Linear(width, SLOTS * (len(LETTERS) + 1))
        self.guide_width = round(GUIDE_SECONDS / position_seconds)

    def encode(self, mel: Tensor) -> Tensor:
        """Encoder states (b, t, d) for mel (b, bins, 2t) up to 3,000 frames; Hugging Face's own takes 3,000 only."""
        encoder = self.whisper.get_encoder()
        x = F.gelu(encoder.conv1(mel))
        x = F.gelu(encoder.conv2(x)).transpose(1, 2)
        x = x + encoder.embed_positions.weight[: x.shape[1]]
        x = F.dropout(x, encoder.dropout, self.training)
        for layer in encoder.layers:
            x = layer(x, None)
            x = x[0] if isinstance(x, tuple) else x
        return encoder.layer_norm(x)

    def forward(self, batch: Batch, *, decoder: bool, heads_only_read: bool = False) -> dict[str, Tensor]:
        """Mean losses: `phoneme` and `letter` always, `token` and `guide` with the decoder.

        heads_only_read: the two heads learn from the encoder but do not change it (fine-tuning a finished Whisper).
        """
        states = self.encode(batch.mel)
        read = states.detach() if heads_only_read else states
        losses = {"letter": self._letter_loss(read, batch)}
        phonemes = self.phoneme_head(read).reshape(-1, len(PHONEMES)).float()
        # Without known phonemes still a loss, of nothing: every process must have the same gradients to average.
        known = bool((batch.phonemes >= 0).any())
        losses["phoneme"] = F.cross_entropy(phonemes, batch.phonemes.flatten()) if known else phonemes.sum() * 0
        if not decoder:
            return losses
        out = self.whisper.get_decoder()(
            input_ids=batch.ids, encoder_hidden_states=states, output_attentions=True, use_cache=False
        )
        logits = self.whisper.get_output_embeddings()(out.last_hidden_state)
        losses["token"] = F.cross_entropy(logits.flatten(0, 1).float(), batch.labels.flatten())
        first, last = out.cross_attentions[0], out.cross_attentions[-1]
        losses["guide"] = guide_loss(first, batch.centers[:, :-1], self.guide_width)
        losses["guide"] = losses["guide"] + guide_loss(last, batch.centers[:, 1:], self.guide_width)
        return losses

    def _letter_loss(self, states: Tensor, batch: Batch) -> Tensor:
        scores = self.letter_head(states).float()
        scores = scores.reshape(len(states), -1, len(LETTERS) + 1).log_softmax(-1).transpose(0, 1)
        # zero_infinity: speech with more letters than slots (a window cut in mid-word) teaches nothing here.
        return F.ctc_loss(scores, batch.letters, batch.positions * SLOTS, batch.letter_counts, zero_infinity=True)


def guide_loss(attention: Tensor, centers: Tensor, width: int) -> Tensor:
    """-log of the attention (b, heads, n, t) that the guided heads spend within `width` of centers (b, n)."""
    positions = torch.arange(attention.shape[-1], device=attention.device)
    near = (positions - centers.unsqueeze(-1)).abs() <= width
    spent = (attention[:, :GUIDED_HEADS].float() * near.unsqueeze(1)).sum(-1)
    timed = (centers >= 0).unsqueeze(1).expand_as(spent)
    return -(spent + 1e-4).log()[timed].mean() if bool(timed.any()) else spent.sum() * 0

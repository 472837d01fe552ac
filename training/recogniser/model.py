"""The Whisper being trained: Hugging Face's modules, run on windows shorter than 30 s, with two training-only helps.

Frame labels: a linear layer on the encoder learns the phoneme of every 20 ms from espeak-ng's own marks.
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

from training.recogniser.clips import PHONEMES

GUIDED_HEADS = 2
GUIDE_FRAMES = 5
"""Half-width, in encoder positions of 20 ms, of the stretch a guided head must look at."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and depth of the model."""

    d_model: int = 192
    encoder_layers: int = 4
    decoder_layers: int = 2
    heads: int = 4


def whisper_config(size: Size, vocabulary: int, ids: dict[str, int]) -> WhisperConfig:
    """A Whisper configuration with the token ids of training.recogniser.tokenizer."""
    return WhisperConfig(
        vocab_size=vocabulary,
        num_mel_bins=80,
        d_model=size.d_model,
        encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=4 * size.d_model,
        decoder_ffn_dim=4 * size.d_model,
        max_source_positions=1500,
        max_target_positions=448,
        dropout=0.05,
        pad_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        attn_implementation="eager",
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """mel (b, 80, 2t); frames (b, t), -100 where padded; tokens (b, n+1) from startoftranscript on, padded with -100.

    centers (b, n+1): the encoder position at which a token is spoken, -1 for none.
    """

    mel: Tensor
    frames: Tensor
    tokens: Tensor
    centers: Tensor


class TrainedWhisper(nn.Module):
    """Whisper with the frame head; forward gives the three losses."""

    def __init__(self, config: WhisperConfig) -> None:
        super().__init__()
        self.whisper = WhisperForConditionalGeneration(config)
        self.frame_head = nn.Linear(config.d_model, len(PHONEMES))
        self.eot = int(config.eos_token_id)

    def encode(self, mel: Tensor) -> Tensor:
        """Encoder states (b, t, d) for mel (b, 80, 2t) up to 30 s; Hugging Face's own forward takes 30 s only."""
        encoder = self.whisper.model.encoder
        x = F.gelu(encoder.conv1(mel))
        x = F.gelu(encoder.conv2(x)).transpose(1, 2)
        x = x + encoder.embed_positions.weight[: x.shape[1]]
        x = F.dropout(x, encoder.dropout, self.training)
        for layer in encoder.layers:
            x = layer(x, None)
            x = x[0] if isinstance(x, tuple) else x
        return encoder.layer_norm(x)

    def forward(self, batch: Batch, with_decoder: bool) -> dict[str, Tensor]:
        """Mean losses: `frame` always; `token` and `guide` when with_decoder."""
        states = self.encode(batch.mel)
        losses = {"frame": F.cross_entropy(self.frame_head(states).flatten(0, 1), batch.frames.flatten())}
        if not with_decoder:
            return losses
        inputs = batch.tokens[:, :-1].clamp(min=0)
        inputs = torch.where(batch.tokens[:, :-1] < 0, self.eot, inputs)
        out = self.whisper.model.decoder(
            input_ids=inputs, encoder_hidden_states=states, output_attentions=True, use_cache=False
        )
        logits = self.whisper.proj_out(out.last_hidden_state)
        losses["token"] = F.cross_entropy(logits.flatten(0, 1).float(), batch.tokens[:, 1:].flatten())
        read, come = batch.centers[:, :-1], batch.centers[:, 1:]
        losses["guide"] = guide_loss(out.cross_attentions[0], read) + guide_loss(out.cross_attentions[-1], come)
        return losses


def guide_loss(attention: Tensor, centers: Tensor) -> Tensor:
    """-log of the attention (b, heads, n, t) that the guided heads spend within GUIDE_FRAMES of centers (b, n)."""
    positions = torch.arange(attention.shape[-1])
    near = (positions - centers.unsqueeze(-1)).abs() <= GUIDE_FRAMES
    spent = (attention[:, :GUIDED_HEADS].float() * near.unsqueeze(1)).sum(-1)
    timed = (centers >= 0).unsqueeze(1).expand_as(spent)
    return -(spent + 1e-4).log()[timed].mean()

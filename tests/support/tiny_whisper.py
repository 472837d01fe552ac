"""A Whisper of one layer each way that writes what it is told, whatever it hears; unmodified faster-whisper loads it.

Nothing is learned. The decoder's layers add nothing to the residual stream, so the next token depends on the position
(and, weakly, on the last token): each position has a dimension of its own, and the token due there points along it.
"""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import WhisperForConditionalGeneration

from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.export import convert
from training.recogniser.features import FeatureConfig
from training.recogniser.model import Size, whisper_config
from training.recogniser.tokenizer import SPECIAL, train_tokenizer

TEXT = "tolong ada kebakaran di lorong anawai"
SECONDS = 2.0
"""Where the scripted text ends; a window must be longer."""
WIDTH = 64
FIRST = 2
"""Position of the last prompt token (startoftranscript, language, transcribe): it gives the script's first token."""


def make_tiny_whisper(
    folder: Path, *, text: str = TEXT, loops: bool = False, features: FeatureConfig = SCRATCH_FEATURES
) -> Path:
    """Write a model that says `text` from 0 to SECONDS and ends, or says it without end. Takes a few seconds."""
    tokenizer = train_tokenizer([TEXT, text] * 20)
    script = tokenizer.encode(f" {text}", add_special_tokens=False).ids
    script = [tokenizer.token_to_id("<|0.00|>"), *script]
    if not loops:
        script += [tokenizer.token_to_id(f"<|{SECONDS:.2f}|>"), tokenizer.token_to_id("<|endoftext|>")]
    convert(_scripted(tokenizer, script, loops), tokenizer, folder, features)
    return folder


def _scripted(tokenizer: Tokenizer, script: list[int], loops: bool) -> WhisperForConditionalGeneration:
    torch.manual_seed(0)
    ids = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    config = whisper_config(Size(WIDTH, 1, 1, 4), tokenizer.get_vocab_size(), ids)
    model = WhisperForConditionalGeneration(config).eval()
    decoder = model.model.decoder
    assert len(script) < WIDTH
    with torch.no_grad():
        for layer in decoder.layers:
            for linear in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                linear.weight.zero_()
                linear.bias.zero_()
        tokens, positions = decoder.embed_tokens.weight, decoder.embed_positions.weight
        tokens.normal_(0.0, 0.01)
        positions.zero_()
        for step, token in enumerate(script):
            tokens[token, step] += 4.0
        for position in range(FIRST, len(positions)):
            step = position - FIRST
            if loops and step > 0:
                step = 1 + (step - 1) % (len(script) - 1)
            positions[position, min(step, len(script) - 1)] = 20.0
    return model

"""A folder as Hugging Face's hub has them, of a Whisper with random weights: the stand-in for a real one."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from support.clips import small_tokenizer
from training.recogniser.tokenizer import SPECIAL

WIDTH = 32
ALIGNMENT_HEADS = [[0, 1]]


def make_hub_whisper(folder: Path) -> Path:
    """Write config, weights, tokenizer, features and generation settings, each by its own save_pretrained."""
    torch.manual_seed(0)
    tokenizer = small_tokenizer()
    ids = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    end, start = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    common = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end, "decoder_start_token_id": start}
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=tokenizer.get_vocab_size(), num_mel_bins=80, d_model=WIDTH, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=WIDTH, decoder_ffn_dim=WIDTH,
            **common,
        )
    )  # fmt: skip
    model.generation_config = GenerationConfig(
        **common,
        suppress_tokens=[ids[t] for t in ("<|startoflm|>", "<|startofprev|>", "<|nospeech|>")],
        begin_suppress_tokens=[end],
        is_multilingual=True,
        lang_to_id={"<|id|>": ids["<|id|>"]},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        alignment_heads=ALIGNMENT_HEADS,
    )
    model.generation_config._from_model_config = False
    model.save_pretrained(folder)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>", unk_token="<|endoftext|>"
    )
    fast.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    return folder

"""Where a training starts: a new small Whisper, or a finished one of Hugging Face, in full or with LoRA adapters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import WhisperForConditionalGeneration

from training.recogniser.config import TrainConfig
from training.recogniser.features import FeatureConfig
from training.recogniser.model import TrainedWhisper, whisper_config
from training.recogniser.texts import TextSource
from training.recogniser.tokenizer import SPECIAL, load_tokenizer, train_tokenizer

ADAPTED = ("q_proj", "v_proj")
"""Projections that get adapters: those of Hu et al. 2021, section 4.2."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The model being trained and its tokenizer."""

    model: TrainedWhisper
    tokenizer: Tokenizer


def load_trained(config: TrainConfig) -> Trained:
    """The model at the start of `config`. Raises OSError where the base cannot be read, ValueError where unfit."""
    position = config.data.features.position_seconds
    if config.base is None:
        tokenizer = _own_tokenizer(config)
        ids = {token: tokenizer.token_to_id(token) for token in SPECIAL}
        shape = whisper_config(config.size, tokenizer.get_vocab_size(), ids, config.data.features.feature_size)
        return Trained(TrainedWhisper(WhisperForConditionalGeneration(shape), position), tokenizer)
    # Large Whispers are kept in half precision, in which steps of 1e-5 are lost.
    whisper = WhisperForConditionalGeneration.from_pretrained(
        config.base, attn_implementation="eager", dtype=torch.float32
    )
    if config.lora_rank:
        from peft import LoraConfig, inject_adapter_in_model

        adapters = LoraConfig(r=config.lora_rank, lora_alpha=2 * config.lora_rank, target_modules=list(ADAPTED))
        for parameter in whisper.parameters():
            parameter.requires_grad = False
        whisper = inject_adapter_in_model(adapters, whisper)
    return Trained(TrainedWhisper(whisper, position), base_tokenizer(config.base))


def base_tokenizer(base: str) -> Tokenizer:
    """The fast tokenizer of a Hugging Face Whisper. Raises OSError or ValueError."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base, use_fast=True).backend_tokenizer


def base_features(base: str) -> FeatureConfig:
    """The features of a Hugging Face Whisper, from its preprocessor_config.json. Raises OSError or ValueError."""
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor.from_pretrained(base)
    return FeatureConfig(extractor.feature_size, extractor.hop_length, extractor.n_fft)


def _own_tokenizer(config: TrainConfig) -> Tokenizer:
    path: Path = config.run / "tokenizer.json"
    if not path.exists():
        source = TextSource(config.data.licensed)
        sentences = (" ".join(words) for words in source.turns + source.phrases + source.places + source.licensed)
        train_tokenizer(sentences).save(str(path))
    return load_tokenizer(config.run)

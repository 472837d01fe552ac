"""Tokenizer and transformer encoder: the project's own, or any Hugging Face encoder by name or folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel

from training.classifier.config import TrainConfig
from triage.errors import InputError

PAD, UNKNOWN, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """A unigram tokenizer (Kudo 2018) over normalised text, framed as [CLS] ... [SEP]."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        texts,
        trainers.UnigramTrainer(
            vocab_size=vocabulary, special_tokens=list(SPECIAL), unk_token=UNKNOWN, show_progress=False
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}", special_tokens=[(token, tokenizer.token_to_id(token)) for token in (CLS, SEP)]
    )
    return tokenizer


def load_tokenizer(config: TrainConfig, texts: Iterable[str]) -> Tokenizer:
    """The run's tokenizer; trained (or taken from `config.base`) and saved in the run's folder the first time."""
    path = config.run / "tokenizer.json"
    if path.exists():
        return Tokenizer.from_file(str(path))
    if config.base is None:
        tokenizer = train_tokenizer(texts, config.vocabulary)
    else:
        tokenizer = AutoTokenizer.from_pretrained(config.base, use_fast=True).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    config.run.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


def within_positions(config: TrainConfig) -> TrainConfig:
    """`config` with no more tokens than its base has positions for. Raises InputError when the base is no encoder."""
    if config.base is None:
        return config
    try:
        base = AutoConfig.from_pretrained(config.base)
    except (OSError, ValueError) as error:
        raise InputError(
            "base_unusable",
            f"{config.base} bukan encoder Hugging Face, atau tidak ada di komputer ini. Periksa --base.",
            f"{config.base} is no Hugging Face encoder, or not on this machine. Check --base. ({error})",
        ) from error
    positions = getattr(base, "max_position_embeddings", config.max_tokens)
    if "roberta" in base.model_type:  # its first positions are those of the padding
        positions -= base.pad_token_id + 1
    return replace(config, max_tokens=min(config.max_tokens, positions))


def mask_id(tokenizer: Tokenizer) -> int:
    """The token that stands for a masked one. Raises InputError when the base's tokenizer has none."""
    found: int | None
    for token in (MASK, "<mask>"):
        if (found := tokenizer.token_to_id(token)) is not None:
            return found
    raise InputError(
        "base_without_mask",
        "Tokenizer encoder ini tidak punya token [MASK], jadi tidak dapat dipra-latih. Beri --mlm-epochs 0.",
        "The tokenizer of this encoder has no [MASK] token, so it cannot be pre-trained. Give --mlm-epochs 0.",
    )


def build_encoder(config: TrainConfig, vocabulary: int, weights: Path | None = None) -> Any:
    """A transformers encoder: `config.base`, or a BERT of the configured size with random weights.

    `weights` is a folder written by save_pretrained (the pre-trained encoder), loaded instead when given.
    """
    if config.base is not None:
        encoder = AutoModel.from_pretrained(weights or config.base)
        if getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # unused; not every encoder can be asked to come without
        return encoder
    if weights is not None:
        return AutoModel.from_pretrained(weights, add_pooling_layer=False)
    return BertModel(
        BertConfig(
            vocab_size=vocabulary,
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=4 * config.width,
            max_position_embeddings=config.max_tokens,
            type_vocab_size=1,
            pad_token_id=0,
        ),
        add_pooling_layer=False,
    )

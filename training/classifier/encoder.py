"""Tokenizer and transformer encoder: the project's own, or any Hugging Face encoder by name or folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from training.classifier.config import TrainConfig

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


def build_encoder(config: TrainConfig, vocabulary: int, weights: Path | None = None) -> Any:
    """A transformers encoder: `config.base`, or a BERT of the configured size with random weights.

    `weights` is a folder written by save_pretrained (the pre-trained encoder), loaded instead when given.
    """
    if weights is not None:
        return AutoModel.from_pretrained(weights, add_pooling_layer=False)
    if config.base is not None:
        return AutoModel.from_pretrained(config.base)
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

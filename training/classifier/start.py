"""What every fine-tuning starts with: the tokenizer and the pre-trained encoder."""

from __future__ import annotations

from training.classifier.branches import Start
from training.classifier.config import TrainConfig
from training.classifier.dataset import from_calls, from_phrases
from training.classifier.encoder import load_tokenizer
from training.classifier.knowledge import label_texts
from training.classifier.pretrain import pretrain, read_text
from training.corpus.bundled import Corpus


def pretrained(config: TrainConfig, corpus: Corpus) -> Start:
    """The run's tokenizer and encoder, made the first time. No label is read, and no validation call."""
    texts = _texts(config, corpus)
    tokenizer = load_tokenizer(config, texts)
    return Start(tokenizer, pretrain(config, tokenizer, texts) if config.mlm_epochs else None)


def _texts(config: TrainConfig, corpus: Corpus) -> list[str]:
    """The general text once, the project's own `config.corpus_weight` times."""
    general = read_text(config.text, config.skip_sources) if config.text else []
    examples = [
        *from_calls(corpus.calls),
        *from_phrases(corpus.phrases, corpus.taxonomy, "phrase", 1.0),
        *from_phrases(label_texts(corpus.taxonomy), corpus.taxonomy, "label", 1.0),
    ]
    own = [text for example in examples for text in (example.text, example.mixed) if text]
    return general + list(dict.fromkeys(own)) * config.corpus_weight

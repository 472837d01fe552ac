"""A small Whisper tokenizer: byte-level BPE in the order of ids that faster-whisper and CTranslate2 expect.

Order: text tokens, "" (CTranslate2 takes a model as multilingual only when the vocabulary has it), endoftext,
startoftranscript, the language, translate, transcribe, startoflm, startofprev, nospeech, notimestamps, and 1501
timestamps from <|0.00|> to <|30.00|>.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|id|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
TIMESTAMPS = tuple(f"<|{i * 0.02:.2f}|>" for i in range(1501))
MERGED_VOCABULARY = 1200


def train_tokenizer(sentences: Iterable[str]) -> Tokenizer:
    """Train on written sentences (lower case, no punctuation)."""
    trainer = trainers.BpeTrainer(  # type: ignore[call-arg]
        vocab_size=MERGED_VOCABULARY, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.train_from_iterator((" " + s for s in sentences), trainer)
    state = json.loads(bpe.to_str())
    vocabulary, merges = state["model"]["vocab"], state["model"]["merges"]
    # faster-whisper suppresses the bare space as a first token, so every letter needs a token with its space.
    for letter in string.ascii_lowercase:
        if "Ġ" + letter not in vocabulary:
            vocabulary["Ġ" + letter] = len(vocabulary)
            merges.append(["Ġ", letter])
    vocabulary[""] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[tuple(m) for m in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in TIMESTAMPS])
    return tokenizer


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer saved in a folder."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))

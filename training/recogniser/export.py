"""Checkpoint to a folder that unmodified faster-whisper loads: CTranslate2 int8 weights, tokenizer, preprocessor.

Beside them lies the letter head, which only the product's own transcriber reads.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer
from torch import nn
from transformers import GenerationConfig, PreTrainedTokenizerFast, WhisperForConditionalGeneration

from training.recogniser.base import load_trained
from training.recogniser.batches import LETTERS
from training.recogniser.config import SCRATCH_FEATURES, TrainConfig
from training.recogniser.features import FeatureConfig
from training.recogniser.model import GUIDED_HEADS
from training.recogniser.tokenizer import SPECIAL
from triage.transcribers.letters import LETTER_HEAD


def export(config: TrainConfig, folder: Path) -> int:
    """Write the run's checkpoint to `folder` as CTranslate2 int8; the number of the Whisper's parameters.

    The folder is replaced only when all went well.
    """
    trained = load_trained(config)
    checkpoint = torch.load(config.run / "checkpoint.pt", weights_only=True, map_location="cpu")
    trained.model.load_state_dict(checkpoint["model"])
    whisper = trained.model.whisper.eval()
    if config.base is None:
        convert(whisper, trained.tokenizer, folder, config.data.features, trained.model.letter_head)
    else:
        _convert_base(_merged(whisper), config.base, folder, trained.model.letter_head)
    return int(sum(parameter.numel() for parameter in whisper.parameters()))


def convert(
    whisper: WhisperForConditionalGeneration,
    tokenizer: Tokenizer,
    folder: Path,
    features: FeatureConfig = SCRATCH_FEATURES,
    letter_head: nn.Linear | None = None,
) -> None:
    """Convert a Whisper with a tokenizer of training.recogniser.tokenizer to CTranslate2 int8 at `folder`."""
    ids = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    layers = whisper.config.decoder_layers
    generation = GenerationConfig(
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        # End-of-text stays out of begin_suppress_tokens, so that silence can end at once.
        begin_suppress_tokens=[ids[t] for t in ("<|startoflm|>", "<|startofprev|>", "<|translate|>")],
        suppress_tokens=[ids[t] for t in ("<|startoflm|>", "<|startofprev|>", "<|nospeech|>")],
        is_multilingual=True,
        lang_to_id={"<|id|>": ids["<|id|>"]},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        alignment_heads=[[layers - 1, head] for head in range(GUIDED_HEADS)],
    )
    # One marked as derived from the model's config would be rebuilt on saving, without lang_to_id.
    generation._from_model_config = False
    whisper.generation_config = generation

    def save(huggingface: Path) -> None:
        fast = PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>", unk_token="<|endoftext|>"
        )
        fast.save_pretrained(huggingface)
        # The fast tokenizer's own save may reorder; what was trained with is what must be shipped.
        tokenizer.save(str(huggingface / "tokenizer.json"))
        preprocessor = json.dumps(features.preprocessor(), indent=2) + "\n"
        (huggingface / "preprocessor_config.json").write_text(preprocessor, "utf-8")

    _to_ctranslate2(whisper, save, folder, letter_head)


def _convert_base(
    whisper: WhisperForConditionalGeneration, base: str, folder: Path, letter_head: nn.Linear | None
) -> None:
    """A fine-tuned Whisper keeps the tokenizer, the generation settings and the features of its base."""
    from transformers import AutoTokenizer, WhisperFeatureExtractor

    def save(huggingface: Path) -> None:
        AutoTokenizer.from_pretrained(base, use_fast=True).save_pretrained(huggingface)
        WhisperFeatureExtractor.from_pretrained(base).save_pretrained(huggingface)

    _to_ctranslate2(whisper, save, folder, letter_head)


def _merged(whisper: nn.Module) -> WhisperForConditionalGeneration:
    """The Whisper with its LoRA adapters, if any, added to the weights they adapt."""
    from peft.tuners.lora import LoraLayer

    for name, module in list(whisper.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, child = name.rpartition(".")
            setattr(whisper.get_submodule(parent), child, module.get_base_layer())
    return whisper


def _to_ctranslate2(
    whisper: WhisperForConditionalGeneration,
    save_beside: Callable[[Path], None],
    folder: Path,
    letter_head: nn.Linear | None,
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        huggingface, converted = Path(temporary) / "hf", Path(temporary) / "ct2"
        whisper.save_pretrained(huggingface)
        save_beside(huggingface)
        copied = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(str(huggingface), copy_files=copied).convert(str(converted), quantization="int8")
        if letter_head is not None:
            weight, bias = letter_head.weight.detach().half().numpy(), letter_head.bias.detach().half().numpy()
            np.savez(converted / LETTER_HEAD, weight=weight, bias=bias, letters=np.array(LETTERS))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(converted, folder)

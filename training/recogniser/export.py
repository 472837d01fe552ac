"""Checkpoint to a folder that unmodified faster-whisper loads: CTranslate2 int8 weights, tokenizer, preprocessor."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer
from transformers import GenerationConfig, PreTrainedTokenizerFast, WhisperForConditionalGeneration

from training.recogniser.model import GUIDED_HEADS, Size, TrainedWhisper, whisper_config
from training.recogniser.tokenizer import SPECIAL, load_tokenizer

PREPROCESSOR = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}


def export(run: Path, folder: Path, size: Size | None = None) -> int:
    """Write run/checkpoint.pt to `folder` as CTranslate2 int8; the number of parameters.

    The folder is replaced only when all went well.
    """
    tokenizer = load_tokenizer(run)
    ids = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    model = TrainedWhisper(whisper_config(size or Size(), tokenizer.get_vocab_size(), ids))
    model.load_state_dict(torch.load(run / "checkpoint.pt", weights_only=True)["model"])
    convert(model.whisper.eval(), tokenizer, folder)
    return int(sum(parameter.numel() for parameter in model.whisper.parameters()))


def convert(whisper: WhisperForConditionalGeneration, tokenizer: Tokenizer, folder: Path) -> None:
    """Convert to CTranslate2 int8 at `folder`, with tokenizer.json and preprocessor_config.json beside the weights."""
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
    with tempfile.TemporaryDirectory() as temporary:
        huggingface, converted = Path(temporary) / "hf", Path(temporary) / "ct2"
        whisper.save_pretrained(huggingface)
        fast = PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>", unk_token="<|endoftext|>"
        )
        fast.save_pretrained(huggingface)
        (huggingface / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2) + "\n", "utf-8")
        TransformersConverter(str(huggingface), copy_files=["tokenizer.json", "preprocessor_config.json"]).convert(
            str(converted), quantization="int8"
        )
        # The fast tokenizer's own save may reorder; what was trained with is what must be shipped.
        tokenizer.save(str(converted / "tokenizer.json"))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(converted, folder)

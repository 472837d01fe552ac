"""The bundled classifier: one ONNX graph (transformer and linear branch), int8, all heads in one pass."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from triage.classifier.answer import Interpreter
from triage.classifier.combine import Distributions, combine
from triage.classifier.evidence import log_odds, spans, word_scores
from triage.classifier.features import Ngrams, counted, ngrams
from triage.classifier.labels import NO_EXCEPTION, Labels
from triage.classifier.model import Classification, EvidenceSpan, Limits, Turn
from triage.classifier.text import Word, words
from triage.errors import ModelError
from triage.taxonomy import Taxonomy, load_taxonomy

WINDOW_WORDS, STRIDE_WORDS = 32, 16
"""A call whose tokens do not fit the encoder is read in windows of so many words, each half over the last."""


@dataclass(frozen=True, slots=True)
class Serving:
    """serving.json: what the code must know to feed the model."""

    name: str
    version: str
    hash_bits: int
    max_tokens: int
    warnings: tuple[str, ...]


class OnnxClassifier:
    """Reads a model folder and classifies calls, each alone.

    Calls are not padded into batches: int8 activation ranges are taken per tensor, so a call's answer would depend on
    its neighbours. Alone, the command line and the API give the same bytes. Raises ModelError when the folder is not
    usable, or does not fit its taxonomy: the one in its folder "taxonomy", else the bundled one; KnowledgeError when
    that taxonomy is not sound.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        try:
            self._labels = Labels.load(folder / "labels.json")
            calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
            self._interpreter = Interpreter(
                self._labels,
                calibration["temperature"],
                calibration["urgency_bias"],
                calibration["ghost_bias"],
                Limits(**calibration["limits"]),
            )
            serving = json.loads((folder / "serving.json").read_text(encoding="utf-8"))
            self._serving = Serving(**serving | {"warnings": tuple(serving["warnings"])})
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # tokenizers and onnxruntime raise bare Exception subclasses for damaged files
            raise ModelError(
                "classifier_unusable",
                f"Model pengklasifikasi di {folder} tidak ada atau rusak. Periksa dengan `triage models list`, "
                "lalu pasang ulang folder modelnya.",
                f"The classifier model in {folder} is missing or damaged ({error}). Check with `triage models list`, "
                "then put its folder back.",
            ) from error
        own = folder / "taxonomy"
        self._taxonomy = load_taxonomy(own if own.is_dir() else None)
        _check_taxonomy(self._labels, self._taxonomy)

    @property
    def name(self) -> str:
        """Name and version, as it stands in Suggestion.versions."""
        return f"{self._serving.name} {self._serving.version}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings (Indonesian) every suggestion made with it must carry."""
        return self._serving.warnings

    @property
    def taxonomy(self) -> Taxonomy:
        """What its codes mean."""
        return self._taxonomy

    @property
    def labels(self) -> Labels:
        """The codes the model knows."""
        return self._labels

    def classify(self, calls: Sequence[Sequence[Turn]], *, evidence: bool = False) -> list[Classification]:
        """Classify each call alone. A call without words gets uniform distributions: nothing said, nothing known."""
        return [self._classify(turns, evidence) for turns in calls]

    def logits(self, text: str) -> NDArray[np.float32]:
        """Raw logits (outputs,) of one window of normalised, non-empty text."""
        return self._read(text).logits

    def _read(self, text: str) -> _Read:
        encoding = self._tokenizer.encode(text)
        ids = encoding.ids
        if len(ids) > self._serving.max_tokens:
            ids = [*ids[: self._serving.max_tokens - 1], ids[-1]]
        found = ngrams(text, self._serving.hash_bits)
        feature_ids, feature_counts = counted(found)
        feed: dict[str, Any] = {
            "input_ids": np.asarray([ids], dtype=np.int64),
            "feature_ids": feature_ids,
            "feature_counts": feature_counts,
        }
        logits, token_scores, feature_scores = self._session.run(None, feed)
        return _Read(text, encoding, found, logits[0], token_scores, feature_scores)

    def _windows(self, said: list[Word]) -> list[list[Word]]:
        tokens = len(self._tokenizer.encode(" ".join(word.text for word in said)).ids)
        if tokens <= self._serving.max_tokens:
            return [said]
        starts = range(0, max(1, len(said) - WINDOW_WORDS + STRIDE_WORDS), STRIDE_WORDS)
        return [said[start : start + WINDOW_WORDS] for start in starts]

    def _classify(self, turns: Sequence[Turn], evidence: bool) -> Classification:
        said = words(turns)
        if not said:
            return self._interpreter.nothing_known()
        windows = self._windows(said)
        read = [self._read(" ".join(word.text for word in window)) for window in windows]
        seen = [self._interpreter.distributions(one.logits) for one in read]
        whole = combine(seen)
        found: tuple[EvidenceSpan, ...] = ()
        if evidence:
            best = int(whole.complaint_type.argmax())
            clearest = max(range(len(read)), key=lambda index: seen[index].complaint_type[best])
            found = self._evidence(windows[clearest], read[clearest], seen[clearest], best)
        return self._interpreter.named(whole, found)

    def _evidence(self, said: Sequence[Word], read: _Read, seen: Distributions, best: int) -> tuple[EvidenceSpan, ...]:
        temperature = self._interpreter.temperature["complaint_type"]
        scores = word_scores(
            len(said),
            read.token_words(),
            log_odds(read.token_scores.astype(np.float64) / temperature, seen.complaint_type, best),
            read.ngrams,
            log_odds(read.feature_scores.astype(np.float64) / temperature, seen.complaint_type, best),
        )
        return spans(said, scores, self._labels.complaint_type[best])


@dataclass(frozen=True, slots=True)
class _Read:
    """What the graph gave for a window, and what it was fed. Scores are parts of the types' logits (evidence.py)."""

    text: str
    encoding: Encoding
    ngrams: Ngrams
    logits: NDArray[np.float32]
    token_scores: NDArray[np.float32]
    feature_scores: NDArray[np.float32]

    def token_words(self) -> list[int | None]:
        """The word of each token; None for the special tokens."""
        starts = [0, *(place.end() for place in re.finditer(" ", self.text))]
        return [
            bisect_right(starts, end - 1) - 1 if end and not special else None
            for (_, end), special in zip(self.encoding.offsets, self.encoding.special_tokens_mask, strict=True)
        ][: len(self.token_scores)]


def _check_taxonomy(labels: Labels, taxonomy: Taxonomy) -> None:
    """Raise ModelError when the model could give a code, or a type with an OPD, that the taxonomy does not allow."""
    exceptions = {NO_EXCEPTION, *(exception.short for exception in taxonomy.safety.values())}
    strangers = [
        *(code for code, prior in labels.opd_prior.items() if not _allows(taxonomy, code, prior)),
        *(code for code in labels.ghost_kind if code not in taxonomy.ghost_kinds),
        *(code for code in labels.safety if code not in exceptions),
    ]
    if strangers:
        raise ModelError(
            "classifier_taxonomy_mismatch",
            f"Model pengklasifikasi tidak cocok dengan taksonomi {taxonomy.version} ({strangers[0]}). "
            "Latih ulang: `triage train classifier`.",
            f"The classifier model does not fit taxonomy {taxonomy.version} ({strangers[0]}). "
            "Train it again: `triage train classifier`.",
        )


def _allows(taxonomy: Taxonomy, code: str, opds: Iterable[str]) -> bool:
    return code in taxonomy.types and set(opds) <= set(taxonomy.types[code].allowed_opds)

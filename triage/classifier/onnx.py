"""The bundled classifier: one ONNX graph (transformer and linear branch), int8, all heads in one pass."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from triage.classifier.combine import Distributions, combine, priority_of, softmax, type_opd_pair
from triage.classifier.evidence import erasure_evidence
from triage.classifier.features import hashed_ngrams
from triage.classifier.labels import HEADS, Labels
from triage.classifier.model import Classification, EvidenceSpan, Turn
from triage.classifier.text import Word, words
from triage.errors import ModelError
from triage.taxonomy import Taxonomy, load_taxonomy

WINDOW_WORDS, STRIDE_WORDS = 64, 32
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
    usable, or does not fit the taxonomy.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        try:
            self._labels = Labels.load(folder / "labels.json")
            calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
            self._urgency_bias = float(calibration["urgency_bias"])
            self._temperature = {head: float(calibration["temperature"][head]) for head in HEADS}
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
        _check_taxonomy(self._labels, load_taxonomy())
        self._slices = self._labels.slices()
        self._log_opd_prior = self._labels.log_opd_prior()
        self._priority_given_type = self._labels.priority_given_type()

    @property
    def name(self) -> str:
        """Name and version, as it stands in Suggestion.versions."""
        return f"{self._serving.name} {self._serving.version}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings (Indonesian) every suggestion made with it must carry."""
        return self._serving.warnings

    @property
    def labels(self) -> Labels:
        """The codes the model knows."""
        return self._labels

    def classify(self, calls: Sequence[Sequence[Turn]], *, evidence: bool = False) -> list[Classification]:
        """Classify each call alone. A call without words gets uniform distributions: nothing said, nothing known."""
        return [self._classify(turns, evidence) for turns in calls]

    def logits(self, text: str) -> NDArray[np.float32]:
        """Raw logits (outputs,) of one window of normalised, non-empty text."""
        ids = self._tokenizer.encode(text).ids
        if len(ids) > self._serving.max_tokens:
            ids = [*ids[: self._serving.max_tokens - 1], ids[-1]]
        feature_ids, feature_counts = hashed_ngrams(text, self._serving.hash_bits)
        feed: dict[str, Any] = {
            "input_ids": np.asarray([ids], dtype=np.int64),
            "feature_ids": feature_ids,
            "feature_counts": feature_counts,
        }
        found: NDArray[np.float32] = self._session.run(["logits"], feed)[0][0]
        return found

    def _window(self, said: Sequence[Word]) -> Distributions:
        if not said:
            return self._nothing_known()
        logits = self.logits(" ".join(word.text for word in said)).astype(np.float64)
        scaled = {head: logits[self._slices[head]] / self._temperature[head] for head in HEADS}
        opd_prior = self._log_opd_prior / self._temperature["target_opd"]  # part of what the head was trained as
        types = softmax(scaled["complaint_type"])
        return Distributions(
            disposition=softmax(scaled["disposition"]),
            complaint_type=types,
            opd_given_type=softmax(scaled["target_opd"][None, :] + opd_prior),
            priority=priority_of(scaled["priority"], types, self._priority_given_type, self._urgency_bias),
            ghost_kind=softmax(scaled["ghost_kind"]),
        )

    def _nothing_known(self) -> Distributions:
        allowed = np.where(np.isfinite(self._log_opd_prior), 0.0, -np.inf)
        even = {head: softmax(np.zeros(len(self._labels.codes(head)))) for head in HEADS if head != "target_opd"}
        return Distributions(**even, opd_given_type=softmax(allowed))

    def _windows(self, said: list[Word]) -> list[list[Word]]:
        tokens = len(self._tokenizer.encode(" ".join(word.text for word in said)).ids)
        if tokens <= self._serving.max_tokens:
            return [said]
        starts = range(0, max(1, len(said) - WINDOW_WORDS + STRIDE_WORDS), STRIDE_WORDS)
        return [said[start : start + WINDOW_WORDS] for start in starts]

    def _classify(self, turns: Sequence[Turn], evidence: bool) -> Classification:
        windows = self._windows(words(turns))
        read = [self._window(window) for window in windows]
        whole = combine(read)
        types, opds = type_opd_pair(whole.complaint_type, whole.opd_given_type)
        spans: tuple[EvidenceSpan, ...] = ()
        if evidence and windows[0]:
            best = int(whole.complaint_type.argmax())
            clearest = max(range(len(read)), key=lambda index: read[index].complaint_type[best])
            spans = erasure_evidence(
                windows[clearest],
                lambda kept: float(self._window(kept).complaint_type[best]),
                self._labels.complaint_type[best],
            )
        return Classification(
            disposition=_named(self._labels.disposition, whole.disposition),
            complaint_type=_named(self._labels.complaint_type, types),
            target_opd=_named(self._labels.target_opd, opds),
            priority=_named(self._labels.priority, whole.priority),
            ghost_kind=_named(self._labels.ghost_kind, whole.ghost_kind),
            evidence=spans,
        )


def _check_taxonomy(labels: Labels, taxonomy: Taxonomy) -> None:
    """Raise ModelError when the model could give a type or a pair of type and OPD that the taxonomy does not allow."""
    for code, prior in labels.opd_prior.items():
        if code not in taxonomy.types or not set(prior) <= set(taxonomy.types[code].allowed_opds):
            raise ModelError(
                "classifier_taxonomy_mismatch",
                f"Model pengklasifikasi tidak cocok dengan taksonomi {taxonomy.version} (jenis {code}). "
                "Latih ulang: `triage train classifier`.",
                f"The classifier model does not fit taxonomy {taxonomy.version} (type {code}). "
                "Train it again: `triage train classifier`.",
            )


def _named(codes: Sequence[str], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """Codes with their probabilities, the likeliest first."""
    order = np.argsort(-probabilities, kind="stable")
    return {codes[index]: float(probabilities[index]) for index in order}

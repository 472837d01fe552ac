"""Figures over the folds of cross-fitting: on unseen stories and writers, and of the int8 graph against torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.classifier.config import TrainConfig
from training.classifier.crossfit import CrossFitted
from training.classifier.dataset import from_calls
from training.classifier.evaluation.baseline import baseline
from training.classifier.evaluation.contract import contract, coverage_at
from training.classifier.evaluation.judged import Judged, from_classification
from training.classifier.evaluation.measures import certainty, measure
from training.classifier.fit import Fitted
from training.corpus.split import all_round_writers, near_pairs
from triage.classifier.combine import softmax
from triage.classifier.onnx import OnnxClassifier

BASELINE_HEADS = ("disposition", "complaint_type")


def branch_accuracy(crossed: CrossFitted, fitted: Fitted) -> dict[str, float]:
    """Type accuracy of each branch alone and of both, over all held-out calls that have a type."""
    block = fitted.labels.slices()["complaint_type"]
    typed = [n for n, example in enumerate(crossed.examples) if example.complaint_type]
    truth = np.asarray([fitted.labels.complaint_type.index(str(crossed.examples[n].complaint_type)) for n in typed])
    logits = {
        "transformer": crossed.deep,
        "linear": crossed.wide,
        "together": crossed.deep + fitted.calibration.share * crossed.wide,
    }
    return {name: float((found[typed][:, block].argmax(1) == truth).mean()) for name, found in logits.items()}


def cross_validation(crossed: CrossFitted, fitted: Fitted) -> dict[str, Any]:
    """Figures on the calls of writers in training (unseen stories) and of all-round writers (unseen altogether).

    Beside the model the SVM fitted on the raw calls of the same folds. near_duplicates: pairs of calls in different
    folds that tell the same story in the same words; it must be 0.
    """
    writers = all_round_writers(crossed.calls)
    parts = {
        "stories": [n for n, call in enumerate(crossed.calls) if call.writer not in writers],
        "writers": [n for n, call in enumerate(crossed.calls) if call.writer in writers],
    }
    judged = [from_classification(answer) for answer in fitted.answers]
    rivals = _baseline_of_folds(crossed)
    found: dict[str, Any] = {
        "folds": len(crossed.branches),
        "near_duplicates": near_duplicates(crossed),
        "fitted_on": fitted.fitted_on,
    }
    for name, chosen in parts.items():
        if chosen:
            calls = [crossed.calls[n] for n in chosen]
            served = [n for n in chosen if crossed.calls[n].complaint_type]
            svm = measure(calls, [rivals[n] for n in chosen])
            found[name] = {
                "calls": len(chosen),
                "model": measure(calls, [judged[n] for n in chosen]),
                "svm_calls": {key: svm[key] for key in ("type_accuracy", "type_macro_f1", "type_top3")},
                "coverage_at_95": coverage_at(*certainty([(crossed.calls[n], judged[n]) for n in served])),
                "contract": contract(calls, [fitted.answers[n] for n in chosen]),
            }
    return found


def near_duplicates(crossed: CrossFitted) -> int:
    """Pairs of calls in different folds whose texts are nearly the same."""
    fold = np.asarray(crossed.fold)
    pairs = near_pairs([call.text() for call in crossed.calls])
    return int(sum((fold[left] != fold[right]).sum() for left, right in pairs)) // 2


def _baseline_of_folds(crossed: CrossFitted) -> dict[int, Judged]:
    found: dict[int, Judged] = {}
    for fold in range(len(crossed.branches)):
        held_out = set(crossed.held_out(fold))
        seen = from_calls(call for number, call in enumerate(crossed.calls) if number not in held_out)
        numbers = sorted(held_out)
        texts = [crossed.examples[number].text for number in numbers]
        found |= dict(zip(numbers, baseline(seen, texts, BASELINE_HEADS), strict=True))
    return found


def fidelity(config: TrainConfig, crossed: CrossFitted, fitted: Fitted) -> dict[str, float]:
    """The int8 graph of every fold against torch, on the fold's held-out calls.

    same_type: share with the same likeliest type; probability_shift: mean and largest change of its probability.
    """
    block = fitted.labels.slices()["complaint_type"]
    temperature = fitted.calibration.temperature["complaint_type"]
    expected = crossed.deep + fitted.calibration.share * crossed.wide
    same: list[bool] = []
    shifts: list[float] = []
    for fold in range(len(crossed.branches)):
        served = OnnxClassifier(config.run / f"fold-{fold}" / "model", threads=1)
        for number in crossed.held_out(fold):
            logits = served.logits(crossed.examples[number].text)
            torch_types = softmax(expected[number, block].astype(np.float64) / temperature)
            int8_types = softmax(logits[block].astype(np.float64) / temperature)
            best = int(torch_types.argmax())
            same.append(best == int(int8_types.argmax()))
            shifts.append(abs(float(torch_types[best] - int8_types[best])))
    return {
        "calls": len(same),
        "same_type": float(np.mean(same)),
        "mean_probability_shift": float(np.mean(shifts)),
        "largest_probability_shift": float(np.max(shifts)),
    }

"""Everything measured of a model folder on calls it never saw, with the baselines in the same table."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress
from pathlib import Path
from statistics import fmean
from typing import Any

from training.classifier.augment import sound_noise
from training.classifier.dataset import Example, from_calls, from_phrases
from training.classifier.evaluation.baseline import baseline
from training.classifier.evaluation.contract import contract, coverage_at, risk_coverage
from training.classifier.evaluation.judged import Judged, from_classification, from_suggestion
from training.classifier.evaluation.measures import (
    by_ghost_kind,
    by_type,
    certainty,
    interval,
    measure,
    reliability,
)
from training.classifier.evaluation.slices import slices
from training.classifier.knowledge import label_texts, lay_words, utterances
from training.corpus.bundled import Corpus
from training.corpus.load import Call
from triage.classifier.labels import GHOST
from triage.classifier.model import Classification, Turn
from triage.classifier.onnx import OnnxClassifier
from triage.classifier.text import plain
from triage.pipeline import TextPipeline

WORD_ERRORS = 0.2
"""Word error rate of the corpus' own noise model under which the text-ASR gap is measured."""
DRAWS = 5
"""How often each call is misheard anew: which words are lost decides a few calls of a hundred."""
SVM_CALLS, SVM_ALL = "svm_calls", "svm_all"


def evaluate(folder: Path, corpus: Corpus) -> dict[str, Any]:
    """Figures on `corpus.validation`: docs/classifier.md names each field.

    columns: the model, what the operator is shown, the model on a mono recording and on misheard text, and the SVM
    given the raw calls alone, and given all the training texts that the model got. Raises ModelError.
    """
    calls = list(corpus.validation)
    classifier = OnnxClassifier(folder, threads=1)
    answers = classifier.classify([call.as_turns() for call in calls])
    found = columns(classifier, answers, corpus)
    served = [number for number, call in enumerate(calls) if call.complaint_type]
    confidence, right = certainty([(calls[n], found["model"][n]) for n in served])
    svm = certainty([(calls[n], found[SVM_ALL][n]) for n in served])
    return {
        "calls": len(calls),
        "columns": {name: mean_measure(calls, judged) for name, judged in found.items()},
        "intervals": intervals(calls, found["model"]),
        "types": {
            code: row | {"svm_recall": other["recall"]}
            for (code, row), other in zip(
                by_type(_pairs(calls, found["model"])).items(),
                by_type(_pairs(calls, found[SVM_ALL])).values(),
                strict=True,
            )
        },
        "ghost_kinds": by_ghost_kind(_pairs(calls, found["model"])),
        "confusions": confusions(calls, found["model"]),
        "reliability": reliability(confidence, right),
        "risk_coverage": {"model": risk_coverage(confidence, right), SVM_ALL: risk_coverage(*svm)},
        "coverage_at_95": {"model": coverage_at(confidence, right), SVM_ALL: coverage_at(*svm)},
        "contract": contract(calls, answers),
        "slices": by_slice(corpus, {name: found[name] for name in ("model", "misheard", SVM_ALL)}),
    }


def columns(classifier: OnnxClassifier, answers: Sequence[Classification], corpus: Corpus) -> dict[str, list[Judged]]:
    """The answers of each column, for every call; "misheard" has DRAWS rounds of all calls."""
    calls = list(corpus.validation)
    pipeline = TextPipeline(classifier, classifier.taxonomy)
    texts = [plain(call.as_turns()) for call in calls]
    shown = pipeline.suggest_texts([(call.id, call.as_turns()) for call in calls])
    mono = [[Turn("mixed", turn.text) for turn in call.turns] for call in calls]
    return {
        "model": [from_classification(answer) for answer in answers],
        "shown": [from_suggestion(suggestion) for suggestion in shown],
        "mono": [from_classification(answer) for answer in classifier.classify(mono)],
        "misheard": [
            from_classification(answer)
            for draw in range(DRAWS)
            for answer in classifier.classify(misheard(texts, seed=draw))
        ],
        SVM_CALLS: baseline(from_calls(corpus.calls), texts),
        SVM_ALL: baseline(training_texts(corpus), texts),
    }


def mean_measure(calls: Sequence[Call], judged: Sequence[Judged]) -> dict[str, float]:
    """The mean of each figure over the rounds: `judged` holds one answer or more for every call, round after round."""
    rounds = [measure(calls, judged[first : first + len(calls)]) for first in range(0, len(judged), len(calls))]
    return {name: fmean(figures[name] for figures in rounds) for name in rounds[0]}


def training_texts(corpus: Corpus) -> list[Example]:
    """All the texts with labels that a model is trained on, as they are: calls, phrases, what the taxonomy says."""
    said = [*label_texts(corpus.taxonomy), *lay_words(corpus.taxonomy), *utterances(corpus.taxonomy)]
    return [
        *from_calls(corpus.calls),
        *from_phrases(corpus.phrases, corpus.taxonomy, "phrase", 1.0),
        *from_phrases(said, corpus.taxonomy, "label", 1.0),
    ]


def misheard(texts: Sequence[str], seed: int) -> list[list[Turn]]:
    """Each text as one turn of a caller with WORD_ERRORS of its words wrong."""
    chance = random.Random(seed)
    return [[Turn("caller", " ".join(sound_noise(text.split(), WORD_ERRORS, chance)))] for text in texts]


def intervals(calls: Sequence[Call], judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Shares with their 95 % confidence intervals."""
    pairs = _pairs(calls, judged)
    served = [(call, answer) for call, answer in pairs if call.disposition != GHOST]
    return {
        "type_accuracy": interval(call.complaint_type == answer.types[0] for call, answer in served),
        "type_top3": interval(call.complaint_type in answer.types[:3] for call, answer in served),
        "opd_accuracy": interval(call.target_opd == answer.opd for call, answer in served),
        "p1_recall": interval(answer.priority == "P1" for call, answer in served if call.priority == "P1"),
        "ghost_recall": interval(answer.disposition == GHOST for call, answer in pairs if call.disposition == GHOST),
        "false_ghost_rate": interval(answer.disposition == GHOST for _, answer in served),
    }


def confusions(calls: Sequence[Call], judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Each pair of a true type and a wrong first type, the commonest first."""
    wrong: dict[tuple[str, str], int] = {}
    for call, answer in _pairs(calls, judged):
        if call.complaint_type and answer.types[0] != call.complaint_type:
            pair = (call.complaint_type, answer.types[0])
            wrong[pair] = wrong.get(pair, 0) + 1
    return [
        {"true": true, "answered": answered, "calls": number}
        for (true, answered), number in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    ]


def by_slice(corpus: Corpus, columns_: dict[str, list[Judged]]) -> dict[str, dict[str, Any]]:
    """The main figures on each slice of the tickets and information calls; "noisy" reads misheard text."""
    calls = list(corpus.validation)
    rules: dict[str, Callable[[Call], bool]] = {"all": lambda call: True, **slices(corpus.taxonomy)}
    found: dict[str, dict[str, Any]] = {}
    for name, holds in rules.items():
        chosen = [call.complaint_type is not None and holds(call) for call in calls]
        if any(chosen):
            row = partial(_row, calls, chosen)
            found[name] = {"calls": sum(chosen), "model": row(columns_["model"]), SVM_ALL: row(columns_[SVM_ALL])}
    rounds = len(columns_["misheard"]) // len(calls)
    served = [call.complaint_type is not None for call in calls] * rounds
    found["noisy"] = {"calls": sum(served), "model": _row(calls * rounds, served, columns_["misheard"])}
    return found


def _row(calls: Sequence[Call], chosen: Sequence[bool], judged: Sequence[Judged]) -> dict[str, float]:
    figures = measure(list(compress(calls, chosen)), list(compress(judged, chosen)))
    return {name: figures[name] for name in ("type_accuracy", "type_top3", "opd_accuracy", "p1_recall")}


def _pairs(calls: Sequence[Call], judged: Sequence[Judged]) -> list[tuple[Call, Judged]]:
    return list(zip(calls, judged, strict=True))

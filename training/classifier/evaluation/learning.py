"""Learning curve: how good with so many training texts a type. By the linear branch and the SVM, which fit in seconds.

The transformer is left out: one point of it costs as much as ten of the others, and the linear branch carries most.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from training.classifier.config import TrainConfig
from training.classifier.dataset import Example, from_calls
from training.classifier.evaluation.baseline import baseline
from training.classifier.evaluation.measures import macro_f1
from training.classifier.evaluation.run import training_texts
from training.classifier.knowledge import build_labels
from training.classifier.linear import fit_linear
from training.corpus.bundled import Corpus
from triage.classifier.text import plain

SIZES = (5, 10, 30, 100, 300)


def learning_curve(corpus: Corpus, seed: int = 0) -> list[dict[str, float]]:
    """For each of SIZES: macro-F1 of both on the validation calls, from whole calls alone and from all texts.

    A row: {"texts_a_type", "calls_linear", "calls_svm", "all_linear", "all_svm"}; a type with fewer texts gives all.
    """
    judged = [call for call in corpus.validation if call.complaint_type]
    texts = [plain(call.as_turns()) for call in judged]
    truth = [call.complaint_type for call in judged]
    labels = build_labels(corpus.taxonomy, corpus.calls)
    config = TrainConfig(run=Path(), out=Path())
    sources = {"calls": from_calls(corpus.calls), "all": training_texts(corpus)}
    rows = []
    for size in SIZES:
        row: dict[str, float] = {"texts_a_type": size}
        for name, examples in sources.items():
            drawn = draw(examples, size, random.Random(seed))
            linear = fit_linear(drawn, labels, config.hash_bits, config.linear_c)
            found = linear.logits(texts)[:, labels.slices()["complaint_type"]].argmax(1)
            row[f"{name}_linear"] = macro_f1(truth, [labels.complaint_type[best] for best in found])
            row[f"{name}_svm"] = macro_f1(truth, [one.types[0] for one in baseline(drawn, texts, ("complaint_type",))])
        rows.append(row)
    return rows


def draw(examples: Sequence[Example], size: int, chance: random.Random) -> list[Example]:
    """At most `size` examples of each type."""
    by_type: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.complaint_type:
            by_type[example.complaint_type].append(example)
    return [one for code in sorted(by_type) for one in chance.sample(by_type[code], min(size, len(by_type[code])))]

"""The baseline beside which every figure stands: TF-IDF of words and characters, and a linear SVM for each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_union
from sklearn.svm import LinearSVC

from training.classifier.dataset import Example
from triage.classifier.labels import HEADS
from triage.classifier.model import Classification


def baseline_answers(examples: Sequence[Example], texts: Sequence[str]) -> list[Classification]:
    """Fit on the examples and answer for normalised texts; "probabilities" are the softmax of the SVM's margins."""
    vectoriser = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
    )
    known = vectoriser.fit_transform([example.text for example in examples])
    asked = vectoriser.transform(texts)
    answers: list[dict[str, Any]] = [{} for _ in texts]
    for head in HEADS:
        rows = [row for row, example in enumerate(examples) if getattr(example, head) is not None]
        machine = LinearSVC(C=0.5).fit(known[rows], [getattr(examples[row], head) for row in rows])
        for answer, scores in zip(answers, softmax(machine.decision_function(asked), axis=1), strict=True):
            answer[head] = dict(zip(machine.classes_.tolist(), scores.tolist(), strict=True))
    return [Classification(**answer) for answer in answers]

"""The baseline beside which every figure stands: TF-IDF of words and characters, and a linear SVM for each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_union
from sklearn.svm import LinearSVC

from training.classifier.dataset import Example
from training.classifier.evaluation.judged import Judged, from_classification
from triage.classifier.labels import HEADS, NO_EXCEPTION
from triage.classifier.model import Classification

_UNLEARNED = {"disposition": "ticket", "safety": NO_EXCEPTION}
"""Answer of a head for which the examples hold fewer than two labels."""


def baseline(examples: Sequence[Example], texts: Sequence[str], heads: Sequence[str] = HEADS) -> list[Judged]:
    """Fit on the examples and answer for normalised texts; "probabilities" are the softmax of the SVM's margins.

    heads: those to fit; a figure of another head means nothing.
    """
    vectoriser = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
    )
    known = vectoriser.fit_transform([example.text for example in examples])
    asked = vectoriser.transform(texts)
    answers: list[dict[str, Any]] = [{} for _ in texts]
    for head in HEADS:
        rows = [row for row, example in enumerate(examples) if getattr(example, head) is not None]
        labels = [getattr(examples[row], head) for row in rows]
        if head not in heads or len(set(labels)) < 2:
            for answer in answers:
                answer[head] = {labels[0] if labels else _UNLEARNED.get(head, ""): 1.0}
            continue
        machine = LinearSVC(C=0.5, random_state=0).fit(known[rows], labels)
        margins = machine.decision_function(asked)
        if len(machine.classes_) == 2:
            margins = [[-margin, margin] for margin in margins]
        for answer, scores in zip(answers, softmax(margins, axis=1), strict=True):
            answer[head] = dict(zip(machine.classes_.tolist(), scores.tolist(), strict=True))
    return [from_classification(Classification(**answer, suspected=_suspected(answer["safety"]))) for answer in answers]


def _suspected(safety: dict[str, float]) -> str | None:
    """The likeliest label of the safety head, unless it says that there is no exception: the SVM has no limits."""
    likeliest = max(safety, key=lambda code: safety[code])
    return None if likeliest == NO_EXCEPTION else likeliest

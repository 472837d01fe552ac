"""Cross-fitting: every call answered by a model that saw neither its story nor, of the newer calls, its writer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.classifier.branches import Branches, Logits, Start, answers, fit_branches
from training.classifier.config import TrainConfig
from training.classifier.dataset import Example, from_calls
from training.classifier.prepare import prepare
from training.corpus.bundled import Corpus
from training.corpus.load import Call
from training.corpus.split import grouped_folds


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """The calls with words in them, in the corpus' order, and what models that did not see them answer.

    deep, wide: logits of the branches, (calls, outputs). fold: of each call.
    """

    calls: list[Call]
    examples: list[Example]
    fold: list[int]
    deep: Logits
    wide: Logits
    branches: list[Branches]

    def held_out(self, fold: int) -> list[int]:
        """Numbers of the calls of a fold."""
        return [number for number, found in enumerate(self.fold) if found == fold]


def crossfit(config: TrainConfig, start: Start, corpus: Corpus) -> CrossFitted:
    """Fit a model a fold and let it answer for the fold's calls. Finished folds in `config.run` are not done again."""
    folds = grouped_folds(corpus.calls, config.folds, config.seed, corpus.reporters)
    placed = list(zip(corpus.calls, folds, strict=True))
    spoken = [(call, example, fold) for call, fold in placed for example in from_calls([call])]
    deep: list[Logits] = []
    wide: list[Logits] = []
    branches = []
    for number in range(config.folds):
        fitted = [call for call, fold in placed if fold != number]
        prepared = prepare(config, corpus.taxonomy, fitted, corpus.phrases)
        branches.append(fit_branches(config, start, prepared, config.run / f"fold-{number}"))
        texts = [example.text for _, example, fold in spoken if fold == number]
        found = answers(config, start, branches[-1], texts)
        deep.append(found[0])
        wide.append(found[1])
    order = np.argsort([fold for _, _, fold in spoken], kind="stable")
    back = np.argsort(order)
    return CrossFitted(
        calls=[call for call, _, _ in spoken],
        examples=[example for _, example, _ in spoken],
        fold=[fold for _, _, fold in spoken],
        deep=np.concatenate(deep)[back],
        wide=np.concatenate(wide)[back],
        branches=branches,
    )

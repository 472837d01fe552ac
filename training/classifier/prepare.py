"""What a run is trained on, and what it holds out for calibration."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.classifier.augment import Augmenter
from training.classifier.config import TrainConfig
from training.classifier.dataset import Example, from_calls, from_phrases, openings
from training.classifier.finetune import Material
from training.classifier.knowledge import build_labels, lay_words, utterances
from training.corpus.load import Call, Phrase, check_codes
from training.corpus.split import grouped_folds
from triage.classifier.labels import Labels
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Prepared:
    """Labels, training material, texts for pre-training, and the examples held out for calibration."""

    labels: Labels
    material: Material
    words: list[Example]
    held_out: list[Example]

    def for_linear(self, seed: int) -> list[Example]:
        """Training examples of the linear branch: as they are, and each call misheard and as a mono recording too."""
        chance, calls = random.Random(seed), self.material.calls
        vary = self.material.augmenter.vary
        misheard = [replace(call, text=vary(call.text, call.places, chance), weight=0.5) for call in calls]
        mono = [replace(call, text=call.mixed, weight=0.5) for call in calls]
        return [*calls, *self.material.phrases, *self.words, *misheard, *mono]


def prepare(config: TrainConfig, taxonomy: Taxonomy, calls: Sequence[Call], phrases: Sequence[Phrase]) -> Prepared:
    """Check the corpus against the taxonomy and split it.

    Held out for calibration: one fold of the calls, whole stories at a time, and the taxonomy's utterances. The calls'
    writers avoided repeating themselves, so their fold alone is harder than a new caller; the utterances, by another
    hand and on the types' main events, are easier. Raises CorpusError on an unknown code.
    """
    check_codes(calls, types=set(taxonomy.types), opds=set(taxonomy.opds), ghost_kinds=set(taxonomy.ghost_kinds))
    folds = grouped_folds([" ".join(turn.text for turn in call.turns) for call in calls], config.folds, config.seed)
    fitted = [call for call, fold in zip(calls, folds, strict=True) if fold]
    kept_out = [call for call, fold in zip(calls, folds, strict=True) if not fold]
    return Prepared(
        labels=build_labels(taxonomy, fitted),
        material=Material(
            calls=from_calls(fitted),
            phrases=from_phrases(phrases, "phrase", 0.7),
            greetings=openings(fitted),
            augmenter=Augmenter.load(),
        ),
        words=from_phrases(lay_words(taxonomy), "word", 0.5),
        held_out=[*from_calls(kept_out), *from_phrases(utterances(taxonomy), "utterance", 1.0)],
    )

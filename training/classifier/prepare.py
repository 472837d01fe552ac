"""What a training is fitted on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.classifier.augment import Augmenter
from training.classifier.config import TrainConfig
from training.classifier.dataset import Example, from_calls, from_phrases, openings
from training.classifier.finetune import Material
from training.classifier.knowledge import build_labels, label_texts, lay_words, utterances
from training.corpus.load import Call, Phrase
from triage.classifier.labels import Labels
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Prepared:
    """Labels, training material, and the taxonomy's lay words."""

    labels: Labels
    groups: list[int]
    material: Material
    words: list[Example]

    def for_linear(self, config: TrainConfig) -> list[Example]:
        """Training examples of the linear branch: as they are, each call misheard again and again, as a mono
        recording, and as a recogniser wrote it. No composed calls: its n-grams of the phrases say the same."""
        chance, material = random.Random(config.seed), self.material
        misheard = [
            replace(call, text=material.augmenter.vary(call.text, call.places, chance, noisy=1.0), weight=0.5)
            for call in [*material.calls] * config.misheard
            if config.augment
        ]
        mono = [replace(call, text=call.mixed, weight=0.5) for call in material.calls if call.mixed]
        heard = [replace(call, text=call.heard, weight=0.5) for call in material.calls if call.heard]
        return [*material.calls, *material.phrases, *material.label_texts, *self.words, *misheard, *mono, *heard]


def prepare(config: TrainConfig, taxonomy: Taxonomy, calls: Sequence[Call], phrases: Sequence[Phrase]) -> Prepared:
    """What to fit on these calls, the phrase bank and the taxonomy."""
    said = label_texts(taxonomy) if config.label_texts else []
    said_in_full = utterances(taxonomy) if config.label_texts else []
    words = lay_words(taxonomy) if config.label_texts else []
    groups = list(dict.fromkeys(kind.group for kind in taxonomy.types.values()))
    return Prepared(
        labels=build_labels(taxonomy, calls),
        groups=[groups.index(kind.group) for kind in taxonomy.types.values()],
        material=Material(
            calls=[*from_calls(calls), *from_phrases(said_in_full, taxonomy, "utterance", 1.0)],
            phrases=from_phrases(phrases, taxonomy, "phrase", 0.7),
            label_texts=from_phrases(said, taxonomy, "label", 0.5),
            greetings=openings(calls) or [""],
            main_opds={code: kind.main_opd for code, kind in taxonomy.types.items()},
            augmenter=Augmenter.load(),
        ),
        words=from_phrases(words, taxonomy, "word", 0.5),
    )

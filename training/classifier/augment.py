"""Augmentation of normalised text: what a weak recogniser, another caller or another street would have made of it.

Sources: triage/taxonomy/data/asr_noise.csv (known mishearings), the gazetteer, and sound-alike letters of Indonesian.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import triage
from triage.classifier.text import plain_text

_PACKAGE = Path(triage.__file__).resolve().parent
ASR_NOISE = _PACKAGE / "taxonomy" / "data" / "asr_noise.csv"
GAZETTEER = _PACKAGE / "places" / "data" / "gazetteer.csv"
PARTICLES = frozenset({"mi", "ji", "pi", "ki", "toh", "kah", "di", "kodong", "pale", "eh", "eee", "anu"})
_SOUND_ALIKE = {
    "p": "b", "b": "p", "t": "d", "d": "t", "k": "g", "g": "k", "f": "p", "v": "f", "z": "s", "s": "z", "j": "c",
    "c": "j", "e": "i", "i": "e", "o": "u", "u": "o", "m": "n", "n": "m", "l": "r", "r": "l", "y": "i", "w": "u",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Augmenter:
    """Mishearings (words -> variants) and place names, with which texts are varied."""

    mishearings: dict[tuple[str, ...], tuple[str, ...]]
    places: tuple[str, ...]

    @classmethod
    def load(cls) -> Augmenter:
        """Read the ASR noise table and the gazetteer from the package."""
        mishearings = {}
        with ASR_NOISE.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                heard = tuple(plain_text(row["asli"].split("(")[0]).split())
                if heard:
                    mishearings[heard] = tuple(plain_text(variant) for variant in row["varian"].split("|"))
        with GAZETTEER.open(encoding="utf-8", newline="") as rows:
            names = tuple(plain_text(row["nama"]) for row in csv.DictReader(rows))
        return cls(mishearings, names)

    def vary(self, text: str, places: Sequence[str], chance: random.Random, noisy: float = 0.5) -> str:
        """A variant of normalised text: place swaps, mishearings, dropped particles, sound-level noise, truncation.

        noisy: share of the variants with sound-level noise.
        """
        for place in places:
            if chance.random() < 0.5 and f" {place} " in f" {text} ":
                text = f" {text} ".replace(f" {place} ", f" {chance.choice(self.places)} ").strip()
        words = self._mishear(text.split(), chance)
        words = [word for word in words if word not in PARTICLES or chance.random() > 0.25]
        if chance.random() < noisy:
            words = sound_noise(words, chance.uniform(0.05, 0.35), chance)
        if len(words) > 12 and chance.random() < 0.12:
            words = words[: chance.randint(int(0.6 * len(words)), len(words))]
        return " ".join(words) or text

    def _mishear(self, words: list[str], chance: random.Random) -> list[str]:
        heard, index = [], 0
        while index < len(words):
            for size in (2, 1):
                variants = self.mishearings.get(tuple(words[index : index + size]))
                if variants and chance.random() < 0.25:
                    heard += chance.choice(variants).split()
                    index += size
                    break
            else:
                heard.append(words[index])
                index += 1
        return heard


def sound_noise(words: Sequence[str], rate: float, chance: random.Random) -> list[str]:
    """Change about `rate` of the words: delete, split, join with the next, or misspell by sound."""
    noisy: list[str] = []
    join_next = False
    for word in words:
        if join_next and noisy:
            noisy[-1] += word
            join_next = False
        elif chance.random() >= rate:
            noisy.append(word)
        else:
            kind = chance.random()
            if kind < 0.15:
                continue
            if kind < 0.25 and len(word) > 5:
                cut = chance.randint(2, len(word) - 2)
                noisy += [word[:cut], word[cut:]]
            else:
                noisy.append(_misspell(word, chance))
                join_next = kind > 0.92
    return noisy


def _misspell(word: str, chance: random.Random) -> str:
    index = chance.randrange(len(word))
    kind = chance.random()
    if kind < 0.6:
        return word[:index] + _SOUND_ALIKE.get(word[index], "") + word[index + 1 :]
    if kind < 0.85 and len(word) > 2:
        return word[:index] + word[index + 1 :]
    return word[: index + 1] + word[index:]

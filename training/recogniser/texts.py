"""What the synthetic callers say: corpus turns, phrases, places, numbers, licensed text, and words at random.

Words at random are there so that the recogniser learns to hear and not to recite.
"""

from __future__ import annotations

import csv
import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.synthesis.spoken import written

DATA = Path(__file__).parent.parent / "corpus" / "data"
TRIAGE = Path(__file__).parent.parent.parent / "triage"
GAZETTEER = TRIAGE / "places" / "data" / "gazetteer.csv"
WORDS = TRIAGE / "speech" / "data" / "ordinary_words.txt"

PLACE_FRAMES = (
    "di {}", "dekat {}", "depan {}", "ini di {} pak", "daerah {}", "di jalan {}", "lorong {}", "kelurahan {}",
    "saya di {} bu", "belakang {}", "samping {}", "ke arah {}", "lokasinya di {}", "dari {} ke {}", "di {} dekat {}",
)  # fmt: skip

NUMBER_FRAMES = (
    "nomor {n}", "rt {n} rw {n}", "lorong {n}", "blok {letter} nomor {n}", "kilometer {n}", "jam {n}",
    "jam {n} lewat {n}",
    "{n} orang", "ada {n} rumah", "umur {n} tahun", "nomor hp saya {phone}", "{phone}", "plat dt {n4} {letter}{letter}",
    "jalan {place} nomor {n}", "{place} rt {n}", "sudah {n} jam", "lantai {n}", "gang {n}", "satu satu dua", "{n4}",
)  # fmt: skip

MIN_WORDS, MAX_WORDS = 2, 16


class TextSource:
    """Draws sentences as lists of written words. `licensed` is a TSV.xz of source and sentence, or None."""

    def __init__(self, licensed: Path | None = None) -> None:
        self.turns = [
            words
            for line in (DATA / "train.jsonl").read_text("utf-8").splitlines()
            for turn in json.loads(line)["turns"]
            if (words := written(turn["text"]))
        ]
        self.phrases = [
            written(line.split("\t")[1]) for line in (DATA / "phrases.tsv").read_text("utf-8").splitlines() if line
        ]
        with GAZETTEER.open(encoding="utf-8") as file:
            self.places = [
                written(name)
                for row in csv.DictReader(file)
                for name in [row["nama"], *row["alias"].split("|")]
                if written(name)
            ]
        self.licensed = list(_licensed(licensed)) if licensed else []
        self.vocabulary = sorted({w for words in self.turns + self.phrases + self.places for w in words})
        listed = (line for line in WORDS.read_text("utf-8").splitlines() if not line.startswith("#"))
        self.dictionary = [words[0] for line in listed if len(words := written(line)) == 1]

    def draw(self, rng: np.random.Generator) -> list[str]:
        """One sentence of MIN_WORDS to MAX_WORDS words (place names may be shorter)."""
        kind = rng.random()
        if kind < 0.40:
            return _piece(self._one(self.turns, rng), rng)
        if kind < 0.58:
            return _piece(self._one(self.phrases, rng), rng)
        if kind < 0.70:
            return self._with_place(rng)
        if kind < 0.76:
            return self._with_number(rng)
        if kind < 0.89 and self.licensed:
            return _piece(self._one(self.licensed, rng), rng)
        return [
            str(rng.choice(self.vocabulary if rng.random() < 0.4 else self.dictionary))
            for _ in range(int(rng.integers(MIN_WORDS, 9)))
        ]

    def _with_number(self, rng: np.random.Generator) -> list[str]:
        def one(match: re.Match[str]) -> str:
            if match[1] == "place":
                return " ".join(self._one(self.places, rng))
            if match[1] == "letter":
                return str(rng.choice(list("abcdefghijklmnoprstuw")))
            digits = {"n": int(rng.integers(1, 3)), "n4": 4, "phone": 11}[match[1]]
            number = "".join(map(str, rng.integers(0, 10, digits)))
            return f"08{number[2:]}" if match[1] == "phone" else str(int(number))

        return written(re.sub(r"{(\w+)}", one, str(rng.choice(NUMBER_FRAMES))))[:MAX_WORDS]

    def _with_place(self, rng: np.random.Generator) -> list[str]:
        frame = str(rng.choice(PLACE_FRAMES))
        words = written(frame.format(*(" ".join(self._one(self.places, rng)) for _ in range(frame.count("{}")))))
        if rng.random() < 0.5:
            words = _piece(self._one(self.phrases, rng), rng, 8) + words
        return words

    @staticmethod
    def _one(items: list[list[str]], rng: np.random.Generator) -> list[str]:
        return items[int(rng.integers(len(items)))]


def _piece(words: list[str], rng: np.random.Generator, most: int = MAX_WORDS) -> list[str]:
    if len(words) <= most:
        return words
    size = int(rng.integers(max(MIN_WORDS, most // 2), most + 1))
    start = int(rng.integers(0, len(words) - size + 1))
    return words[start : start + size]


def _licensed(path: Path) -> Iterator[list[str]]:
    left_out = ("makassarese", "buginese", "javanese", "sundanese")
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            source, _, sentence = line.rstrip("\n").partition("\t")
            words = written(sentence)
            if not source.endswith(left_out) and len(words) >= MIN_WORDS and max(map(len, words)) <= 16:
                yield words

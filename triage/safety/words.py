"""What was said, ready for the rules: normalised words with their place, caller and operator apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

from triage.classifier.model import Turn
from triage.classifier.text import Word, plain_text, words
from triage.errors import KnowledgeError
from triage.speech.stage_tags import STAGE_TAG

CUES = Path(__file__).parent / "data" / "cues.yaml"
SHORTEST_MISHEARD = 12
"""Letters a phrase must have to be found with a letter or two misheard."""
SHORTEST_WORD_MISHEARD = 5
LIKENESS = 88.0
"""Of 100, for a phrase: two letters of twenty."""
OPERATOR_LIKENESS = 85.0
"""Of 100: "layan darurat" for "layanan darurat"."""
WORD_LIKENESS = 85.0
"""Of 100, for each of its words: one letter of six."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words [first, last) of `Said.words`."""

    first: int
    last: int


class Said:
    """A call's words: the caller's (and mixed ones) with their place, and what the operator said, as plain text."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.words: list[Word] = words(turns)
        self._text = " ".join(word.text for word in self.words)
        self._starts = [0]
        for word in self.words:
            self._starts.append(self._starts[-1] + len(word.text) + 1)

    def noted(self, sounds: Iterable[str]) -> bool:
        """Whether a note on a sound, outside the operator's turns, names one of these."""
        notes = " ".join(
            tag for turn in self.turns if turn.speaker != "operator" for tag in STAGE_TAG.findall(turn.text.lower())
        )
        return any(sound in notes for sound in sounds)

    def phrase(self, phrases: Iterable[str]) -> Quote | None:
        """The first of these phrases that the caller said; long ones may be slightly misheard."""
        for phrase in phrases:
            at = f" {self._text} ".find(f" {phrase} ")
            if at >= 0:
                return self._quote(at, at + len(phrase))
        for phrase in phrases:
            if SHORTEST_MISHEARD <= len(phrase) <= len(self._text):
                found = fuzz.partial_ratio_alignment(phrase, self._text, score_cutoff=LIKENESS)
                quote = self._quote(found.dest_start, found.dest_end) if found else None
                if quote and self._is_misheard(phrase.split(), quote):
                    return quote
        return None

    def _is_misheard(self, phrase: Sequence[str], quote: Quote) -> bool:
        """Whether the quote is the phrase word by word: "saya sembunyikan" is not "saya sembunyi"."""
        heard = [word.text for word in self.words[quote.first : quote.last]]
        return len(heard) == len(phrase) and all(
            one == other or (len(one) >= SHORTEST_WORD_MISHEARD and fuzz.ratio(one, other) >= WORD_LIKENESS)
            for one, other in zip(phrase, heard, strict=True)
        )

    def any(self, vocabulary: Iterable[str], after_turn: int = -1) -> Quote | None:
        """The first of the caller's words, in turns after this one, that is in the vocabulary."""
        known = set(vocabulary)
        at = (index for index, word in enumerate(self.words) if word.turn > after_turn and word.text in known)
        first = next(at, None)
        return None if first is None else Quote(first, first + 1)

    def matching(self, pattern: str) -> list[int]:
        """Indices of the caller's words that match a regular expression."""
        compiled = re.compile(pattern)
        return [index for index, word in enumerate(self.words) if compiled.match(word.text)]

    def pattern(self, patterns: Sequence[str]) -> Quote | None:
        """The first stretch of the caller's words, as one line, that matches one of these regular expressions."""
        found = re.search(rf"(?:^|(?<= ))(?:{'|'.join(patterns)})(?= |$)", self._text)
        return self._quote(*found.span()) if found else None

    def operator_said(self, phrases: Iterable[str], after_turn: int = -1) -> bool:
        """Whether the operator said one of these phrases in a turn after this one; long ones may be misheard."""
        later = self.turns[after_turn + 1 :]
        said = f" {' '.join(plain_text(turn.text) for turn in later if turn.speaker == 'operator')} "
        return any(
            f" {phrase} " in said
            or (len(phrase) >= SHORTEST_MISHEARD and fuzz.partial_ratio(phrase, said) >= OPERATOR_LIKENESS)
            for phrase in phrases
        )

    def text(self, quote: Quote) -> tuple[str, int, int, int]:
        """Quote, turn index, start and end characters; cut at the end of the turn it begins in."""
        first = self.words[quote.first]
        last = [word for word in self.words[quote.first : quote.last] if word.turn == first.turn][-1]
        return self.turns[first.turn].text[first.start : last.end], first.turn, first.start, last.end

    def _quote(self, start: int, end: int) -> Quote:
        first = max(index for index, at in enumerate(self._starts[:-1]) if at <= start)
        last = next((index for index, at in enumerate(self._starts) if at >= end), len(self.words))
        return Quote(first, max(last, first + 1))


@cache
def cues() -> dict[str, Any]:
    """The lists of data/cues.yaml. Raises KnowledgeError when the file is missing or malformed."""
    try:
        loaded = yaml.load(CUES.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return {**loaded, "regional": frozenset(loaded["regional"].split())}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise KnowledgeError(
            "safety_cues_invalid",
            f"Daftar kata keselamatan tidak dapat dibaca: {error!r}. Pulihkan {CUES.name}.",
            f"The safety cues cannot be read: {error!r}. Restore {CUES.name}.",
        ) from error

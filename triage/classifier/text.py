"""The one normalisation of text, used by training and by serving alike.

A recogniser gives neither casing nor reliable punctuation, writes numbers as it likes, and hears no stage tags; so none
of these reach the classifier. Every word keeps its place in the original turn, so that evidence can be shown there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from triage.classifier.model import Turn
from triage.speech.stage_tags import STAGE_TAG

_WORD = re.compile(r"[^\W_]+(?:['’`´][^\W_]+)*")
_APOSTROPHE = re.compile(r"['’`´]")
_LONGEST_WORD = 40
"""No Indonesian word is longer; what is, is rubbish and is cut, so that it cannot cost time."""
_UNITS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")


@dataclass(frozen=True, slots=True)
class Word:
    """A normalised word and the characters [start, end) of turns[turn].text it came from."""

    text: str
    turn: int
    start: int
    end: int


def spoken_number(digits: str) -> str:
    """Indonesian words for digits: 0 to 99 as a number, anything longer digit by digit (112: satu satu dua)."""
    value = int(digits)
    if len(digits) > 2:
        return " ".join(_UNITS[int(digit)] for digit in digits)
    if value < 12:
        return _UNITS[value]
    if value < 20:
        return f"{_UNITS[value - 10]} belas"
    tens, unit = divmod(value, 10)
    return f"{_UNITS[tens]} puluh" + (f" {_UNITS[unit]}" if unit else "")


def _normalise(raw: str) -> str:
    folded = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", raw).lower())
    return re.sub(r"[0-9]+", lambda match: f" {spoken_number(match.group())} ", folded).strip()


def words(turns: Sequence[Turn]) -> list[Word]:
    """Normalised words of the caller's and the mixed turns, in order.

    The operator's words are left out: one who asks "kebakaran?" must not make a fire (docs/how-callers-speak.md).
    """
    found = []
    for index, turn in enumerate(turns):
        if turn.speaker == "operator":
            continue
        # Tags are blanked, not cut out, so that offsets stay those of the original text.
        text = STAGE_TAG.sub(lambda tag: " " * len(tag.group()), turn.text)
        for match in _WORD.finditer(text):
            normalised = _normalise(match.group())
            found += [Word(part[:_LONGEST_WORD], index, match.start(), match.end()) for part in normalised.split()]
    return found


def plain(turns: Sequence[Turn]) -> str:
    """The words as one line of text: what the tokenizer and the n-gram features read."""
    return " ".join(word.text for word in words(turns))


def plain_text(text: str) -> str:
    """`plain` for a bare line of text whose speaker is not known."""
    return plain([Turn("mixed", text)])

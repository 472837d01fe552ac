"""From text to what is said and what a recogniser should write: lower case, no punctuation, numbers in words."""

from __future__ import annotations

import re
import unicodedata

from num2words import num2words

SAID = {
    "kk": "ka ka", "hp": "ha pe", "wa": "we a", "tv": "te ve", "uho": "u ha o", "odgj": "o de ge je", "pju": "pe je u",
    "lpju": "el pe je u", "igd": "i ge de", "ugd": "u ge de", "rsud": "er es u de",
    "sma": "es em a", "sd": "es de", "spbu": "es pe be u", "dlhk": "de el ha ka", "pdam": "pe de a em",
    "smp": "es em pe", "rs": "er es", "jl": "jalan", "no": "nomor", "cctv": "se se te ve", "ac": "a se",
    "stnk": "es te en ka",
}  # fmt: skip
"""Acronyms espeak-ng would read as words, and how people say them."""

_STAGE_TAG = re.compile(r"[\[(<][^\])>]*[\])>]")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*'?")


def written(text: str) -> list[str]:
    """The words a recogniser should write for `text`: [a-z'-] only, numbers spelled out, stage tags gone."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    plain = _STAGE_TAG.sub(" ", plain.encode("ascii", "ignore").decode())
    plain = _NUMBER.sub(_in_words, plain)
    return " ".join(_WORD.findall(plain)).replace("-", " ").split()


def said(word: str) -> str:
    """How a written word is said."""
    return SAID.get(word, word.replace("'", ""))


def _in_words(match: re.Match[str]) -> str:
    digits = match.group()
    # House, telephone and emergency numbers are read digit by digit from three digits on, as callers do.
    if len(digits) >= 3:
        return " " + " ".join(num2words(int(digit), lang="id") for digit in digits) + " "
    return f" {num2words(int(digits), lang='id')} "

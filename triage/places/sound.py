"""A sound-alike key for place names in Indonesian and Tolaki spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("oe", "u"),  # Van Ophuijsen spelling: Yoenoes, Yunus
        ("dj", "j"),
        ("tj", "c"),
        ("([skptg])[yh]", r"\1"),  # sy, kh, th, ph, gh
        ("y", "i"),
        ("[vf]", "p"),
        ("z", "s"),
        ("q", "k"),
        ("x", "ks"),
        ("ng$", "n"),
        ("n+(?=[gk])", ""),  # Punggolaka, Pungolaka
        ("wu", "u"),  # Wundudopi, Undudopi; Wua, Ua
        ("(?<=[uo])w(?=[aeiou])", ""),  # Puuwatu, Puatu
        ("aw(?![aeiou])", "au"),
        ("(?<!^)h", ""),  # Sodohoa, Sodoa
        (r"(.)\1+", r"\1"),  # Tobuuha, Tobuha; Kassilampe, Kasilampe
        ("b$", "p"),  # final devoicing
        ("d$", "t"),
        ("g$", "k"),
    )
)


@lru_cache(maxsize=16_384)
def sound_key(name: str) -> str:
    """Letters that sound alike written alike, without spaces, hyphens and marks: "Wua-Wua" and "ua ua" are both "uaua".

    Own rules, made for the spellings of the gazetteer and of docs/how-callers-speak.md, in the manner of Soundex.
    """
    folded = unicodedata.normalize("NFKD", name.lower())
    key = "".join(letter for letter in folded if letter.isalnum())
    for pattern, replacement in _RULES:
        key = pattern.sub(replacement, key)
    return key


_CONFUSED = str.maketrans("uibdgnrcw", "oeptkmlso")


def coarse_key(key: str) -> str:
    """A sound key with the sounds merged that a telephone line and a weak recogniser confuse.

    o/u, e/i and the voicing of b/p, d/t, g/k are confused in Indonesian speech over 300-3400 Hz; so are m/n, l/r, s/c.
    """
    return key.translate(_CONFUSED)

"""Ordinary Indonesian and Kendari Malay words: what is none of them is a name, another language, or misheard."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from triage.errors import KnowledgeError

_FILE = Path(__file__).parent / "data" / "ordinary_words.txt"
_SUFFIXES = ("nya", "ku", "mu", "kan", "an", "lah", "mi", "ji")


@cache
def _ordinary_words() -> frozenset[str]:
    try:
        lines = _FILE.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            "vocabulary_invalid",
            f"Daftar kata tidak dapat dibaca: {error}. Pulihkan {_FILE.name}.",
            f"The word list cannot be read: {error}. Restore {_FILE.name}.",
        ) from error
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_ordinary(word: str) -> bool:
    """Whether a lower-case word, or what is left of it without a suffix, is an ordinary one.

    Raises KnowledgeError when the list cannot be read.
    """
    known = _ordinary_words()
    return word in known or any(word.endswith(suffix) and word.removesuffix(suffix) in known for suffix in _SUFFIXES)


def is_listed(word: str) -> bool:
    """Whether this very form is an ordinary word."""
    return word in _ordinary_words()

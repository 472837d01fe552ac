"""Names of people in what was said: after a cue, as far as the words are no ordinary ones.

Speech has no capitals, and many Indonesian names are ordinary words, so a name is looked for only after words that
announce one. A sure cue ("nama saya", "atas nama", an answer to "dengan siapa?") is followed by a name unless the next
word is an ordinary one; after a weak cue ("saya", "dengan", "pak") the word must be a listed name, or written with a
capital in a text that has both. Places and agencies are no names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from triage.places import load_gazetteer
from triage.speech.vocabulary import is_ordinary
from triage.taxonomy import load_taxonomy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILE = Path(__file__).parent / "data" / "given_names.txt"
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*\.?|\S")
_PAUSE = re.compile(r"\s*[:,]?\s*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ENDING = re.compile(r"\w{2,}(?:wati|iati|udd?in|ansyah|yanti|yanto|iawan)")
"""How Indonesian names end, and hardly any other word."""
_OTHER_WORDS = _words("lewati dilewati melewati kulewati karyawati wisatawati peragawati relawati")
_LONGEST = 4
"""Words of the longest name."""
_MOST_TITLES = 2
_INITIAL = 3
"""Characters of an abbreviation with its dot: "Muh." does not end the name, "Hasna." does."""

_SURE = re.compile(
    r"\b(?:nama(?:\s?ku|\s(?:saya|sy|aku|lengkap(?:ku|\s(?:saya|sy))?|pelapor|bapak|ibu))|atas\snama|a\.?n\.|"
    r"dengan\s(?:bapak|ibu|pak|bu|saudara|saudari)|"
    r"bernama|perkenalkan(?:\s(?:nama)?\s?(?:saya|sy))?|panggil\s(?:saja\s)?(?:saya|sy))\b(?:\s(?:itu|adalah|ini|ya|di\sktp))?",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:saya|sy|aku|dengan|sama|ini)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:dengan|atas\snama|nama\w*(?:\s\w+)?)\s(?:\w+\s)?siapa\b|\bsiapa\snama\w*|"
    r"\bnama(?:nya)?\s(?:lengkap\s?)?(?:bapak|ibu|pak|bu|kak|kakak|anda|pelapor|adik|dek)?\s?(?:\?|$)|\bsama\ssiapa\b|\bnama(?:ku|\s(?:saya|sy))\s*$",
    re.IGNORECASE,
)
_FILLERS = _words(
    "katanya iya iye ya oh eh e hm halo ini itu dengan atas saya sy aku nama namaku namanya pak bu bapak ibu mbak mas"
)
_TITLES = _words(
    "pak bapak bu ibu mas mbak mbah kak kakak om tante mama bapaknya haji hajah hajjah hj bripka aipda briptu ustad "
    "ustadz dr drs ir puang daeng saudara saudari almarhum almarhumah bunda nenek kakek brigadir bripda ipda iptu akp "
    "kompol kolonel kapten mayor letnan sersan serda kopral praka"
)
_PARTICLES = _words("la wa ode dg ni bin binti al")
"""Parts of names that are words of their own too: only beside another part."""
_AFTER_TITLE = _words("pak bapak bu ibu mas mbak mbah om tante mama daeng")
_STREETS = _words("jalan jl lorong lr gang gg kompleks komplek perumahan btn gedung taman masjid rs")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return self.text.casefold().rstrip(".")


def find_names(text: str, *, asked: bool = False) -> list[tuple[int, int]]:
    """Where names stand: ranges [start, end) in order, without overlap. asked: the turn before asked for a name."""
    tokens = [_Token(found.group(), found.start(), found.end()) for found in _TOKEN.finditer(text)]
    starts = {token.start: number for number, token in enumerate(tokens)}
    cased = any(token.text[:1].isupper() for token in tokens[1:]) and any(t.text.islower() for t in tokens)
    found = [_sure(tokens, first, cased) for first in _after(_SURE, text, tokens, starts)]
    found += [_listed(tokens, first, cased) for first in _after(_WEAK, text, tokens, starts)]
    found += [_listed(tokens, number + 1, cased=False) for number, _ in _titles(tokens)]
    if asked:
        first = next((n for n, token in enumerate(tokens) if token.folded not in _FILLERS and token.text != ","), None)
        # The capital that begins a sentence says nothing.
        found.append(_sure(tokens, first, cased=False) if first is not None and first < _LONGEST else None)
    return _merged(sorted({span for span in found if span is not None}))


def asks_for_name(text: str) -> bool:
    """Whether what comes next should be a name: "dengan siapa ini?"."""
    return _ASKED.search(text) is not None


def _after(cue: re.Pattern[str], text: str, tokens: Sequence[_Token], starts: dict[int, int]) -> Iterator[int]:
    """Numbers of the tokens that follow a cue; a colon between is no obstacle."""
    for found in cue.finditer(text):
        start = _PAUSE.match(text, found.end())
        if start is not None and start.end() in starts:
            yield starts[start.end()]


def _titles(tokens: Sequence[_Token]) -> Iterator[tuple[int, _Token]]:
    """Titles, but for those in the name of a street or a building."""
    for number, token in enumerate(tokens):
        before = tokens[number - 1].folded if number else ""
        if token.folded in _AFTER_TITLE and before not in _STREETS:
            yield number, token


def _sure(tokens: Sequence[_Token], first: int, cased: bool) -> tuple[int, int] | None:
    """The name from this token on: words until an ordinary one, a place or a sign."""
    return _span(tokens, first, lambda token, begun: _may_be_name(token, cased, begun))


def _listed(tokens: Sequence[_Token], first: int, cased: bool) -> tuple[int, int] | None:
    """The name from this token on, if its first word is a listed one or, in a text with capitals, has one."""

    def fits(token: _Token, begun: bool) -> bool:
        if _is_name(token.folded, certain=not (cased and token.text.istitle())):
            return True
        if begun:
            return _may_be_name(token, cased, begun) and (cased or _is_name(token.folded))
        return cased and token.text.istitle() and not is_ordinary(token.folded) and token.folded not in _not_names()

    return _span(tokens, first, fits)


def _span(tokens: Sequence[_Token], first: int, fits: Callable[[_Token, bool], bool]) -> tuple[int, int] | None:
    """From this token over titles and all words that fit (told whether the name has begun); None where none does."""
    begin = first
    while begin < len(tokens) and begin - first < _MOST_TITLES and tokens[begin].folded in _TITLES:
        begin += 1
    end = begin
    while end < len(tokens) and end - begin < _MOST_TITLES and tokens[end].folded in _PARTICLES:
        end += 1
    particles = end - begin
    while end < len(tokens) and end - begin - particles < _LONGEST and fits(tokens[end], end > begin):
        end += 1
        if tokens[end - 1].text.endswith(".") and len(tokens[end - 1].text) > _INITIAL:
            break
    if end - begin == particles < _MOST_TITLES:
        return None
    return tokens[begin].start, tokens[end - 1].start + len(tokens[end - 1].text.rstrip("."))


def _may_be_name(token: _Token, cased: bool, begun: bool) -> bool:
    word = token.folded
    if not word[:1].isalpha() or len(word) < 2:
        return False
    if begun and word in _PARTICLES:
        return True
    if _is_name(word):
        return True
    if cased and token.text[:1].isupper() and not token.text.isupper():
        return word not in _not_names()
    return not cased and len(word) > 2 and not is_ordinary(word) and word not in _not_names()


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_name(word: str, *, certain: bool = False) -> bool:
    """Whether a word is a listed name or ends as one; certain: and is no ordinary word too."""
    unambiguous, every = _names()
    return word in (unambiguous if certain else every) or (
        _ENDING.fullmatch(word) is not None and word not in _OTHER_WORDS
    )


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Listed names that are nothing else, and all of them."""
    lines = [line for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    ambiguous = {word for line in lines if line.startswith("?") for word in line[1:].split()}
    every = {word for line in lines for word in line.lstrip("?").split()}
    return frozenset(every - ambiguous), frozenset(every)


@cache
def _not_names() -> frozenset[str]:
    """Words of places and agencies that are no listed names."""
    taxonomy, places = load_taxonomy(), load_gazetteer()
    texts = [text for opd in taxonomy.opds.values() for text in (opd.code, opd.name, *opd.aliases)]
    texts += [form.words for form in places.forms]
    words = {word for text in texts for word in _WORD.findall(text.casefold())}
    return frozenset(words - _names()[1])

"""Telephone numbers, identity numbers and e-mail addresses in what was said: written in digits, or spoken in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import phonenumbers

NumberKind = Literal["nomor", "nik", "email"]

NIK_DIGITS = 16
"""Of an identity card (NIK) and of a family card (KK)."""
_ANY = 8
"""Digits from which a row of digits is taken for a number that names somebody: telephone, account, meter."""
_WITH_CUE = 6
"""... and where a word for a telephone stands before it."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(
    r"\b[\w.]+(?:\s(?:titik|dot|garis bawah|underscore|strip)\s[\w.]+)*\s(?:at|et|ad|keong|@)\s"
    r"(?:gmail|yahoo|hotmail|outlook|icloud|[\w-]+)\s?(?:titik|dot|\.)\s?(?:com|co|net|org|go|id)"
    r"(?:\s?(?:titik|dot|\.)\s?id)?\b",
    re.IGNORECASE,
)
_NO_NUMBER = re.compile(
    r"""(?<!\d)(?:\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2})(?!\d)    # dates
    |(?<![\d.])\d{1,3}(?:\.\d{3})+(?:,\d+)?(?![\d.])                                    # 10.500.000
    |(?<!\d)\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?![\d.])                                      # 20.30
    |-?(?<!\d)\d{1,3}[.,]\d{3,}\s?,\s?-?\d{1,3}[.,]\d{3,}(?!\d)                          # -3.9985, 122.5127""",
    re.VERBOSE,
)
_TOKEN = re.compile(r"\d+|[^\W\d_]+|\S")
_UNITS = {
    word: digit
    for digit, words in enumerate(
        (
            "nol kosong zero", "satu", "dua", "tiga", "empat ampat ampa", "lima", "enam anam", "tujuh tuju",
            "delapan lapan dlapan", "sembilan sambilan",
        )
    )
    for word in words.split()
}  # fmt: skip
_TEENS = {"sepuluh": "10", "sebelas": "11"}
_REPEATS = {"dobel": 2, "double": 2, "doble": 2, "tripel": 3, "triple": 3}
_BETWEEN = frozenset(
    ("strip", "spasi", "garis", "min", "terus", "lalu", "eh", "e", "em", "trus", "koma", "titik", *".,-/()+:")
)
_GAP = 2
"""Such words and signs that may stand between two digits of one number."""
_PHONE_CUE = re.compile(
    r"\b(?:nomor(?:nya|ku)?|nomer(?:nya|ku)?|no|hp(?:nya|ku)?|hape(?:nya|ku)?|wa|whatsapp|telepon|telpon|telp|"
    r"kontak|hubungi)\b(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_NO_PHONE = re.compile(r"\b(?:rumah|blok|lorong|jalan|plat|polisi|tiang|pelanggan|rt|rw)\W*$", re.IGNORECASE)
_DICTATION_CUE = re.compile(
    r"\b(?:(?:hp|hape|wa|telepon|telpon|telp|kontak)(?:nya|ku|ta|mu)?|nomor\w*\s(?:yang|hp|hape|wa|telepon|telpon))\b"
    r"(?:\W+\w+){0,6}\W*$",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"08|628")
_SERVICES = frozenset({"110", "112", "113", "115", "117", "118", "119", "123", "129"})
"""Numbers of services, which are everybody's."""


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said in a row; start and end are places in the text. digits: as far as words tell them apart."""

    start: int
    end: int
    digits: str


def find_numbers(text: str, region: str = "ID") -> list[tuple[int, int, NumberKind]]:
    """Ranges [start, end) and kinds, in order. region: country of numbers without a country code (ISO 3166-1)."""
    found: list[tuple[int, int, NumberKind]] = [
        (match.start(), match.end(), "email") for match in (*_EMAIL.finditer(text), *_SPOKEN_EMAIL.finditer(text))
    ]
    for run in runs_of_digits(text):
        kind = _kind(run, text)
        if kind:
            found.append((run.start, run.end, kind))
    for number in phonenumbers.PhoneNumberMatcher(text, region):  # short ones too, where the writing says so
        if len(re.sub(r"\D", "", number.raw_string)) >= _WITH_CUE:
            found.append((number.start, number.end, "nomor"))
    return _without_overlap(found)


def runs_of_digits(text: str) -> list[Run]:
    """All that is said in digits, whatever its length; dates, times, sums, coordinates and 112 are none."""
    blocked = [match.span() for match in _NO_NUMBER.finditer(text)]
    runs = (run for part in _parts(text, blocked) for run in _runs(_TOKEN.finditer(text, *part)))
    return [run for run in runs if run.digits not in _SERVICES]


def begins_a_phone_number(run: Run, before: str) -> bool:
    """Whether the digits begin as mobile numbers do, or what was said before announces a telephone number."""
    return _MOBILE.match(run.digits) is not None or _DICTATION_CUE.search(before) is not None


def _kind(run: Run, text: str) -> NumberKind | None:
    count = len(run.digits)
    if _counts_up(run.digits):
        return None
    if count == NIK_DIGITS:
        return "nik"
    before = text[: run.start]
    cued = _PHONE_CUE.search(before) is not None and _NO_PHONE.search(before) is None
    return "nomor" if count >= _ANY or (cued and count >= _WITH_CUE) else None


def _counts_up(digits: str) -> bool:
    """1 2 3 4 ...: a child, or a test of the line."""
    return digits.startswith("1") and all(int(b) - int(a) in (1, -9) for a, b in pairwise(digits))


def _runs(tokens: Iterable[re.Match[str]]) -> Iterator[Run]:
    row = _Row()
    for token in tokens:
        if not row.take(token):
            yield from row.end()
            row = _Row()
            row.take(token)
    yield from row.end()


class _Row:
    """Digits in a row while they are read, with the words and signs that may stand between them."""

    def __init__(self) -> None:
        self._digits = ""
        self._first = self._last = 0
        self._gap = 0
        self._times = 1
        self._after_puluh = False

    def take(self, token: re.Match[str]) -> bool:
        """Whether the row goes on with this token."""
        word = token.group().casefold()
        if word in _BETWEEN or word in _REPEATS:
            self._times = _REPEATS.get(word, 1)
            self._gap += 1
            return self._gap <= _GAP
        digits = self._with(word)
        if digits is None:
            return False
        if not self._digits:
            self._first = token.start()
        self._after_puluh = word == "puluh"
        self._digits, self._last, self._gap, self._times = digits, token.end(), 0, 1
        return True

    def end(self) -> Iterator[Run]:
        """What was read, if anything."""
        if self._digits:
            yield Run(self._first, self._last, self._digits)

    def _with(self, word: str) -> str | None:
        """All digits so far and those of this word: "dua belas" is 12, "dua puluh tiga" 23. None: it has none."""
        if word.isdecimal() and word.isascii():
            return self._digits + word
        if word in _UNITS:
            before = self._digits[:-1] if self._after_puluh else self._digits
            return before + str(_UNITS[word]) * self._times
        if word in _TEENS:
            return self._digits + _TEENS[word]
        if word == "puluh" and self._digits:
            return self._digits + "0"
        if word == "belas" and self._digits:
            return f"{self._digits[:-1]}1{self._digits[-1]}"
        return None


def _parts(text: str, blocked: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What lies between the blocked ranges."""
    place = 0
    for start, end in blocked:
        yield place, start
        place = end
    yield place, len(text)


def _without_overlap(found: Sequence[tuple[int, int, NumberKind]]) -> list[tuple[int, int, NumberKind]]:
    """In order; of two that overlap the first and longer one, which grows to hold both."""
    kept: list[tuple[int, int, NumberKind]] = []
    for start, end, kind in sorted(found, key=lambda one: (one[0], -one[1])):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]), kept[-1][2])
        else:
            kept.append((start, end, kind))
    return kept

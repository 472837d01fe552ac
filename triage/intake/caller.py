"""Who calls, without keeping the number: a keyed hash to find the same caller again, and the last digits for people."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from triage.secret import keyed_hash

_SHOWN = 3
_SHORTEST = 7
"""Digits of the shortest subscriber number; what is shorter is an extension or a service (112, 201)."""
_WRITTEN = re.compile(r"\+?[\d ().\-/]+", re.ASCII)
_BETWEEN = r"[ ().+\-_/]*"
_NUMBER = re.compile(rf"\d(?:{_BETWEEN}\d){{{_SHORTEST - 1},}}")
_DIALLED = re.compile(rf"(?:\+|(?<!\d)0|(?<!\d)62)(?:{_BETWEEN}\d){{{_SHORTEST - 1},}}")
"""As dialled: unlike an identifier's digits, it begins with a trunk prefix or a country code."""


@dataclass(frozen=True, slots=True)
class Caller:
    """hash: 64 hex digits, the same however the number was written; last3: shown to people."""

    hash: str
    last3: str
    subscriber: str
    """The number without country code and trunk prefix: only to mask it elsewhere, never stored."""


def identify_caller(written: str | None, region: str, key: bytes) -> Caller | None:
    """Who is behind a number as a PBX or a client writes it: 0812..., +62 812-..., sip:0812...@host, "Budi" <0812...>.

    region: country of numbers without a country code (ISO 3166-1). None for anonymous, withheld, already masked ones
    and for short internal extensions.
    """
    text = _subscriber_part(written or "")
    digits = "".join(re.findall(r"\d", text))
    if not _WRITTEN.fullmatch(text) or len(digits) < _SHORTEST:
        return None
    parsed = _parse(text, digits, region)
    if parsed is None:  # impossible as a number, yet the same caller every time
        return Caller(keyed_hash(key, "caller", digits), digits[-_SHOWN:], digits)
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return Caller(keyed_hash(key, "caller", e164), e164[-_SHOWN:], str(parsed.national_number))


def _subscriber_part(written: str) -> str:
    """The user part of a SIP address, the number of a tel: URI, what stands between < and > of a caller id."""
    inner = re.search(r"<([^<>]*)>", written)
    text = (inner.group(1) if inner else written).strip()
    text = re.sub(r"^(?:sips?|tel):", "", text, flags=re.IGNORECASE)
    return re.split(r"[@;]", text, maxsplit=1)[0].strip()


def _parse(text: str, digits: str, region: str) -> PhoneNumber | None:
    candidates = [(text, region)]
    if digits.startswith("00"):  # many trunks write 00 for +, whatever the country's own prefix is
        candidates.insert(0, (f"+{digits[2:]}", region))
    numbers = []
    for candidate, country in candidates:
        try:
            numbers.append(phonenumbers.parse(candidate, country))
        except NumberParseException:
            continue
    valid = [number for number in numbers if phonenumbers.is_valid_number(number)]
    possible = [number for number in numbers if phonenumbers.is_possible_number(number)]
    return next(iter(valid + possible), None)


def mask_numbers(text: str) -> str:
    """The text with all but the last three digits of everything that could be a telephone number replaced by x."""
    return _NUMBER.sub(lambda found: _masked(found.group()), text)


def mask_in_identifier(text: str, caller: Caller | None) -> str:
    """The same for an identifier, which keeps its own digits: only the caller's, and what is written as dialled, go."""
    if caller is not None:
        text = re.sub(_BETWEEN.join(caller.subscriber), lambda found: _masked(found.group()), text)
    return _DIALLED.sub(lambda found: _masked(found.group()), text)


def _masked(number: str) -> str:
    shown = [place for place, character in enumerate(number) if character.isdigit()][-_SHOWN:]
    return "".join(
        "x" if character.isdigit() and place not in shown else character for place, character in enumerate(number)
    )

"""Cursors of keyset pagination: where the next page of a list begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from triage.errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[0-9]{1,16}", re.ASCII)
"""16 digits hold every key and every time in microseconds, and fit the databases' 64-bit integers."""


def write_cursor(*key: int) -> str:
    """The key of a page's last row, as clients send it back; to them it is opaque."""
    return "-".join(map(str, key))


def read_cursor(cursor: str, parts: int) -> tuple[int, ...]:
    """The key of so many parts. Raises InputError for anything that `write_cursor` has not written."""
    found = cursor.split("-")
    if len(found) != parts or not all(_NUMBER.fullmatch(part) for part in found):
        raise InputError(
            "cursor_invalid",
            "Penanda halaman (cursor) tidak dikenal. Ambil daftar dari awal, tanpa cursor.",
            "The cursor is not known. Read the list from its beginning, without a cursor.",
        )
    return tuple(map(int, found))


def to_microseconds(moment: datetime) -> int:
    """A time as a part of a key."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(part: int) -> datetime:
    """And back."""
    return _EPOCH + timedelta(microseconds=part)

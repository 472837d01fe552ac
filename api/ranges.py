"""Ranges of bytes (RFC 9110, section 14), so that a player can jump in a recording."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)


class UnsatisfiableRangeError(Exception):
    """The range begins behind the end."""


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and one past the last byte that a Range header asks for; None for the whole.

    What is no single range of bytes is ignored, as the standard allows. Raises UnsatisfiableRangeError.
    """
    found = _RANGE.fullmatch(header or "")
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        begin, end = max(0, size - int(last)), size
        if last.strip("0") == "":
            raise UnsatisfiableRangeError
    else:
        begin, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < begin:
            return None
    if begin >= size:
        raise UnsatisfiableRangeError
    return begin, end

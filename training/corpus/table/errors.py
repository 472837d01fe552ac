"""What is wrong with a history or its mapping."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from triage.errors import InputError

_NAMED = 10


class TableError(InputError):
    """A CSV file or its mapping cannot be used; the message says where and what to do."""

    def __init__(self, message_id: str, message_en: str) -> None:
        super().__init__(
            "table_unusable", f"Tabel tidak dapat dipakai: {message_id}", f"The table cannot be used: {message_en}"
        )


def listed(values: Iterable[object]) -> str:
    """The first values, quoted, for a message."""
    values = iter(values)
    named = ", ".join(repr(value) for value in islice(values, _NAMED))
    return f"{named}, ..." if next(values, None) is not None else named

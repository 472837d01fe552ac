"""Cursors."""

from __future__ import annotations

import pytest
from support.rows import NOON

from triage.errors import InputError
from triage.store.paging import from_microseconds, read_cursor, to_microseconds, write_cursor


class TestCursor:
    def test_comes_back_as_it_went(self) -> None:
        key = (3, to_microseconds(NOON), 99)
        assert read_cursor(write_cursor(*key), 3) == key
        assert from_microseconds(key[1]) == NOON

    @pytest.mark.parametrize("cursor", ["", "1-2", "1-2-3-4", "a-b-c", "1--3", "1-2-" + "9" * 17, "1-2-٣"])
    def test_any_other_text_is_refused(self, cursor: str) -> None:
        with pytest.raises(InputError) as caught:
            read_cursor(cursor, 3)
        assert caught.value.code == "cursor_invalid"

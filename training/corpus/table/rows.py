"""Reading and cleaning the rows of a history."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.corpus.table.errors import TableError, listed
from training.corpus.table.mapping import Columns, Mapping, fold
from triage.speech.stage_tags import STAGE_TAG

_PRIVATE = re.compile(
    r"""(?P<date>(?<!\d)(?:\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2})(?!\d))
    |(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    |(?P<tautan>(?:https?://|www\.)\S+)
    |(?P<nomor>(?<!\d)\+?\(?\d(?:[ .()/-]{0,2}\d){8,}(?!\d))""",
    re.VERBOSE | re.IGNORECASE,
)
"""Dates are matched so that they are not taken for numbers. A number is any nine digits or more, however they are
spaced: telephone, NIK, family card, account or customer number."""
_WORD = re.compile(r"[^\W\d_]{2}")
_VALUE = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it stands in the file, spaces tidied; number: which record. broken: it has too many cells."""

    number: int
    text: str
    category: str
    agency: str
    priority: str
    id: str
    reporter: str
    broken: bool


def masked(text: str) -> str:
    """The text with [nomor], [email] and [tautan] in place of numbers that name a person, e-mails and addresses.

    Names, street addresses and number plates are not found. The classifier reads nothing in square brackets.
    """
    return _PRIVATE.sub(lambda found: found.group() if found.lastgroup == "date" else f"[{found.lastgroup}]", text)


def read_rows(path: Path, mapping: Mapping) -> list[Row]:
    """All records of the CSV file. Raises TableError when it cannot be read or lacks a column of the mapping."""
    reader = csv.reader(
        io.StringIO(_decoded(path, mapping.encoding), newline=""), delimiter=mapping.delimiter, strict=True
    )
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, mapping.columns)
        return [
            _row(number, cells, header, mapping.columns) for number, cells in enumerate(filter(None, reader), start=1)
        ]
    except csv.Error as error:
        raise TableError(
            f"{path}, baris {reader.line_num}: tanda kutip tidak ditutup atau salah tempat ({error})",
            f"{path}, line {reader.line_num}: a quote is not closed or out of place ({error})",
        ) from error


def _decoded(path: Path, encoding: str) -> str:
    try:
        return path.read_bytes().decode(encoding).lstrip("\ufeff")
    except OSError as error:
        raise TableError(f"{path} tidak dapat dibaca ({error})", f"{path} cannot be read ({error})") from error
    except LookupError as error:
        raise TableError(
            f"encoding {encoding!r} tidak dikenal; contoh: utf-8-sig, cp1252, utf-16",
            f"encoding {encoding!r} is not known; for example utf-8-sig, cp1252, utf-16",
        ) from error
    except UnicodeError as error:
        raise TableError(
            f"{path} bukan {encoding} ({error}); simpan sebagai CSV UTF-8 atau ubah encoding (Excel lama: cp1252)",
            f"{path} is not {encoding} ({error}): save it as CSV UTF-8 or change encoding (old Excel: cp1252)",
        ) from error


def _check_header(path: Path, header: Sequence[str], columns: Columns) -> None:
    if missing := [name for name in columns.names() if name not in header]:
        raise TableError(
            f"{path}: kolom {listed(missing)} tidak ada; yang ada {listed(header)}. Periksa columns dan delimiter",
            f"{path}: no column {listed(missing)}; it has {listed(header)}. Look at columns and delimiter",
        )
    if twice := [name for name in columns.names() if header.count(name) > 1]:
        raise TableError(
            f"{path}: kolom {listed(twice)} ada lebih dari satu; beri nama lain",
            f"{path}: column {listed(twice)} is there more than once; rename one",
        )


def _row(number: int, cells: Sequence[str], header: Sequence[str], columns: Columns) -> Row:
    # A row may be short: some programs leave out the empty cells at its end.
    cell = {name: " ".join(value.split()) for name, value in zip(header, cells, strict=False)}

    def value(name: str | None) -> str:
        found = cell.get(name or "", "")
        return found if _VALUE.search(found) else ""  # "-" is how many forms say nothing

    return Row(
        number=number,
        text=" ".join(filter(None, map(value, columns.text))),
        category=value(columns.category),
        agency=value(columns.agency),
        priority=value(columns.priority),
        id=value(columns.id),
        reporter=value(columns.reporter),
        broken=any(value.strip() for value in cells[len(header) :]),
    )


def clean(rows: Sequence[Row]) -> tuple[list[Row], Counter[str]]:
    """Usable rows with personal data masked, and how many were dropped for which reason (keys of report.REASONS).

    Of rows with one id, or alike in text, category and agency, the first stays.
    """
    dropped: Counter[str] = Counter()
    return list(_cleaned(rows, dropped)), dropped


def _cleaned(rows: Sequence[Row], dropped: Counter[str]) -> Iterator[Row]:
    ids: set[str] = set()
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        text = masked(row.text)
        content = (fold(text), fold(row.category), fold(row.agency))
        if row.broken:
            dropped["broken"] += 1
        elif not _WORD.search(STAGE_TAG.sub("", text)):
            dropped["text"] += 1
        elif not row.category:
            dropped["category"] += 1
        elif not row.agency:
            dropped["agency"] += 1
        elif row.id in ids or content in seen:
            dropped["twice"] += 1
        else:
            ids |= {row.id} - {""}
            seen.add(content)
            yield replace(row, text=text)

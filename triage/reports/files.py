"""Files that take rows one by one: CSV, XLSX, Parquet. A million rows fit in little memory."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa  # type: ignore[import-untyped]
import xlsxwriter  # type: ignore[import-untyped]
from pyarrow import parquet

_GROUP = 50_000
"""Rows of a row group in Parquet: what is in memory at a time."""
_SHEET = 1_048_575
"""Rows of an Excel sheet beside its heading."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is run by a spreadsheet (OWASP, CSV injection)."""
_TYPES = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    datetime: pa.timestamp("us", tz="UTC"),
}


class FileFormat(StrEnum):
    """csv: UTF-8 with a byte order mark, so that Excel reads it right."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


MEDIA_TYPES = {
    FileFormat.csv: "text/csv; charset=utf-8",
    FileFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.parquet: "application/vnd.apache.parquet",
}


class RowFile(Protocol):
    """Takes rows and makes a file of them."""

    def add(self, row: Sequence[Any]) -> None:
        """Write a row."""

    def close(self) -> None:
        """Finish the file."""


@contextmanager
def open_rows(target: Path, file_format: FileFormat, columns: Mapping[str, type]) -> Iterator[RowFile]:
    """A new file with these columns. Values are of their column's type (str, bool, int, float, datetime) or None."""
    make: dict[FileFormat, Callable[[Path, Mapping[str, type]], RowFile]] = {
        FileFormat.csv: _Csv,
        FileFormat.xlsx: _Xlsx,
        FileFormat.parquet: _Parquet,
    }
    file = make[file_format](target, columns)
    try:
        yield file
    finally:
        file.close()


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Csv:
    def __init__(self, target: Path, columns: Mapping[str, type]) -> None:
        self._file = target.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(columns)

    def add(self, row: Sequence[Any]) -> None:
        self._rows.writerow([_csv_cell(value) for value in row])

    def close(self) -> None:
        self._file.close()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe_text(value) if isinstance(value, str) else value


class _Xlsx:
    """In constant memory; a new sheet where one is full. Texts are written as texts, never as formulas or links."""

    def __init__(self, target: Path, columns: Mapping[str, type]) -> None:
        self._book = xlsxwriter.Workbook(
            str(target), {"constant_memory": True, "remove_timezone": True, "nan_inf_to_errors": True}
        )
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._columns = list(columns)
        self._next = _SHEET + 1

    def add(self, row: Sequence[Any]) -> None:
        if self._next > _SHEET:
            self._begin_sheet()
        for place, value in enumerate(row):
            if isinstance(value, str):
                self._sheet.write_string(self._next, place, value)
            elif isinstance(value, datetime):
                self._sheet.write_datetime(self._next, place, value, self._time)
            elif isinstance(value, bool):
                self._sheet.write_boolean(self._next, place, value)
            elif value is not None:
                self._sheet.write_number(self._next, place, value)
        self._next += 1

    def close(self) -> None:
        if self._next > _SHEET and not self._book.worksheets():
            self._begin_sheet()
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.write_row(0, 0, self._columns)
        self._next = 1


class _Parquet:
    def __init__(self, target: Path, columns: Mapping[str, type]) -> None:
        self._schema = pa.schema([(name, _TYPES[kind]) for name, kind in columns.items()])
        self._file = parquet.ParquetWriter(target, self._schema, compression="zstd")
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == _GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            values = zip(*self._rows, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(values, self._schema, strict=True)]
            self._file.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._rows = []

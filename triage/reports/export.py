"""Exports of calls, tickets and decisions, without what was said, who called, or who decided."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from triage.errors import InputError
from triage.reports.files import FileFormat, open_rows
from triage.store.repositories import reports as repository
from triage.store.types import UtcDateTime
from triage.taxonomy import Taxonomy


class ExportKind(StrEnum):
    """What is exported, a row each."""

    calls = "calls"
    tickets = "tickets"
    decisions = "decisions"


_ROWS = {
    ExportKind.calls: repository.call_rows,
    ExportKind.tickets: repository.ticket_rows,
    ExportKind.decisions: repository.decision_rows,
}
_NAMED = ("complaint_type", "target_opd")
"""Columns of codes that get a column with names beside them: complaint_type_name ..."""


def export(
    session: Session,
    kind: ExportKind,
    file_format: FileFormat,
    first: date,
    last: date,
    target: Path,
    taxonomy: Taxonomy,
    time_zone: str,
) -> int:
    """Write what falls on the days from `first` to `last`, both included, into a file. Returns how many rows.

    Calls count by when they began, tickets by when they were opened, decisions by when they were made, in the time zone
    of the call centre, in which the times of the export are too. Raises InputError where the days are no period.
    """
    zone = ZoneInfo(time_zone)
    rows = _ROWS[kind](*period(first, last, zone))
    names = {code: one.name for known in (taxonomy.types, taxonomy.opds) for code, one in known.items()}
    count = 0
    with open_rows(target, file_format, _columns(rows)) as file:
        for row in repository.stream(session, rows):
            file.add(_cells(row, names, zone))
            count += 1
    return count


def period(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day and the one after another day. Raises InputError where they are no period."""
    if not date(2000, 1, 1) <= first <= last <= date(2100, 1, 1):
        raise InputError(
            "period_invalid",
            f"Rentang {first} sampai {last} tidak sah. Tanggal awal tidak boleh sesudah tanggal akhir.",
            f"{first} to {last} is no period. The first day must not come after the last.",
        )
    return (
        datetime.combine(first, time.min, zone),
        datetime.combine(last + timedelta(days=1), time.min, zone),
    )


def _columns(rows: Select[*tuple[Any, ...]]) -> dict[str, type]:
    """Names and types of the file's columns, in order."""
    found: dict[str, type] = {}
    for column in rows.selected_columns:
        assert column.key is not None
        found[column.key] = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
        if column.key in _NAMED:
            found[f"{column.key}_name"] = str
    return found


def _cells(row: Row[*tuple[Any, ...]], names: dict[str, str], zone: ZoneInfo) -> list[Any]:
    """A row's values with names beside codes and times in the call centre's zone."""
    cells: list[Any] = []
    for name, value in zip(row._fields, row, strict=True):
        cells.append(value.astimezone(zone) if isinstance(value, datetime) else value)
        if name in _NAMED:
            cells.append(names.get(value, value))
    return cells

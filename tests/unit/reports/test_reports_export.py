"""Exports on both databases, read back as people and programs would."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pyarrow import parquet
from sqlalchemy import update
from support.kept import add_decided, add_ticket
from support.rows import add_call, without_ids

from triage.errors import InputError
from triage.reports import files
from triage.reports.export import ExportKind, export, period
from triage.reports.files import FileFormat, open_rows, safe_text
from triage.store.tables import Decision
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
ZONE = ZoneInfo("Asia/Makassar")
FIRST, LAST = date(2025, 11, 1), date(2025, 11, 30)
AT = datetime(2025, 11, 18, 12, 30, 15, 250_000, tzinfo=UTC)


def write(database, tmp_path, kind, file_format, first=FIRST, last=LAST):
    target = tmp_path / f"out.{file_format}"
    with database.read() as session:
        count = export(
            session, ExportKind(kind), FileFormat(file_format), first, last, target, TAXONOMY, "Asia/Makassar"
        )
    return target, count


def read(path):
    """Rows of a file as dicts of what a reader sees."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    rows = [row for sheet in openpyxl.load_workbook(path) for row in sheet.values]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row != rows[0]]


@pytest.fixture
def month(database):
    """A call with a ticket, and an undecided one."""
    with database.write() as session:
        call = add_decided(session, 1, duration=41.5, queue="=SUM(A1:A9)")
        call.started_at = AT
        ticket = add_ticket(session, call, days=1)
        ticket.created_at = AT
        session.execute(update(Decision).values(created_at=AT))
        add_call(session, started_at=AT + timedelta(hours=1))
        return call.call_id


class TestCalls:
    @pytest.mark.parametrize("file_format", FileFormat)
    def test_have_codes_names_times_and_the_ticket(self, database, tmp_path, month, file_format):
        path, count = write(database, tmp_path, "calls", file_format)
        rows = read(path)
        assert count == len(rows) == 2
        row = rows[0]
        assert (row["call_id"], row["complaint_type"]) == (month, "pohon_tumbang")
        assert row["complaint_type_name"] == TAXONOMY.types["pohon_tumbang"].name
        assert row["ticket"] == "KDI-112-20251118-0001"
        assert float(row["duration"]) == 41.5
        assert str(row["started_at"]).startswith("2025-11-18") or row["started_at"] == AT
        assert rows[1]["ticket"] in (None, "")

    def test_have_nothing_of_the_caller_or_what_was_said(self, database, tmp_path, month):
        path, _ = write(database, tmp_path, "calls", "csv")
        text = without_ids(path.read_text("utf-8-sig"))
        for secret in ("c" * 24, "678", "rahmat", "17.42", "lorong anawai", "budi"):
            assert secret not in text

    def test_times_are_those_of_the_call_centre(self, database, tmp_path, month):
        path, _ = write(database, tmp_path, "calls", "csv")
        assert read(path)[0]["started_at"] == "2025-11-18T20:30:15+08:00"

    def test_days_are_included_at_both_ends_in_the_call_centres_time(self, database, tmp_path):
        with database.write() as session:
            for at in (
                datetime(2025, 11, 17, 23, 59, tzinfo=ZONE), datetime(2025, 11, 18, 0, 0, tzinfo=ZONE),
                datetime(2025, 11, 18, 23, 59, tzinfo=ZONE), datetime(2025, 11, 19, 0, 0, tzinfo=ZONE),
            ):  # fmt: skip
                add_call(session, started_at=at)
        day = date(2025, 11, 18)
        assert write(database, tmp_path, "calls", "csv", day, day)[1] == 2


class TestOthers:
    @pytest.mark.parametrize("file_format", FileFormat)
    def test_tickets(self, database, tmp_path, month, file_format):
        row = read(write(database, tmp_path, "tickets", file_format)[0])[0]
        assert (row["number"], row["status"], int(row["calls"])) == ("KDI-112-20251118-0001", "baru", 1)
        assert {"description", "place_text", "latitude", "longitude"}.isdisjoint(row)

    @pytest.mark.parametrize("file_format", FileFormat)
    def test_decisions(self, database, tmp_path, month, file_format):
        row = read(write(database, tmp_path, "decisions", file_format)[0])[0]
        assert (row["call_id"], row["verdict"], row["disposition"]) == (month, "accept", "ticket")
        assert {"note", "place_text", "user", "user_pk"}.isdisjoint(row)

    @pytest.mark.parametrize("file_format", FileFormat)
    @pytest.mark.parametrize("kind", ExportKind)
    def test_of_a_period_without_any_have_a_heading_alone(self, database, tmp_path, kind, file_format):
        path, count = write(database, tmp_path, kind, file_format)
        assert (count, read(path)) == (0, [])
        if file_format == FileFormat.csv:
            assert path.read_text("utf-8-sig").strip() != ""

    def test_a_period_that_is_none(self):
        with pytest.raises(InputError):
            period(LAST, FIRST, ZONE)
        with pytest.raises(InputError):
            period(date(1, 1, 1), LAST, ZONE)


class TestFormulas:
    @pytest.mark.parametrize("text", ["=1+1", "+62", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1"])
    def test_are_made_text(self, text):
        assert safe_text(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["", "a=1", "KDI-112", "<5", "0812"])
    def test_other_texts_stay(self, text):
        assert safe_text(text) == text

    def test_do_not_run_in_any_file(self, database, tmp_path, month):
        assert read(write(database, tmp_path, "calls", "csv")[0])[0]["queue"] == "'=SUM(A1:A9)"
        path, _ = write(database, tmp_path, "calls", "xlsx")
        cells = [cell for row in openpyxl.load_workbook(path).active for cell in row if cell.value == "=SUM(A1:A9)"]
        assert [cell.data_type for cell in cells] == ["s"]
        assert read(write(database, tmp_path, "calls", "parquet")[0])[0]["queue"] == "=SUM(A1:A9)"


COLUMNS = {"a": str, "b": int, "c": float, "d": bool, "e": datetime}


class TestFiles:
    def test_an_excel_sheet_that_is_full_is_followed_by_another(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "_SHEET", 3)
        path = tmp_path / "x.xlsx"
        with open_rows(path, FileFormat.xlsx, COLUMNS) as file:
            for number in range(7):
                file.add(["x", number, 0.5, True, AT])
        book = openpyxl.load_workbook(path)
        assert [sheet.max_row for sheet in book] == [4, 4, 2]
        assert [row["b"] for row in read(path)] == list(range(7))

    def test_parquet_is_written_in_row_groups(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "_GROUP", 2)
        path = tmp_path / "x.parquet"
        with open_rows(path, FileFormat.parquet, COLUMNS) as file:
            for number in range(5):
                file.add(["x", number, None, None, AT])
        assert parquet.ParquetFile(path).num_row_groups == 3
        assert [row["e"] for row in read(path)] == [AT] * 5

    @pytest.mark.parametrize("file_format", FileFormat)
    def test_any_text_comes_back(self, tmp_path, file_format):
        path = tmp_path / f"x.{file_format}"
        texts = ['koma, "kutip"\nbaris', "Jl. Ki’ Hajar é 🚒", "http://x.id", " spasi "]
        with open_rows(path, file_format, {"a": str}) as file:
            for text in texts:
                file.add([text])
        assert [row["a"] for row in read(path)] == texts

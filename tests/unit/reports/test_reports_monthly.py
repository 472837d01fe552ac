"""The monthly figures on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.kept import add_decided, add_ticket
from support.rows import add_call

from triage.errors import InputError
from triage.reports.monthly import month_bounds, monthly, table, to_csv
from triage.store.tables import Call, Ticket
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
NOW = datetime(2026, 1, 5, tzinfo=UTC)
NOVEMBER = datetime(2025, 11, 10, 2, tzinfo=UTC)


def decide(session, *args, at=NOVEMBER, **values):
    call = add_decided(session, 1, *args, **values)
    call.started_at = at
    return call


def figures(database, month="2025-11", form="internal"):
    with database.read() as session:
        return monthly(session, TAXONOMY, "Asia/Makassar", month, form, NOW)


class TestMonth:
    def test_begins_and_ends_at_midnight_of_the_call_centre(self):
        assert month_bounds("2025-12", "Asia/Makassar") == (
            datetime(2025, 11, 30, 16, tzinfo=UTC),
            datetime(2025, 12, 31, 16, tzinfo=UTC),
        )

    @pytest.mark.parametrize("month", ["2025-13", "2025-1", "25-11", "", "2025-11-01", "٢٠٢٥-١١"])
    def test_of_another_form_is_refused(self, month):
        with pytest.raises(InputError):
            month_bounds(month, "Asia/Makassar")

    def test_decides_which_calls_and_tickets_count(self, database):
        with database.write() as session:
            first, after = month_bounds("2025-11", "Asia/Makassar")
            for at in (first - timedelta(microseconds=1), first, after - timedelta(microseconds=1), after):
                ticket = add_ticket(session, decide(session, at=at), days=1)
                ticket.created_at = at
        found = figures(database)
        assert (found.calls, found.tickets) == (2, 2)


class TestCalls:
    def test_are_valid_or_not_or_undecided_and_add_up(self, database):
        with database.write() as session:
            decide(session, duration=60.0)
            decide(session, "information", "informasi_layanan", duration=9.0)
            decide(session, "information", None, duration=30.0)
            decide(session, "ghost", None, duration=31.0)
            for state in ("received", "working", "ready", "dead"):
                add_call(session, state=state, disposition="ghost", started_at=NOVEMBER)
            for verdict in ("cannot_tell", "bad_transcript"):
                decide(session, decision={"verdict": verdict, "disposition": None})
        found = figures(database)
        assert (found.calls, found.valid, found.not_valid, found.undecided) == (10, 3, 1, 6)
        assert found.long_calls == 3

    def test_a_bad_transcript_with_an_answer_is_decided(self, database):
        with database.write() as session:
            decide(session, decision={"verdict": "bad_transcript"})
        assert figures(database).valid == 1

    def test_without_one_it_is_not_whatever_the_machine_had_suggested(self, database):
        with database.write() as session:
            call = decide(session, decision={"verdict": "bad_transcript", "disposition": None})
            call.disposition, call.ghost_kind = "ghost", "prank_anak"  # the queue's columns keep the suggestion's
        found = figures(database)
        assert (found.not_valid, found.undecided, found.by_ghost_kind) == (0, 1, [])

    def test_going_out_or_internal_do_not_count(self, database):
        with database.write() as session:
            for direction in ("in", "out", "internal", None):
                add_call(session, direction=direction, started_at=NOVEMBER)
        assert figures(database).calls == 2

    def test_an_erased_one_still_counts(self, database):
        with database.write() as session:
            decide(session).state = "erased"
        assert figures(database).valid == 1


class TestLines:
    def test_by_opd_type_and_ghost_kind(self, database):
        with database.write() as session:
            tree = decide(session)
            decide(session)
            decide(session, "ticket", "banjir")
            decide(session, "information", None)
            decide(session, "ghost", None)
            add_ticket(session, tree, days=1).created_at = NOVEMBER
            add_ticket(session, days=1, closed=0.5).created_at = NOVEMBER
            add_ticket(session, days=1, closed=0.5, status="batal").created_at = NOVEMBER
            add_ticket(session, days=1, source="open311").created_at = NOVEMBER
        found = figures(database)
        assert (found.tickets, found.done, found.withdrawn, found.other_tickets) == (3, 1, 1, 1)
        by_type = {line.code: (line.calls, line.tickets, line.done) for line in found.by_type}
        assert by_type == {"banjir": (1, 0, 0), "pohon_tumbang": (2, 3, 1), "-": (1, 0, 0)}
        tree_opd = TAXONOMY.types["pohon_tumbang"].main_opd
        flood_opd = TAXONOMY.types["banjir"].main_opd
        by_opd = {line.code: line.calls for line in found.by_opd}
        assert by_opd == {tree_opd: 2, flood_opd: 1, "-": 1}
        assert [(line.code, line.calls) for line in found.by_ghost_kind] == [("prank_anak", 1)]
        assert next(line.name for line in found.by_type if line.code == "banjir") == TAXONOMY.types["banjir"].name

    def test_a_code_that_the_taxonomy_no_longer_has_is_still_counted(self, database):
        with database.write() as session:
            decide(session, decision={"complaint_type": "jenis_lama"})
        assert [(line.code, line.name) for line in figures(database).by_type] == [("jenis_lama", "jenis_lama")]


def fill(session):
    for code, count in {"pohon_tumbang": 12, "banjir": 7, "kebakaran_bangunan": 2}.items():
        about = TAXONOMY.types[code]
        for number in range(count):
            call = decide(session, "ticket", code)
            ticket = add_ticket(
                session, call, days=1, closed=0.5 if number % 2 else None,
                complaint_type=code, target_opd=about.main_opd,
            )  # fmt: skip
            ticket.created_at = NOVEMBER
    for _ in range(6):
        decide(session, "ghost", None)
    decide(session, "ghost", None, decision={"ghost_kind": "salah_sambung"})


class TestPublicForm:
    def test_hides_small_counts_and_what_gives_them_away(self, database):
        with database.write() as session:
            fill(session)
        found = figures(database, form="public")
        assert (found.calls, found.valid, found.not_valid, found.tickets) == (28, 21, 7, 21)
        tickets = {line.code: line.tickets for line in found.by_type}
        assert tickets == {"pohon_tumbang": 12, "banjir": "*", "kebakaran_bangunan": "<5"}
        assert {line.code: line.calls for line in found.by_ghost_kind} == {}  # 7 and "<5" would say 6 and 1
        assert (found.long_calls, found.withdrawn, found.other_tickets) == (None, None, None)

    def test_the_internal_form_hides_nothing(self, database):
        with database.write() as session:
            fill(session)
        found = figures(database)
        assert {line.code: line.tickets for line in found.by_type}["kebakaran_bangunan"] == 2
        assert {line.code: line.calls for line in found.by_ghost_kind} == {"prank_anak": 6, "salah_sambung": 1}

    def test_a_month_without_calls(self, database):
        found = figures(database, form="public")
        assert (found.calls, found.tickets, found.by_opd) == (0, 0, [])


class TestCsv:
    def test_says_the_same_as_the_figures(self, database):
        with database.write() as session:
            fill(session)
        text = to_csv(figures(database, form="public"))
        assert text.startswith("\ufeffbagian,kode,nama,ukuran,jumlah\r\n")
        lines = text.splitlines()
        assert "ringkasan,,,masuk,28" in lines
        name = TAXONOMY.types["kebakaran_bangunan"].name
        assert f"jenis aduan,kebakaran_bangunan,{name},tiket,<5" in lines
        assert len(lines) == 1 + len(list(table(figures(database, form="public"))))


class TestIndex:
    def test_of_the_start_is_used(self, database):
        """Else a month of a million calls would mean reading them all."""
        with database.write() as session:
            for _ in range(50):
                decide(session)
        first, after = month_bounds("2025-11", "Asia/Makassar")
        names = {index.name for index in (*Call.__table__.indexes, *Ticket.__table__.indexes)}
        assert {"ix_calls_started_at_id", "ix_tickets_created_at_id"} <= names
        if database.is_sqlite:
            with database.read() as session:
                plan = session.connection().exec_driver_sql(
                    "EXPLAIN QUERY PLAN SELECT disposition, count(*) FROM calls "
                    "WHERE started_at >= ? AND started_at < ? GROUP BY disposition",
                    (first.isoformat(), after.isoformat()),
                )
                assert any("ix_calls_started_at_id" in row[3] for row in plan)

"""The audit trail on both databases: what is changed behind its back is found, and many may write at once."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from triage.audit import Actor, Anchor, Audit, Finding, current_anchor, verify
from triage.audit.links import BROKEN, seal
from triage.errors import ConflictError
from triage.store import Database
from triage.store.tables import AuditHead, AuditRow, User

KEY = b"kunci"
RINA = Actor("user:rina", "10.1.1.7")


def fill(database: Database, count: int = 6) -> None:
    for number in range(count):
        with database.write() as session:
            Audit(KEY).record(session, RINA, "call.read", "call", f"call-{number}", number=number)


def check(database: Database, key: bytes = KEY, anchor: Anchor | None = None) -> list[Finding]:
    with database.read() as session:
        return verify(session, key, anchor)[1]


def one(kind: str, row: int, until: int | None = None) -> Finding:
    return Finding(row, kind, row if until is None else until)  # type: ignore[arg-type]


def execute(database: Database, *statements) -> None:
    with database.write() as session:
        for statement in statements:
            session.execute(statement)


class TestSoundTrail:
    def test_nothing_is_found(self, database):
        fill(database)
        with database.read() as session:
            assert verify(session, KEY) == (6, [])

    def test_an_empty_one_of_a_new_installation_is_sound(self, database):
        assert check(database) == []

    def test_detail_of_every_kind_reads_back_as_it_was_hashed(self, database):
        detail = {
            "b": [1, 2.5, None, True], "a": {"z": "é\n\"'", "y": 1e22}, "list": ("x", "y"),
            "small": 1e-7, "zero": 0.0, "big": 2**62,
        }  # fmt: skip
        with database.write() as session:
            Audit(KEY).record(session, RINA, "export", "calls", "all", **detail)
        assert check(database) == []

    def test_several_records_of_one_transaction(self, database):
        with database.write() as session:
            for number in range(3):
                Audit(KEY).record(session, RINA, "call.read", "call", str(number))
        assert check(database) == []

    def test_what_is_rolled_back_leaves_no_row(self, database):
        fill(database, 1)
        with pytest.raises(RuntimeError), database.write() as session:
            Audit(KEY).record(session, RINA, "call.read", "call", "x")
            raise RuntimeError
        fill(database, 1)
        with database.read() as session:
            assert verify(session, KEY) == (2, [])


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        [
            {"at": datetime(2020, 1, 1, tzinfo=UTC)},
            {"actor": "user:budi"},
            {"action": "call.listen"},
            {"object_kind": "ticket"},
            {"object_id": "call-99"},
            {"source": "10.9.9.9"},
            {"detail": {"number": 7}},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_an_edited_column(self, database, change):
        fill(database)
        execute(database, update(AuditRow).where(AuditRow.id == 3).values(**change))
        assert check(database) == [one("edited", 3)]

    def test_an_edited_hash_shows_in_both_rows_it_links(self, database):
        fill(database)
        execute(database, update(AuditRow).where(AuditRow.id == 3).values(hash="f" * 64))
        assert check(database) == [one("edited", 3), one("edited", 4)]

    @pytest.mark.parametrize(
        ("gone", "findings"),
        [
            ([1], [one("removed", 1)]),
            ([3], [one("removed", 3)]),
            ([6], [one("removed", 6)]),
            ([1, 2, 4], [one("removed", 1, 2), one("removed", 4)]),
            ([4, 5, 6], [one("removed", 4, 6)]),
            ([1, 2, 3, 4, 5, 6], [one("removed", 1, 6)]),
        ],
        ids=["first", "middle", "last", "several", "tail", "all"],
    )
    def test_removed_rows(self, database, gone, findings):
        fill(database)
        execute(database, delete(AuditRow).where(AuditRow.id.in_(gone)))
        assert check(database) == findings

    @pytest.mark.parametrize("row", [0, 7, 10**15], ids=["before", "after", "far"])
    def test_an_inserted_row(self, database, row):
        fill(database)
        with database.write() as session:
            values = {c.name: getattr(session.get(AuditRow, 3), c.name) for c in AuditRow.__table__.columns}
            session.add(AuditRow(**values | {"id": row}))
        assert check(database) == [one("inserted", row)]

    def test_a_row_put_in_the_place_of_a_removed_one(self, database):
        fill(database)
        with database.write() as session:
            values = {c.name: getattr(session.get(AuditRow, 2), c.name) for c in AuditRow.__table__.columns}
            session.execute(delete(AuditRow).where(AuditRow.id == 4))
            session.add(AuditRow(**values | {"id": 4}))
        assert check(database) == [one("edited", 4), one("edited", 5)]

    def test_two_rows_that_changed_places(self, database):
        fill(database)
        execute(
            database,
            update(AuditRow).where(AuditRow.id == 3).values(id=99),
            update(AuditRow).where(AuditRow.id == 4).values(id=3),
            update(AuditRow).where(AuditRow.id == 99).values(id=4),
        )
        assert {finding.kind for finding in check(database)} == {"edited"}
        assert {finding.row for finding in check(database)} >= {3, 4}

    def test_another_key(self, database):
        fill(database)
        findings = check(database, b"kunci lain")
        assert findings[0] == one("head", 6)
        assert [finding.row for finding in findings[1:]] == [1, 2, 3, 4, 5, 6]


def forge_head(database: Database, last: int, key: bytes) -> None:
    """Cut the tail off and make the head say that `last` was always the last row."""
    with database.write() as session:
        session.execute(delete(AuditRow).where(AuditRow.id > last))
        head = session.get(AuditHead, 1)
        row = session.get(AuditRow, last)
        head.last_id, head.last_hash = last, row.hash
        head.seal = seal(key, head)


class TestForgedHead:
    def test_a_tail_cut_off_without_the_key(self, database):
        fill(database)
        forge_head(database, 4, b"tebakan")
        assert check(database) == [one("head", 4)]

    def test_stays_found_after_the_service_went_on_writing(self, database):
        """The next rows must not seal what the forger wrote."""
        fill(database)
        forge_head(database, 4, b"tebakan")
        fill(database, 2)
        assert check(database) == [one("head", 5)]
        with database.read() as session:
            assert session.get(AuditRow, 5).action == BROKEN

    def test_a_removed_head_stays_found_too(self, database):
        fill(database)
        execute(database, delete(AuditHead))
        assert check(database) == [one("head", 6)]
        fill(database, 2)
        assert check(database) == [one("head", 7)]

    def test_an_old_head_put_back_shows_and_stops_nobody(self, database):
        fill(database, 3)
        with database.read() as session:
            head = session.get(AuditHead, 1)
            old = {c.name: getattr(head, c.name) for c in AuditHead.__table__.columns}
        fill(database, 3)
        execute(database, update(AuditHead).values(**old))
        assert [finding.kind for finding in check(database)] == ["inserted"] * 3
        fill(database, 1)
        assert check(database) == [one("head", 7)]

    def test_a_trail_wiped_out_in_an_installation_that_has_users(self, database):
        fill(database)
        with database.write() as session:
            session.add(User(name="rina", role="operator", created_at=datetime.now(UTC)))
            session.execute(delete(AuditRow))
            session.execute(delete(AuditHead))
        assert check(database) == [one("head", 0)]


class TestAnchor:
    def test_shows_a_trail_that_was_set_back_with_its_own_head(self, database):
        fill(database, 3)
        with database.read() as session:
            head = session.get(AuditHead, 1)
            old = {c.name: getattr(head, c.name) for c in AuditHead.__table__.columns}
        fill(database, 3)
        with database.read() as session:
            anchor = current_anchor(session)
        execute(database, delete(AuditRow).where(AuditRow.id > 3), update(AuditHead).values(**old))
        assert check(database) == []  # what no hash inside the database can show
        assert check(database, anchor=anchor) == [one("anchor", 6)]
        fill(database, 4)
        assert check(database, anchor=anchor) == [one("anchor", 6)]

    def test_holds_while_the_trail_grows_and_when_its_row_was_cut(self, database):
        fill(database, 3)
        with database.read() as session:
            anchor = current_anchor(session)
        fill(database, 3)
        assert check(database, anchor=anchor) == []
        with database.write() as session:
            Audit(KEY).cut(session, datetime.now(UTC) + timedelta(days=1))
        assert check(database, anchor=anchor) == []


def make_older(database: Database, key: bytes, count: int) -> None:
    """Give the first rows a time three years back, as if the service had written them then."""
    from triage.audit.links import row_hash

    with database.write() as session:
        head = session.get(AuditHead, 1)
        previous = head.first_hash
        for row in session.scalars(select(AuditRow).order_by(AuditRow.id)):
            if row.id <= count:
                row.at -= timedelta(days=3 * 365)
            row.hash = row_hash(key, row, previous)
            previous = row.hash
        head.last_hash = previous
        head.seal = seal(key, head)


BEFORE = datetime.now(UTC) - timedelta(days=365)


class TestRetention:
    def test_a_cut_leaves_a_sound_trail_that_goes_on(self, database):
        fill(database)
        make_older(database, KEY, 4)
        with database.write() as session:
            assert Audit(KEY).cut(session, BEFORE) == 4
        fill(database, 1)
        with database.read() as session:
            assert verify(session, KEY) == (3, [])

    def test_a_cut_of_everything_and_of_nothing(self, database):
        fill(database)
        with database.write() as session:
            assert Audit(KEY).cut(session, BEFORE) == 0
            assert Audit(KEY).cut(session, datetime.now(UTC) + timedelta(days=1)) == 6
        fill(database, 2)
        with database.read() as session:
            assert verify(session, KEY) == (2, [])

    def test_rows_removed_after_a_cut_are_found(self, database):
        fill(database)
        make_older(database, KEY, 2)
        with database.write() as session:
            Audit(KEY).cut(session, BEFORE)
        execute(database, delete(AuditRow).where(AuditRow.id == 3))
        assert check(database) == [one("removed", 3)]

    def test_evidence_of_tampering_is_not_cut(self, database):
        fill(database)
        make_older(database, KEY, 4)
        execute(database, update(AuditRow).where(AuditRow.id == 2).values(actor="user:budi"))
        with pytest.raises(ConflictError) as raised, database.write() as session:
            Audit(KEY).cut(session, BEFORE)
        assert raised.value.code == "audit_broken"
        assert check(database) == [one("edited", 2)]

    def test_a_young_row_before_an_old_one_is_kept(self, database):
        """A clock that went back must not cost a young row."""
        fill(database, 3)
        make_older(database, KEY, 3)
        fill(database, 1)
        with database.write() as session:
            assert Audit(KEY).cut(session, BEFORE) == 3


def write_from(url: str, name: str, count: int) -> None:
    database = Database(url)
    for number in range(count):
        with database.write() as session:
            Audit(KEY).record(session, Actor(f"system:{name}", "test"), "call.read", "call", str(number))
    database.close()


class TestConcurrentWriters:
    def test_threads_that_begin_an_empty_trail_keep_one_chain(self, database):
        start = threading.Barrier(6)

        def work(name: str) -> None:
            start.wait()
            write_from(database.url, name, 8)

        threads = [threading.Thread(target=work, args=(str(number),)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.read() as session:
            assert verify(session, KEY) == (48, [])

    def test_two_processes_keep_one_chain(self, database):
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=write_from, args=(database.url, str(number), 20)) for number in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0]
        with database.read() as session:
            assert verify(session, KEY) == (40, [])

    def test_verifying_while_others_write_raises_no_false_alarm(self, database):
        fill(database, 3)
        with database.read() as session:
            current_anchor(session)  # the state is taken here
            fill(database, 3)
            assert verify(session, KEY) == (3, [])

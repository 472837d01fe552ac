"""Erasing one call on both databases, and the hold that forbids it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from support.kept import NOW, add_decided, add_ticket, operator
from support.rows import add_call

from triage.audit import Actor, Audit, verify
from triage.errors import ConflictError, MissingError, StoreError
from triage.privacy.erase import erase_call
from triage.privacy.hold import release_hold, set_hold
from triage.storage import Storage
from triage.store.tables import (
    AuditRow,
    Call,
    Dataset,
    DatasetModel,
    DatasetRow,
    Decision,
    Erasure,
    OutboxMessage,
    Review,
    SuggestionRow,
    Ticket,
    TranscriptRow,
    WatchedFile,
)

KEY = b"kunci"
ADMIN = Actor("user:admin.uji", "10.1.1.1")


@pytest.fixture
def storage(tmp_path):
    return Storage(f"file://{tmp_path}/audio")


def erase(database, storage, call_id, reason="permintaan no. 7"):
    with database.write() as session:
        return erase_call(session, storage, Audit(KEY), ADMIN, call_id, reason, NOW)


def decided(database, storage, **values):
    with database.write() as session:
        return add_decided(session, 10, storage=storage, **values).call_id


class TestErase:
    def test_leaves_nothing_of_what_was_said_or_who_said_it(self, database, storage):
        call_id = decided(database, storage)
        with database.write() as session:
            call = session.scalars(select(Call)).one()
            add_ticket(session, call, days=10)
            session.add(WatchedFile(path_key="a", path="/pbx/x", size=1, modified_ns=1, call_pk=call.id, seen_at=NOW))
            user = operator(session)
            session.add(Review(call_pk=call.id, user_pk=user.id, faults=[], note="rahmat", created_at=NOW))
            uri = call.audio_uri
        erase(database, storage, call_id)
        assert not storage.exists(uri)
        with database.read() as session:
            for table in (TranscriptRow, SuggestionRow, WatchedFile, text("call_search")):
                assert session.scalar(select(func.count()).select_from(table)) == 0
            decision, review, ticket = (session.scalars(select(one)).one() for one in (Decision, Review, Ticket))
            call = session.scalars(select(Call)).one()
        assert (decision.note, decision.place_text, decision.place_id, review.note) == (None, None, None, None)
        assert (ticket.description, ticket.place_text, ticket.latitude) == ("", None, None)
        assert (call.state, call.caller_hash, call.caller_last3, call.file_name) == ("erased", None, None, "")
        assert "c" * 24 not in call.content_key
        assert (call.audio_uri, call.audio_purged_at, call.text_purged_at) == (None, NOW, NOW)
        assert (call.disposition, decision.complaint_type) == ("ticket", "pohon_tumbang")  # the figures stay

    def test_names_the_data_sets_and_the_models_and_takes_the_rows_out(self, database, storage):
        call_id, other = decided(database, storage), decided(database, storage)
        with database.write() as session:
            keys = {call.call_id: call.id for call in session.scalars(select(Call))}
            for number, name in enumerate(("satu", "dua", "lain"), 1):
                session.add(Dataset(id=number, name=name, fingerprint="f", rows=1, created_by="x", created_at=NOW))
            session.flush()
            for number, row in ((1, call_id), (2, call_id), (2, other), (3, other)):
                session.add(DatasetRow(dataset_pk=number, row_id=row, call_pk=keys[row], body={"id": row}))
            for number, model in ((1, "classifier-id 0.3"), (2, "classifier-id 0.3"), (3, "classifier-id 0.4")):
                session.add(DatasetModel(dataset_pk=number, model=model, created_at=NOW))
        erased = erase(database, storage, call_id)
        assert erased.datasets == ("satu", "dua")
        assert erased.models == ("classifier-id 0.3",)
        with database.read() as session:
            assert sorted(session.scalars(select(DatasetRow.row_id))) == [other, other]
            note = session.scalars(select(Erasure)).one()
            row = session.scalars(select(AuditRow)).one()
            assert verify(session, KEY)[1] == []
        assert (note.call_id, note.datasets, note.models) == (call_id, ["satu", "dua"], ["classifier-id 0.3"])
        assert (note.reason, note.created_by) == ("permintaan no. 7", "user:admin.uji")
        assert (row.action, row.object_id) == ("privacy.erase", call_id)

    def test_a_ticket_about_other_calls_stays_as_it_is_and_is_named(self, database, storage):
        call_id = decided(database, storage)
        decided(database, storage)
        with database.write() as session:
            add_ticket(session, *session.scalars(select(Call)), days=10)
        assert erase(database, storage, call_id).shared_ticket
        with database.read() as session:
            assert session.scalars(select(Ticket.description)).one() != ""

    def test_messages_about_its_ticket_are_emptied_and_called_off(self, database, storage):
        call_id = decided(database, storage)
        with database.write() as session:
            ticket = add_ticket(session, *session.scalars(select(Call)), days=10)
            for number, state in enumerate(("sent", "pending", "dead")):
                session.add(
                    OutboxMessage(
                        message_id=str(number),
                        ticket_pk=ticket.id,
                        opd="DLHK",
                        channel="w",
                        kind="ticket.created",
                        payload={"description": "rahmat"},
                        state=state,
                        next_at=NOW,
                        created_at=NOW,
                    )
                )
        erase(database, storage, call_id)
        with database.read() as session:
            rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        assert [row.state for row in rows] == ["sent", "dropped", "dropped"]
        assert [row.payload for row in rows] == [{}, {}, {}]

    @pytest.mark.parametrize("state", ["received", "queued", "working", "ready", "dead"])
    def test_a_call_that_nobody_decided(self, database, storage, state):
        with database.write() as session:
            call_id = add_call(session, state=state, audio_uri=storage.write("2026/x.wav", b"x")).call_id
        erase(database, storage, call_id)
        assert not storage.exists("2026/x.wav")
        with database.read() as session:
            assert session.scalars(select(Call.state)).one() == "erased"

    def test_two_of_the_same_sound_can_both_be_erased(self, database, storage):
        with database.write() as session:
            for caller in ("a", "b"):
                add_call(session, sha256="f" * 64, content_key=f"{'f' * 64}:-:-:{caller * 24}", state="decided")
            names = session.scalars(select(Call.call_id)).all()
        for name in names:
            erase(database, storage, name)
        with database.read() as session:
            keys = session.scalars(select(Call.content_key)).all()
        assert {key.rsplit(":", 1)[0] for key in keys} == {f"{'f' * 64}:-:-:-"}


class TestRefused:
    def test_no_such_call(self, database, storage):
        with pytest.raises(MissingError):
            erase(database, storage, "call-0")

    def test_a_second_time(self, database, storage):
        call_id = decided(database, storage)
        erase(database, storage, call_id)
        with pytest.raises(ConflictError) as raised:
            erase(database, storage, call_id)
        assert raised.value.code == "call_erased"

    def test_under_legal_hold(self, database, storage):
        call_id = decided(database, storage)
        with database.write() as session:
            set_hold(session, Audit(KEY), ADMIN, call_id, "LP/1")
        with pytest.raises(ConflictError) as raised:
            erase(database, storage, call_id)
        assert raised.value.code == "legal_hold"
        with database.read() as session:
            call = session.scalars(select(Call)).one()
        assert call.state == "decided"
        assert storage.exists(call.audio_uri)

    def test_a_storage_that_fails_leaves_the_store_as_it_was_and_a_second_attempt_does_it(self, database, storage):
        call_id = decided(database, storage)

        class Failing(Storage):
            def delete(self, uri):
                raise StoreError("storage_unavailable", "x", "x")

        with pytest.raises(StoreError):
            erase(database, Failing(storage.url), call_id)
        with database.read() as session:
            assert session.scalars(select(TranscriptRow)).one().text
            assert session.scalars(select(AuditRow)).all() == []
        assert erase(database, storage, call_id).call_id == call_id


class TestHold:
    def test_is_kept_with_its_reason_and_recorded(self, database, storage):
        call_id = decided(database, storage)
        with database.write() as session:
            set_hold(session, Audit(KEY), ADMIN, call_id, "LP/12/2026")
        with database.read() as session:
            assert session.scalars(select(Call.legal_hold)).one() == "LP/12/2026"
        with database.write() as session:
            release_hold(session, Audit(KEY), ADMIN, call_id, "inkrah", NOW)
        with database.read() as session:
            call = session.scalars(select(Call)).one()
            rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        assert (call.legal_hold, call.hold_released_at) == (None, NOW)
        assert [(row.action, row.detail["reason"]) for row in rows] == [
            ("privacy.hold", "LP/12/2026"),
            ("privacy.release", "inkrah"),
        ]

    def test_twice_is_a_conflict(self, database, storage):
        call_id = decided(database, storage)
        with database.write() as session:
            set_hold(session, Audit(KEY), ADMIN, call_id, "LP/1")
        with pytest.raises(ConflictError), database.write() as session:
            set_hold(session, Audit(KEY), ADMIN, call_id, "LP/2")

    def test_of_an_erased_call_is_a_conflict(self, database, storage):
        call_id = decided(database, storage)
        erase(database, storage, call_id)
        with pytest.raises(ConflictError), database.write() as session:
            set_hold(session, Audit(KEY), ADMIN, call_id, "LP/1")
        with pytest.raises(ConflictError), database.write() as session:
            release_hold(session, Audit(KEY), ADMIN, call_id, "x", NOW)

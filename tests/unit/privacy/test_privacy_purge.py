"""The nightly purge on both databases."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select, text, update
from support.kept import NOW, add_decided, add_ticket, days_ago
from support.rows import add_call

from triage.audit import Actor, Audit, verify
from triage.errors import ConflictError, StoreError
from triage.privacy.hold import release_hold, set_hold
from triage.privacy.policy import load_policy
from triage.privacy.purge import LAST, RUNNING, Counts, Purge
from triage.storage import Storage
from triage.store.repositories import notes
from triage.store.repositories.search import CallFilter, find_calls
from triage.store.tables import (
    AuditRow,
    Call,
    Dataset,
    DatasetRow,
    Decision,
    OutboxMessage,
    Review,
    SuggestionRow,
    Ticket,
    TicketCall,
    TranscriptRow,
    WatchedFile,
)
from triage.taxonomy import load_taxonomy

KEY = b"kunci"
ACTOR = Actor("system:purge", "test")


class Site:
    """A store with a purge by the bundled policy."""

    def __init__(self, database, tmp_path):
        self.database = database
        self.storage = Storage(f"file://{tmp_path}/audio")
        self.audit = Audit(KEY)
        self.purge = Purge(database, self.storage, self.audit, ACTOR, load_policy(None, load_taxonomy()))

    def decided(self, days, *args, closed=None, ticket=None, **values):
        """Public name of a decided call; closed: of its ticket, "open" for one that is."""
        with self.database.write() as session:
            call = add_decided(session, days, *args, storage=self.storage, **values)
            if closed is not None:
                add_ticket(session, call, days=days, closed=None if closed == "open" else closed, **(ticket or {}))
            return call.call_id

    def call(self, call_id):
        with self.database.read() as session:
            return session.scalar(select(Call).where(Call.call_id == call_id))

    def has_audio(self, call_id):
        uri = self.call(call_id).audio_uri
        return uri is not None and self.storage.exists(uri)

    def count(self, table):
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table))

    def run(self, now=NOW):
        return self.purge.run(now)


@pytest.fixture
def site(database, tmp_path):
    return Site(database, tmp_path)


class TestRecordings:
    def test_of_closed_tickets_go_after_90_days(self, site):
        old, young = site.decided(200, closed=91), site.decided(200, closed=89)
        assert site.run().audio == 1
        assert not site.has_audio(old)
        assert site.has_audio(young)
        assert site.call(old).audio_purged_at == NOW

    def test_of_an_open_ticket_stay_however_old(self, site):
        call = site.decided(2000, closed="open")
        assert site.run() == Counts()
        assert site.has_audio(call)

    def test_of_ghosts_go_30_days_after_the_decision(self, site):
        old, young = site.decided(31, "ghost", None), site.decided(29, "ghost", None)
        site.run()
        assert (site.has_audio(old), site.has_audio(young)) == (False, True)

    def test_of_questions_go_90_days_after_the_decision(self, site):
        old, young = (
            site.decided(91, "information", "informasi_layanan"),
            site.decided(89, "information", "informasi_layanan"),
        )
        site.run()
        assert (site.has_audio(old), site.has_audio(young)) == (False, True)

    def test_of_a_call_decided_anew_wait_from_then(self, site):
        with site.database.write() as session:
            call = add_decided(session, 200, "ghost", None, storage=site.storage)
            from support.kept import operator
            from support.rows import add_decision

            add_decision(session, call, operator(session), disposition="ghost", created_at=days_ago(3))
            name = call.call_id
        site.run()
        assert site.has_audio(name)

    @pytest.mark.parametrize("state", ["received", "queued", "working", "ready", "dead"])
    def test_of_undecided_calls_are_never_removed(self, site, state):
        with site.database.write() as session:
            uri = site.storage.write("2020/x.wav", b"suara")
            add_call(session, state=state, received_at=days_ago(3000), audio_uri=uri, disposition="ghost")
        assert site.run() == Counts()
        assert site.storage.exists(uri)


class TestHeldCalls:
    def test_of_kept_types_stay_until_released(self, site):
        call = site.decided(3000, "ticket", "kdrt_ppa", closed=2900, ticket={"complaint_type": "kdrt_ppa"})
        assert site.run() == Counts()
        assert site.has_audio(call)
        with site.database.write() as session:
            release_hold(session, site.audit, ACTOR, call, "putusan inkrah", days_ago(91))
        assert site.run().audio == 1
        assert not site.has_audio(call)

    def test_stay_when_only_the_ticket_has_a_kept_type(self, site):
        call = site.decided(300, closed=290, ticket={"complaint_type": "narkoba"})
        site.run()
        assert site.has_audio(call)

    def test_under_legal_hold_stay_and_a_release_starts_the_term_anew(self, site):
        call = site.decided(3000, closed=2900)
        with site.database.write() as session:
            set_hold(session, site.audit, ACTOR, call, "LP/12/2026")
        assert site.run() == Counts()
        with site.database.write() as session:
            release_hold(session, site.audit, ACTOR, call, "selesai", days_ago(10))
        assert site.run().audio == 0
        assert site.run(now=NOW.replace(year=2027)).audio == 1
        assert not site.has_audio(call)


class TestNamesWithTheRecording:
    def test_are_masked_when_it_goes_and_the_rest_stays_findable(self, site):
        call = site.decided(200, closed=91)
        site.run()
        with site.database.read() as session:
            row = session.scalars(select(TranscriptRow)).one()
            suggestion = session.scalars(select(SuggestionRow)).one()
            words = {
                word: [line.call_id for line in find_calls(session, CallFilter(words=(word,)), None, 5).lines]
                for word in ("rahmat", "tumbang")
            }
        assert row.text == "halo nama saya [NAMA] ada pohon tumbang nomor saya [NOMOR]"
        assert row.body["segments"][0]["text"] == row.text
        assert words == {"rahmat": [], "tumbang": [call]}
        assert [entry["quote"] for entry in suggestion.body["evidence"]] == ["pohon tumbang", ""]
        assert suggestion.body["audio"]["file"] == ""

    def test_stay_while_it_is_there(self, site):
        site.decided(10, closed=5)
        site.run()
        with site.database.read() as session:
            assert "rahmat" in session.scalars(select(TranscriptRow)).one().text


class TestWords:
    def test_go_after_a_year_with_what_people_wrote_and_who_called(self, site):
        call = site.decided(366, closed=360)
        with site.database.write() as session:
            pk = session.scalar(select(Call.id))
            session.add(WatchedFile(path_key="a", path="/pbx/x.wav", size=1, modified_ns=1, call_pk=pk, seen_at=NOW))
            user = session.scalars(select(Decision)).one().user_pk
            session.add(Review(call_pk=pk, user_pk=user, faults=[], note="pak rahmat", created_at=NOW))
            ticket = session.scalars(select(Ticket)).one()
            session.add(
                OutboxMessage(
                    message_id="m1",
                    ticket_pk=ticket.id,
                    opd="DLHK",
                    channel="w",
                    kind="ticket.created",
                    payload={"description": "pak rahmat"},
                    state="sent",
                    next_at=NOW,
                    created_at=NOW,
                )
            )
        counts = site.run()
        assert (counts.audio, counts.text) == (1, 1)
        assert site.count(TranscriptRow) == site.count(WatchedFile) == 0
        assert site.count(text("call_search")) == 0
        with site.database.read() as session:
            stored = [
                *session.scalars(select(Decision.note)),
                *session.scalars(select(Decision.place_text)),
                *session.scalars(select(Review.note)),
                *session.scalars(select(Ticket.place_text)),
                *session.scalars(select(Ticket.latitude)),
            ]
            assert set(stored) == {None}
            assert session.scalars(select(Ticket.description)).all() == [""]
            assert session.scalars(select(OutboxMessage.payload)).all() == [{}]
            assert {entry["quote"] for entry in session.scalars(select(SuggestionRow)).one().body["evidence"]} == {""}
        row = site.call(call)
        assert (row.caller_hash, row.caller_last3, row.pbx_id, row.file_name) == (None, None, None, "")
        assert row.disposition == "ticket"  # the figures stay

    def test_of_a_shared_ticket_stay_until_all_its_calls_are_due(self, site):
        with site.database.write() as session:
            calls = [add_decided(session, days, storage=site.storage) for days in (366, 300)]
            add_ticket(session, *calls, days=300, closed=200)
        site.run()
        with site.database.read() as session:
            assert session.scalars(select(Ticket.description)).one() != ""
        site.run(now=NOW.replace(year=2027))
        with site.database.read() as session:
            assert session.scalars(select(Ticket.description)).one() == ""

    def test_of_a_ticket_from_elsewhere_go_too(self, site):
        with site.database.write() as session:
            add_ticket(session, days=400, closed=366, source="open311")
        site.run()
        with site.database.read() as session:
            assert session.scalars(select(Ticket.description)).one() == ""


class TestRecords:
    def test_go_after_five_years_but_for_training_rows(self, site):
        site.decided(1900, closed=1830)
        young = site.decided(1900, closed=1800)
        with site.database.write() as session:
            session.add(Dataset(id=1, name="d", fingerprint="f", rows=1, created_by="x", created_at=NOW))
            session.flush()
            pk = session.scalar(select(func.min(Call.id)))
            session.add(DatasetRow(dataset_pk=1, row_id="r", call_pk=pk, body={}))
        counts = site.run()
        assert (counts.tickets, counts.calls) == (1, 1)
        assert site.count(Call) == site.count(Ticket) == site.count(TicketCall) == site.count(Decision) == 1
        assert site.call(young) is not None
        with site.database.read() as session:
            assert session.scalars(select(DatasetRow.call_pk)).all() == [None]

    def test_of_the_audit_trail_are_cut_and_it_stays_sound(self, site):
        with site.database.write() as session:
            site.audit.record(session, ACTOR, "call.read", "call", "x")
        far = NOW.replace(year=2035)
        assert site.run(now=far).audit == 1
        with site.database.read() as session:
            assert verify(session, KEY) == (1, [])


class TestRun:
    def test_counts_beforehand_and_changes_nothing(self, site):
        site.decided(200, closed=91)
        site.decided(40, "ghost", None)
        assert site.purge.count(NOW) == Counts(audio=2)
        assert site.count(AuditRow) == 0
        assert site.run() == Counts(audio=2)
        assert site.purge.count(NOW) == Counts()

    def test_leaves_a_note_and_an_audit_row_with_counts(self, site):
        site.decided(40, "ghost", None)
        site.run()
        with site.database.read() as session:
            row = session.scalars(select(AuditRow)).one()
            assert json.loads(notes.get(session, LAST) or "")["audio"] == 1
            assert notes.get(session, RUNNING) is None
        assert (row.action, row.detail["audio"]) == ("privacy.purge", 1)

    def test_goes_on_where_a_failing_storage_stopped_it(self, site, monkeypatch):
        monkeypatch.setattr("triage.privacy.purge.BATCH", 2)
        calls = [site.decided(40, "ghost", None) for _ in range(5)]
        deleted = []

        class Failing(Storage):
            def delete(self, uri):
                if len(deleted) == 3:
                    raise StoreError("storage_unavailable", "x", "x")
                deleted.append(uri)
                super().delete(uri)

        broken = Purge(site.database, Failing(site.storage.url), site.audit, ACTOR, site.purge._policy)
        with pytest.raises(StoreError):
            broken.run(NOW)
        # the first batch is done; of the second one recording is gone, and the database still says that it is there
        assert [site.call(call).audio_purged_at is not None for call in calls] == [True, True, False, False, False]
        assert site.run() == Counts(audio=3)
        assert not any(site.has_audio(call) for call in calls)
        with site.database.read() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        assert [(row.detail["audio"], row.detail.get("interrupted")) for row in rows] == [(2, True), (3, None)]

    def test_a_broken_audit_trail_is_not_cut_and_all_else_is_done(self, site):
        call = site.decided(40, "ghost", None)
        with site.database.write() as session:
            site.audit.record(session, ACTOR, "call.read", "call", "x")
            session.flush()
            session.execute(update(AuditRow).values(actor="user:budi"))
        far = NOW.replace(year=2035)
        with pytest.raises(ConflictError) as raised:
            site.run(now=far)
        assert raised.value.code == "audit_broken"
        assert site.call(call) is None
        with site.database.read() as session:
            assert [row.action for row in session.scalars(select(AuditRow).order_by(AuditRow.id))] == [
                "call.read",
                "privacy.purge",
            ]

    def test_a_recording_that_is_gone_already_is_no_obstacle(self, site):
        call = site.decided(40, "ghost", None)
        site.storage.delete(site.call(call).audio_uri)
        assert site.run().audio == 1

"""A recording becomes a call, once, with its sound, or nothing at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from support.bad_recordings import BAD_RECORDINGS, MAX_BYTES, MAX_SECONDS
from support.databases import new_database
from support.intake import KEY, Site, take

from triage.errors import InputError, RecordingError, StoreError
from triage.intake.accept import Intake, Offered
from triage.intake.details import Details
from triage.intake.orphans import remove_orphans
from triage.storage import Storage
from triage.store import Database
from triage.store.tables import Call, CallState
from triage.store.tables.calls import AHEAD, USUAL

NOW = datetime(2025, 11, 18, 13, 0, tzinfo=UTC)
NUMBER = "081234567890"
PBX_NAME = f"in-112-{NUMBER}-20251118-203015-1731937815.42.wav"


@pytest.fixture
def site(database, tmp_path):
    return Site(database, tmp_path, max_bytes=MAX_BYTES, max_seconds=MAX_SECONDS)


def offer(site, data=None, file="a.wav", now=NOW, **more):
    return site.intake.accept(Offered(take(1) if data is None else data, file, "api", **more), now)


def details(**known):
    return {"details": Details(**known)}


class TestACall:
    def test_has_all_that_is_known(self, site):
        accepted = offer(site, file=PBX_NAME, **details(agent="201", caller_channel="right"))
        call = site.call(accepted)
        assert accepted.created
        assert (call.state, call.source, call.received_at) == (CallState.received, "api", NOW)
        assert call.started_at == datetime(2025, 11, 18, 12, 30, 15, tzinfo=UTC)
        assert (call.direction, call.queue, call.agent, call.pbx_id) == ("in", "112", "201", "1731937815.42")
        assert (call.caller_channel, call.caller_last3, call.duration) == ("right", "890", 2.0)
        assert site.storage.read(call.audio_uri) == take(1)
        assert call.audio_bytes == len(take(1))

    def test_begins_when_it_was_said_else_by_its_name_else_as_a_last_resort(self, site):
        said, last = NOW - timedelta(hours=3), NOW - timedelta(hours=5)
        starts = [
            site.call(offer(site, take(number), file, fallback_start=last, **details(started_at=start))).started_at
            for number, (file, start) in enumerate([(PBX_NAME, said), ("a.wav", None)])
        ]
        assert starts == [said, last]
        assert site.call(offer(site, take(3))).started_at == NOW

    def test_keeps_the_number_nowhere(self, site):
        offer(
            site,
            file=PBX_NAME,
            **details(queue=f"q {NUMBER}", agent=f"+62{NUMBER[1:]}", pbx_id=f"x-{NUMBER}-1"),
            sent_by="token:pbx",
            idempotency_key=f"kirim-{NUMBER}",
        )
        stored = site.everything()
        assert "890" in stored
        assert NUMBER[1:-1] not in stored

    def test_of_one_caller_has_one_hash(self, site):
        hashes = {
            site.call(offer(site, take(n), **details(caller_number=number))).caller_hash
            for n, number in enumerate([NUMBER, "+62 812-3456-7890", "6281234567890"])
        }
        assert len(hashes) == 1
        assert None not in hashes

    @pytest.mark.parametrize("number", ["anonymous", "201", "08xx"])
    def test_of_nobody_known_has_none(self, site, number):
        call = site.call(offer(site, **details(caller_number=number)))
        assert (call.caller_hash, call.caller_last3) == (None, None)

    def test_with_names_of_any_length_is_stored(self, site):
        call = site.call(
            offer(site, file="a" * 400 + ".wav", **details(queue="q" * 300, agent="a" * 300, pbx_id="p" * 300))
        )
        assert [len(text) for text in (call.file_name, call.queue, call.agent, call.pbx_id)] == [255, 64, 64, 128]


class TestARefusal:
    def test_leaves_nothing(self, site):
        for bad in BAD_RECORDINGS:
            with pytest.raises(RecordingError) as raised:
                offer(site, bad.data, bad.file)
            assert raised.value.code == bad.code
        assert site.calls() == []
        assert list(site.storage.names()) == []

    def test_does_not_tell_the_number(self, site):
        with pytest.raises(RecordingError) as raised:
            offer(site, b"x", f"rekaman {NUMBER}.wav")
        assert NUMBER not in str(raised.value)


class TestTheSameRecording:
    def test_is_the_same_call_whatever_its_name(self, site):
        first, again = offer(site, file=PBX_NAME), offer(site, file="lain.wav")
        assert (again.call_id, again.created) == (first.call_id, False)
        assert len(list(site.storage.names())) == 1

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"pbx_id": "1.1"}, {"pbx_id": "1.2"}),
            ({"started_at": NOW}, {"started_at": NOW + timedelta(minutes=1)}),
            ({"caller_number": NUMBER}, {"caller_number": "081234567891"}),
        ],
    )
    def test_is_another_call_where_both_say_so(self, site, one, other):
        first, second = offer(site, **details(**one)), offer(site, **details(**other))
        assert second.created
        assert second.call_id != first.call_id
        assert len(list(site.storage.names())) == 2
        assert offer(site, **details(**other)).call_id == second.call_id

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"pbx_id": "1.1", "started_at": NOW}, {"pbx_id": "1.1", "started_at": NOW + timedelta(seconds=2)}),
            ({"started_at": NOW}, {"caller_number": NUMBER}),
            ({"caller_number": NUMBER}, {"caller_number": "anonymous"}),
        ],
    )
    def test_is_the_same_call_where_nothing_speaks_against_it(self, site, one, other):
        assert offer(site, **details(**one)).call_id == offer(site, **details(**other)).call_id

    def test_sent_by_several_at_once_is_one_call(self, site):
        together = threading.Barrier(6)

        def send(number):
            other = Database(site.database.url)  # as another process has it
            together.wait()
            known = details(started_at=NOW) if number % 2 else {}
            found = Intake(other, site.storage, site.settings, KEY).accept(
                Offered(take(1), "a.wav", "api", **known), NOW
            )
            other.close()
            return found

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(send, range(6)))
        assert len({answer.call_id for answer in answers}) == 1
        assert sum(answer.created for answer in answers) == 1
        assert len(site.calls()) == len(list(site.storage.names())) == 1


class TestAnIdempotencyKey:
    def test_sent_again_is_the_same_call(self, site):
        first, again = (offer(site, sent_by="token:pbx", idempotency_key="k1") for _ in range(2))
        assert (first.call_id, first.created, again.created) == (again.call_id, True, False)

    def test_with_another_recording_is_refused(self, site):
        offer(site, sent_by="token:pbx", idempotency_key="k1")
        with pytest.raises(InputError) as raised:
            offer(site, take(2), sent_by="token:pbx", idempotency_key="k1")
        assert (raised.value.code, raised.value.status) == ("idempotency_key_reused", 422)
        assert len(site.calls()) == len(list(site.storage.names())) == 1

    def test_of_somebody_else_is_another_key(self, site):
        offer(site, sent_by="token:satu", idempotency_key="1")
        assert offer(site, take(2), sent_by="token:dua", idempotency_key="1").created

    def test_sent_with_two_recordings_at_once_takes_one(self, site):
        together = threading.Barrier(4)

        def send(number):
            together.wait()
            try:
                return offer(site, take(number), sent_by="token:pbx", idempotency_key="k1").call_id
            except InputError as error:
                return error.code

        with ThreadPoolExecutor(4) as pool:
            answers = sorted(pool.map(send, range(4)))
        assert answers[1:] == ["idempotency_key_reused"] * 3
        assert len(site.calls()) == len(list(site.storage.names())) == 1


class TestRepeatedDrops:
    def test_go_ahead(self, site):
        urgencies = []
        for number, minutes in enumerate((0, 29, 70)):
            known = details(caller_number=NUMBER, started_at=NOW + timedelta(minutes=minutes))
            urgencies.append(site.call(offer(site, take(number), **known)).urgency)
        assert urgencies == [USUAL, AHEAD, USUAL]

    @pytest.mark.parametrize(
        ("dropped", "seconds", "urgency"), [(True, 2, AHEAD), (False, 2, USUAL), (None, 12, USUAL)]
    )
    def test_are_what_the_worker_found_else_short_calls(self, site, dropped, seconds, urgency):
        first = offer(site, take(1, seconds), **details(caller_number=NUMBER))
        with site.database.write() as session:
            session.get(Call, first.call_pk).dropped = dropped
        assert site.call(offer(site, take(2), **details(caller_number=NUMBER))).urgency == urgency

    def test_of_unknown_callers_are_not_put_together(self, site):
        assert [site.call(offer(site, take(number))).urgency for number in (1, 2)] == [USUAL, USUAL]


class FullStorage(Storage):
    def write(self, name, data):
        raise StoreError("storage_unavailable", "penuh", "full")


class TestAFailure:
    def test_of_the_storage_leaves_no_call(self, site):
        with pytest.raises(StoreError):
            Intake(site.database, FullStorage(site.storage.url), site.settings, KEY).accept(
                Offered(take(1), "a.wav", "api"), NOW
            )
        assert site.calls() == []

    @pytest.mark.parametrize("error", [StoreError("store_unavailable", "mati", "down"), KeyboardInterrupt()])
    def test_of_the_database_leaves_no_recording(self, site, monkeypatch, error):
        def fail(*_):
            raise error

        monkeypatch.setattr("triage.intake.accept.repository.lock_names", fail)
        with pytest.raises(type(error)):
            offer(site)
        assert list(site.storage.names()) == []
        assert site.calls() == []

    def test_of_the_commit_keeps_the_recording_for_the_row_may_be_there(self, site, monkeypatch):
        def entered_but_who_knows(session, entry):
            session.add(entry.call)
            session.flush()
            session.connection().close()
            return AcceptedThenLost

        class AcceptedThenLost:
            created = True

        monkeypatch.setattr("triage.intake.accept._enter", entered_but_who_knows)
        with pytest.raises(Exception):  # noqa: B017 - whatever the driver says of a lost connection
            offer(site)
        assert len(list(site.storage.names())) == 1

    def test_by_somebody_faster_past_the_locks_finds_his_call(self, site, monkeypatch):
        first = offer(site)
        found = iter([None, first])
        monkeypatch.setattr("triage.intake.accept._find", lambda *_: next(found))

        def faster(*_):
            raise IntegrityError("INSERT", {}, Exception("unique"))

        monkeypatch.setattr("triage.intake.accept._enter", faster)
        assert offer(site) == first
        assert len(list(site.storage.names())) == 1


class TestOrphans:
    def test_are_removed_when_they_are_old_and_nobody_refers_to_them(self, site):
        kept = site.call(offer(site)).audio_uri
        day = f"{NOW:%Y/%m/%d}"
        orphan = site.storage.write(f"{day}/call-{'0' * 16}-{'a' * 64}.wav", b"x")
        draft = site.storage.write(f"{day}/.tmp-0a1b2c3d-call-{'1' * 16}-{'a' * 64}.wav", b"x")
        foreign = site.storage.write("titipan/0001.wav", b"x")
        assert remove_orphans(site.database, site.storage, NOW) == 0
        assert remove_orphans(site.database, site.storage, NOW + timedelta(days=2)) == 2
        assert sorted(site.storage.names()) == sorted([kept, foreign])
        assert orphan != draft

    def test_are_also_recordings_whose_call_has_lost_them(self, site):
        accepted = offer(site)
        with site.database.write() as session:
            session.get(Call, accepted.call_pk).audio_uri = None
        assert remove_orphans(site.database, site.storage, NOW + timedelta(days=2)) == 1


class TestADatabaseThatIsAway:
    def test_is_said_and_nothing_is_left(self, tmp_path):
        database = new_database("sqlite", tmp_path)
        site = Site(database, tmp_path)
        database.close()
        away = Intake(Database(f"sqlite:///{tmp_path}"), site.storage, site.settings, KEY)
        with pytest.raises(StoreError):
            away.accept(Offered(take(1), "a.wav", "api"), NOW)
        assert list(site.storage.names()) == []

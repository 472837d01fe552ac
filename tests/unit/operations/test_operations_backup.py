"""A backup is whole, says what it holds, and goes back into either database."""

import io
import json
import tarfile
import threading

import pytest
from support.databases import new_database
from support.rows import add_call, add_decision, add_user
from support.service import SETUP

from triage.audit import Audit, verify
from triage.errors import ConflictError, InputError
from triage.operations.backup import back_up, restore, verify_backup
from triage.storage import Storage
from triage.store.repositories import dump
from triage.store.tables import Call, TranscriptRow

KEY = b"the key of the installation"


@pytest.fixture
def storage(tmp_path):
    return Storage(f"file://{tmp_path / 'audio'}")


@pytest.fixture
def filled(database, storage):
    """A store with calls, a transcript, a decision, a trail and a recording."""
    with database.write() as session:
        call = add_call(session, state="decided", audio_uri=storage.write("a/1.wav", b"sound"))
        add_call(session, state="working", progress=0.5)
        session.add(
            TranscriptRow(
                call_pk=call.id,
                recogniser="r",
                body={"segments": []},
                text="pohon tumbang",
                created_at=call.received_at,
            )
        )
        add_decision(session, call, add_user(session))
        Audit(KEY).record(session, SETUP, "call.read", "call", call.call_id)
    return database


def contents(database):
    with dump.snapshot(database) as connection:
        return {table.name: list(dump.rows(connection, table)) for table in dump.TABLES}


class TestRoundTrip:
    @pytest.mark.parametrize("other", ["sqlite", "postgresql"])
    def test_brings_every_row_and_recording_back(self, filled, storage, tmp_path, other):
        back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=True)
        target, target_storage = new_database(other, tmp_path), Storage(f"file://{tmp_path / 'audio2'}")
        restore(target, target_storage, KEY, tmp_path / "b.tar.gz", force=False)
        before, after = contents(filled), contents(target)
        calls = {call["call_id"]: call for call in after.pop("calls")}
        for call in before.pop("calls"):
            expected = call | ({"state": "received", "progress": 0.0} if call["state"] == "working" else {})
            assert calls[call["call_id"]] == expected
        assert after == before
        assert target_storage.read("a/1.wav") == b"sound"
        with target.read() as session:
            assert verify(session, KEY) == (1, [])
        target.close()

    def test_leaves_a_database_that_goes_on_counting(self, filled, storage, tmp_path):
        back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=False)
        target = new_database("postgresql", tmp_path)
        restore(target, storage, KEY, tmp_path / "b.tar.gz", force=False)
        with target.write() as session:
            assert add_call(session).id > 2
        target.close()

    def test_is_one_state_while_others_write(self, filled, storage, tmp_path):
        stop = threading.Event()

        def write():
            while not stop.is_set():
                with filled.write() as session:  # a call and its row in the trail, always both
                    Audit(KEY).record(session, SETUP, "test", "call", add_call(session).call_id)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            manifest = back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=False)
        finally:
            stop.set()
            writer.join()
        assert manifest.tables["calls"].rows - 2 == manifest.tables["audit"].rows - 1


class TestRefusal:
    def test_of_a_target_that_is_not_empty(self, filled, storage, tmp_path):
        back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=False)
        before = contents(filled)
        with pytest.raises(ConflictError, match="tidak kosong"):
            restore(filled, storage, KEY, tmp_path / "b.tar.gz", force=False)
        assert contents(filled) == before
        restore(filled, storage, KEY, tmp_path / "b.tar.gz", force=True)

    def test_of_another_key(self, filled, storage, tmp_path):
        back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=False)
        with pytest.raises(InputError, match="kunci"):
            restore(filled, storage, b"another key", tmp_path / "b.tar.gz", force=True)

    def test_of_overwriting_an_old_backup(self, filled, storage, tmp_path):
        (tmp_path / "b.tar.gz").write_bytes(b"old")
        with pytest.raises(ConflictError):
            back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=False)
        assert (tmp_path / "b.tar.gz").read_bytes() == b"old"

    @pytest.mark.parametrize("damage", ["truncated", "not a tar", "empty", "a row changed", "a table missing"])
    def test_of_what_is_not_whole(self, filled, storage, tmp_path, damage):
        path = tmp_path / "b.tar.gz"
        back_up(filled, storage, KEY, path, audio=True)
        before = contents(filled)
        if damage == "truncated":
            path.write_bytes(path.read_bytes()[:-200])
        elif damage in ("not a tar", "empty"):
            path.write_bytes(b"" if damage == "empty" else b"hello" * 100)
        else:
            rewrite(path, damage)
        with pytest.raises(InputError, match="utuh"):
            restore(filled, storage, KEY, path, force=True)
        assert contents(filled) == before

    def test_of_a_recording_that_would_leave_the_folder(self, filled, storage, tmp_path):
        path = tmp_path / "b.tar.gz"
        back_up(filled, storage, KEY, path, audio=True)
        rewrite(path, "traversal")
        before = contents(filled)
        with pytest.raises(Exception, match=r"utuh|sah"):
            restore(filled, storage, KEY, path, force=True)
        assert contents(filled) == before
        assert not (tmp_path / "outside.wav").exists()


def rewrite(path, damage):
    """The same archive with one thing changed."""
    with tarfile.open(path) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    if damage == "a row changed":
        files["tables/decisions.jsonl"] = files["tables/decisions.jsonl"].replace(b"ticket", b"ghosts")
    elif damage == "a table missing":
        del files["tables/users.jsonl"]
    else:
        manifest = json.loads(files["manifest.json"])
        manifest["audio"]["../outside.wav"] = manifest["audio"].pop("a/1.wav")
        files["manifest.json"] = json.dumps(manifest).encode()
        files["audio/../outside.wav"] = files.pop("audio/a/1.wav")
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


class TestManifest:
    def test_says_what_is_there(self, filled, storage, tmp_path):
        back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=True)
        manifest = verify_backup(tmp_path / "b.tar.gz")
        with filled.read() as session:
            assert manifest.tables["calls"].rows == session.query(Call).count() == 2
        assert manifest.audio["a/1.wav"].bytes == 5

    def test_is_for_the_owner_alone(self, filled, storage, tmp_path):
        back_up(filled, storage, KEY, tmp_path / "b.tar.gz", audio=False)
        assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0
        assert KEY not in (tmp_path / "b.tar.gz").read_bytes()

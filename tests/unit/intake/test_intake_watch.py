"""Following a PBX's folder: every complete file becomes a call, once."""

import os
import threading
from datetime import UTC, datetime
from threading import Event

import pytest
from support.bad_recordings import tone, wav
from support.intake import KEY, Site, take

from triage.errors import InputError, StoreError
from triage.intake.folder import is_candidate, is_temporary
from triage.intake.watch import Watcher
from triage.store.repositories import intake as repository
from triage.store.tables import WatchedFile

NAME = "in-112-081234567890-20251118-203015-1731937815.42.wav"


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Place:
    """A watched folder, and who watches it."""

    def __init__(self, database, folder):
        self.site = Site(database, folder / "data", watch_settle_seconds=2.0)
        self.root = folder / "pbx"
        self.root.mkdir()
        self.start()

    def start(self):
        """Begin to watch, as after a restart."""
        self.clock = Clock()
        self.lines = []
        self.watcher = Watcher(
            self.root,
            self.site.intake,
            self.site.database,
            self.site.settings,
            KEY,
            report=self.lines.append,
            clock=self.clock,
        )

    def put(self, name, data):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def pass_time(self, seconds):
        """Let time pass, looking twice a second."""
        for _ in range(int(seconds * 2)):
            self.watcher.work(Event())
            self.clock.now += 0.5
        self.watcher.work(Event())

    def files(self):
        with self.site.database.read() as session:
            return list(session.query(WatchedFile))


@pytest.fixture
def place(database, tmp_path):
    return Place(database, tmp_path)


class TestACompleteFile:
    def test_becomes_a_call_with_what_its_name_tells(self, place):
        place.put(f"2025/11/18/{NAME}", take(1))
        place.pass_time(3)
        [call] = place.site.calls()
        assert (call.source, call.queue, call.caller_last3, call.pbx_id) == ("watch", "112", "890", "1731937815.42")
        assert place.site.storage.read(call.audio_uri) == take(1)
        assert place.lines == [f"Diterima   2025/11/18/{NAME.replace('081234567', 'xxxxxxxxx')}: {call.call_id}"]

    def test_of_an_unknown_name_began_when_it_was_last_written(self, place):
        path = place.put("rekaman.wav", take(1))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        place.pass_time(3)
        assert place.site.calls()[0].started_at == datetime.fromtimestamp(1_700_000_000, UTC)

    def test_is_done_once(self, place):
        place.put(NAME, take(1))
        place.pass_time(100)
        assert place.watcher.counts.created == 1
        assert place.watcher.counts.known == 0

    def test_keeps_the_number_nowhere(self, place):
        place.put(f"081234567890/{NAME}", take(1))
        place.put("6281234567890.wav", b"x")
        place.pass_time(3)
        assert len(place.files()) == 2
        assert "81234567" not in place.site.everything()
        assert "81234567" not in "".join(place.lines)


class TestAFileThatIsBeingWritten:
    def test_is_waited_for(self, place):
        data = take(1, seconds=8)
        for part in range(1, 5):
            place.put(NAME, data[: len(data) * part // 4])
            place.pass_time(1)
            assert place.site.calls() == []
        place.pass_time(3)
        assert place.site.calls()[0].duration == 8.0

    @pytest.mark.parametrize("promised", [0, 10_000_000])
    def test_without_its_length_is_waited_for_longer_then_judged_as_it_is(self, place, promised):
        place.put(NAME, wav(tone(3), promised=promised))
        place.pass_time(50)
        assert place.files() == []
        place.pass_time(12)
        [file] = place.files()
        assert (file.error_code, len(place.site.calls())) == ((None, 1) if not promised else ("recording_truncated", 0))

    @pytest.mark.parametrize("name", ["a.wav.tmp", ".a.wav", "a.part", "sub/.rsync/a.wav", "a.wav~"])
    def test_under_a_temporary_name_is_left_alone_until_it_is_renamed(self, place, name):
        path = place.put(name, take(1))
        place.pass_time(5)
        assert place.site.calls() == []
        path.rename(place.root / "a.wav")
        place.pass_time(40)
        assert len(place.site.calls()) == 1

    def test_that_goes_away_is_forgotten(self, place):
        path = place.put(NAME, take(1))
        place.pass_time(1)
        path.unlink()
        place.pass_time(5)
        assert place.files() == []


class TestAMovedFile:
    def test_is_the_same_call(self, place):
        path = place.put(NAME, take(1))
        place.pass_time(3)
        (place.root / "arsip").mkdir()
        path.rename(place.root / "arsip" / "lain.wav")
        place.pass_time(40)
        assert len(place.site.calls()) == 1
        assert place.watcher.counts.known == 1


class TestARestart:
    def test_reads_nothing_again(self, place, monkeypatch):
        place.put(NAME, take(1))
        place.put("rusak.wav", b"x")
        place.pass_time(3)
        place.start()
        monkeypatch.setattr("triage.intake.watch.read_file", lambda *_: pytest.fail("was read again"))
        place.pass_time(40)
        assert place.lines == []

    def test_after_a_kill_between_call_and_note_finds_the_call(self, place, monkeypatch):
        def killed(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("triage.intake.watch.repository.remember_file", killed)
            place.put(NAME, take(1))
            with pytest.raises(KeyboardInterrupt):
                place.pass_time(3)
        assert len(place.site.calls()) == 1
        assert place.files() == []
        place.start()
        place.pass_time(3)
        assert len(place.site.calls()) == 1
        assert place.files()[0].call_pk == place.site.calls()[0].id


class TestARefusedFile:
    def test_is_noted_with_its_message_and_not_tried_again(self, place):
        place.put("catatan.txt", b"halo, ini bukan rekaman")
        place.pass_time(100)
        [file] = place.files()
        assert (file.path, file.error_code, file.call_pk) == ("catatan.txt", "recording_not_audio", None)
        assert file.error_message.startswith("catatan.txt bukan rekaman suara")
        assert len(place.lines) == place.watcher.counts.refused == 1

    def test_is_tried_again_when_it_changes(self, place):
        place.put("a.wav", b"x")
        place.pass_time(3)
        place.put("a.wav", take(1))
        place.pass_time(40)
        [file] = place.files()
        assert (file.error_code, file.call_pk) == (None, place.site.calls()[0].id)

    def test_is_listed_until_then(self, place):
        for name in ("a.wav", "b.wav", "c.wav"):
            place.put(name, b"x")
        place.pass_time(3)
        with place.site.database.read() as session:
            first = repository.refused_files(session, None, 2)
            rest = repository.refused_files(session, first[-1].id, 2)
        assert sorted(file.path for file in [*first, *rest]) == ["a.wav", "b.wav", "c.wav"]
        assert first[0].id > first[1].id > rest[0].id

    def test_that_cannot_be_read_is_tried_again_though_it_stays_the_same(self, place, monkeypatch):
        place.put("a.wav", take(1))
        with monkeypatch.context() as patch:
            patch.setattr("triage.recording.load.os.open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
            place.pass_time(70)
        assert place.files()[0].error_code == "recording_unreadable"
        assert len(place.lines) == 1
        place.pass_time(40)
        assert len(place.site.calls()) == 1


class TestWhatLeadsOut:
    def test_a_link_to_a_file_is_refused(self, place, tmp_path):
        (tmp_path / "rahasia.wav").write_bytes(take(1))
        (place.root / "a.wav").symlink_to(tmp_path / "rahasia.wav")
        place.pass_time(3)
        assert place.files()[0].error_code == "recording_not_a_file"
        assert place.site.calls() == []

    def test_a_link_to_a_folder_is_not_followed(self, place, tmp_path):
        (tmp_path / "luar").mkdir()
        (tmp_path / "luar" / "a.wav").write_bytes(take(1))
        (place.root / "tautan").symlink_to(tmp_path / "luar")
        place.pass_time(3)
        assert place.files() == []
        assert not is_candidate(place.root, place.root / "tautan" / "a.wav")

    def test_a_pipe_holds_nobody_up(self, place):
        os.mkfifo(place.root / "a.wav")
        place.put("b.wav", take(1))
        place.pass_time(3)
        assert len(place.site.calls()) == 1

    def test_paths_elsewhere_are_no_candidates(self, place):
        for path in (place.root, place.root.parent / "a.wav", place.root / ".." / "pbx2" / "a.wav"):
            assert not is_candidate(place.root, path)
        assert is_candidate(place.root, place.root / "a" / "b.wav")
        assert is_temporary("A.WAV.PART")


class TestTrouble:
    def test_of_the_store_loses_nothing(self, place, monkeypatch):
        place.put(NAME, take(1))
        with monkeypatch.context() as patch:

            def down(*_):
                raise StoreError("store_unavailable", "mati", "down")

            patch.setattr("triage.intake.watch.Intake.accept", down)
            with pytest.raises(StoreError):
                place.pass_time(3)
        place.pass_time(1)
        assert len(place.site.calls()) == 1

    def test_with_one_file_does_not_stop_the_others(self, place, monkeypatch):
        accept = place.site.intake.accept

        def sometimes(offered, now):
            if offered.file == "a.wav":
                raise RuntimeError("nobody foresaw this")
            return accept(offered, now)

        monkeypatch.setattr(place.site.intake, "accept", sometimes)
        for number, name in enumerate(("a.wav", "b.wav")):
            place.put(name, take(number))
        place.pass_time(3)
        assert [file.path for file in place.files()] == ["b.wav"]

    def test_a_missing_folder_is_said(self, place, tmp_path):
        with pytest.raises(InputError) as raised:
            Watcher(tmp_path / "x", place.site.intake, place.site.database, place.site.settings, KEY, report=print)
        assert raised.value.code == "folder_missing"


class TestFollowing:
    def test_takes_what_appears_waits_out_trouble_and_ends_when_told(self, place, monkeypatch):
        stop, seen = Event(), Event()
        accept, failures = place.site.intake.accept, [StoreError("store_unavailable", "mati", "down")]

        def accept_later(offered, now):
            if failures:
                raise failures.pop()
            return accept(offered, now)

        monkeypatch.setattr(place.site.intake, "accept", accept_later)

        def report(line):
            place.lines.append(line)
            if line.startswith("Diterima"):
                seen.set()

        settings = place.site.settings.model_copy(update={"watch_settle_seconds": 0.1})
        watcher = Watcher(place.root, place.site.intake, place.site.database, settings, KEY, report=report)
        thread = threading.Thread(target=watcher.run, args=(stop,))
        thread.start()
        place.put("sub/a.wav", take(1))
        assert seen.wait(30)
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert place.lines[0].startswith("Menunggu 1 detik: mati")
        assert len(place.site.calls()) == 1

    def test_once_ends_by_itself(self, place):
        place.put("a.wav", take(1))
        settings = place.site.settings.model_copy(update={"watch_settle_seconds": 0.1})
        watcher = Watcher(place.root, place.site.intake, place.site.database, settings, KEY, report=place.lines.append)
        watcher.run_once(Event())
        assert watcher.counts.created == 1

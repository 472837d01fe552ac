"""`triage watch` as a process: killed, started again, ended."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest
from support.intake import take

from triage.storage import Storage
from triage.store.tables import Call, WatchedFile

FILES = 12


class Site:
    """A folder that a process watches."""

    def __init__(self, database, folder):
        self.root = folder / "pbx"
        self.root.mkdir()
        self.log = folder / "log"
        self.environment = {
            **os.environ,
            "TRIAGE_DATA_DIR": str(folder / "data"),
            "TRIAGE_DATABASE_URL": database.url,
            "TRIAGE_WATCH_SETTLE_SECONDS": "0.2",
        }
        self.database = database
        self.storage = Storage(f"file://{folder}/data/audio")

    def start(self, *options):
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "triage", "watch", str(self.root), *options],
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def calls(self):
        with self.database.read() as session:
            return list(session.query(Call))

    def noted(self):
        with self.database.read() as session:
            return session.query(WatchedFile).filter(WatchedFile.call_pk.is_not(None)).count()

    def wait(self, condition, process):
        until = time.monotonic() + 60
        while not condition():
            assert process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.02)


@pytest.fixture
def site(database, tmp_path):
    return Site(database, tmp_path)


class TestAKilledWatcher:
    def test_loses_nothing_and_does_nothing_twice(self, site):
        for number in range(FILES):
            (site.root / f"{number}.wav").write_bytes(take(number, 1.5))
        process = site.start()
        site.wait(lambda: len(site.calls()) >= FILES // 3, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        again = site.start()
        site.wait(lambda: site.noted() == FILES, again)
        again.send_signal(signal.SIGTERM)
        assert again.wait(30) == 0
        calls = site.calls()
        assert sorted(call.sha256 for call in calls) == sorted(
            hashlib.sha256(take(number, 1.5)).hexdigest() for number in range(FILES)
        )
        assert all(hashlib.sha256(site.storage.read(call.audio_uri)).hexdigest() == call.sha256 for call in calls)
        assert site.start("--once").wait(60) == 0
        assert "Selesai: 0 diterima, 0 sudah ada, 0 ditolak." in site.log.read_text()

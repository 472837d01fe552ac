"""`triage dispatch` as a process of its own: killed half-way, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest
from support.rows import NOON
from support.servers import Reply, serve

from triage.dispatch import enqueue
from triage.dispatch.sender import LEASE, make_sender
from triage.settings import Settings
from triage.store.tables import OutboxMessage, Ticket

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SECONDS = 60


class Opd:
    """An OPD's server that keeps its first answer back."""

    def __init__(self):
        self.requests, self.came, self.release = [], threading.Event(), threading.Event()

    def __call__(self, request):
        self.requests.append(request)
        self.came.set()
        return Reply(204, wait=self.release)


@pytest.fixture
def opd():
    opd = Opd()
    with serve(opd) as opd.url:
        yield opd
        opd.release.set()


@pytest.fixture
def settings(database, opd, tmp_path):
    """Of an installation with a ticket about which its OPD is to be told twice."""
    channels = tmp_path / "channels.yaml"
    channels.write_text(f"opd:\n  DLHK:\n    - {{kind: webhook, url: '{opd.url}', secret: {SECRET}}}\n")
    with database.write() as session:
        ticket = Ticket(
            number="KDI-112-20251118-0001", status="baru", complaint_type="pohon_tumbang", target_opd="DLHK",
            priority="P2", created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        enqueue(session, ticket, "ticket.created", NOON)
        enqueue(session, ticket, "ticket.updated", NOON)
    return Settings(_env_file=None, data_dir=tmp_path, database_url=database.url, channels_file=channels)


@pytest.fixture
def process(settings):
    variables = {
        "TRIAGE_DATA_DIR": str(settings.data_dir),
        "TRIAGE_DATABASE_URL": settings.database_url,
        "TRIAGE_CHANNELS_FILE": str(settings.channels_file),
    }
    command = [sys.executable, "-m", "triage", "dispatch"]
    with subprocess.Popen(command, env={**os.environ, **variables}) as process:
        yield process
        process.kill()


def states(database):
    with database.read() as session:
        return [message.state for message in session.query(OutboxMessage).order_by(OutboxMessage.id)]


class TestDispatch:
    def test_killed_between_sending_and_writing_it_down_is_followed_by_another(self, database, settings, opd, process):
        assert opd.came.wait(SECONDS)
        process.send_signal(signal.SIGKILL)
        process.wait(SECONDS)
        opd.release.set()
        assert states(database) == ["pending", "pending"]
        later = datetime.now(UTC) + LEASE
        sender = make_sender(settings, database)
        while sender.send_due(later):
            pass
        ids = [request.headers["webhook-id"] for request in opd.requests]
        assert ids[0] == ids[1] != ids[2]
        assert b"ticket.updated" in opd.requests[2].body
        assert states(database) == ["sent", "sent"]

    def test_told_to_stop_ends_what_is_under_way(self, database, opd, process):
        assert opd.came.wait(SECONDS)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)  # it is waiting for the answer now
        opd.release.set()
        assert process.wait(SECONDS) == 0
        assert states(database)[0] == "sent"

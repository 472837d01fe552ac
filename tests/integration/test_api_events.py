"""Server-sent events of the queue and of one call, from a real server: a test client does not stream."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import event, update
from sse_starlette.sse import AppStatus
from support.service import ServiceUnderTest
from support.work import PATIENCE, add_call, the_call, until
from trials.processes import free_port

from api import changes
from triage.accounts.rights import Right
from triage.store import Database
from triage.store.tables import ApiToken


class Live:
    """The service, listening on a port."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self.service = service
        self.database = service.database
        self.port = free_port()
        config = uvicorn.Config(service.app, port=self.port, log_config=None)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)

    def start(self) -> None:
        self.thread.start()
        assert until(lambda: self.server.started)

    def stop(self) -> None:
        """As by SIGTERM."""
        self.server.handle_exit(signal.SIGTERM, None)
        self.thread.join(PATIENCE)

    def client(self, *scopes: Right) -> httpx.Client:
        token = self.service.machine(*scopes, name="-".join(scopes)).headers["Authorization"]
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": token}, timeout=PATIENCE
        )

    def add(self, **values: object) -> str:
        return add_call(self.database, self.service.settings, b"", **values)

    def change(self, call_id: str, **values: object) -> None:
        with self.database.write() as session:
            call = session.merge(the_call(self.database, call_id))
            for name, value in {"updated_at": datetime.now(UTC), **values}.items():
                setattr(call, name, value)


@pytest.fixture
def live(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr(changes, "POLL_SECONDS", 0.05)
    service = ServiceUnderTest(database, tmp_path)
    made = Live(service)
    made.start()
    yield made
    made.stop()
    AppStatus.should_exit = False  # of the library, for the whole process


def events(response: httpx.Response) -> Iterator[dict[str, object]]:
    """(event, id, data) of each event as it comes."""
    found: dict[str, object] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if name in ("event", "id"):
            found[name] = value
        elif name == "data":
            found.update(json.loads(value))
        elif not line and found:
            yield found
            found = {}


class Listening:
    """Reads a stream in a thread."""

    def __init__(self, client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> None:
        self.seen: list[dict[str, object]] = []
        self.opened = threading.Event()
        self.ended = threading.Event()
        self._client, self._path, self._headers = client, path, headers
        threading.Thread(target=self._read, daemon=True).start()
        assert self.opened.wait(PATIENCE)

    def _read(self) -> None:
        with self._client.stream("GET", self._path, headers=self._headers) as response:
            assert response.status_code == 200, response.read()
            with suppress(httpx.RemoteProtocolError):  # a server that stops cuts the stream
                for one in events(response):
                    self.opened.set()
                    if one["event"] != "listening":
                        self.seen.append(one)
        self.ended.set()

    def sees(self, true: Callable[[dict[str, object]], bool]) -> bool:
        return until(lambda: any(true(one) for one in self.seen))


class TestQueue:
    def test_every_change_is_told_without_data_of_the_call(self, live: Live) -> None:
        call_id = live.add(state="working")
        listening = Listening(live.client(Right.calls_read), "/v1/events")
        live.change(call_id, state="ready", rank=3, revision=2, complaint_type="banjir", caller_last3="890")
        assert listening.sees(lambda one: one["state"] == "ready")
        [told] = [one for one in listening.seen if one["state"] == "ready"]
        assert {name: told[name] for name in told if name != "id"} == {
            "event": "call",
            "call_id": call_id,
            "state": "ready",
            "rank": 3,
            "revision": 2,
        }

    def test_progress_alone_moves_no_queue(self, live: Live) -> None:
        working, ready = live.add(state="working"), live.add(state="working")
        listening = Listening(live.client(Right.calls_read), "/v1/events")
        live.change(working, progress=0.5)
        live.change(ready, state="ready", revision=2)
        assert listening.sees(lambda one: one["call_id"] == ready)
        assert not [one for one in listening.seen if one["call_id"] == working]

    def test_who_comes_back_is_told_what_he_missed(self, live: Live) -> None:
        call_id = live.add(state="working")
        client = live.client(Right.calls_read)
        listening = Listening(client, "/v1/events")
        live.change(call_id, state="ready", revision=2)
        assert listening.sees(lambda one: one["revision"] == 2)
        live.change(call_id, state="decided", revision=3, updated_at=datetime.now(UTC) + timedelta(minutes=1))
        again = Listening(client, "/v1/events", {"Last-Event-ID": str(listening.seen[-1]["id"])})
        assert again.sees(lambda one: one["revision"] == 3)

    def test_a_change_committed_late_is_told(self, live: Live) -> None:
        early, late = live.add(state="working"), live.add(state="working")
        listening = Listening(live.client(Right.calls_read), "/v1/events")
        stamp = datetime.now(UTC)
        live.change(late, state="ready", revision=2, updated_at=stamp + timedelta(seconds=5))
        assert listening.sees(lambda one: one["call_id"] == late and one["revision"] == 2)
        live.change(early, state="ready", revision=2, updated_at=stamp)
        assert listening.sees(lambda one: one["call_id"] == early and one["revision"] == 2)

    def test_many_listeners_cost_one_reader(self, live: Live) -> None:
        call_id = live.add(state="working")
        client = live.client(Right.calls_read)
        several = [Listening(client, "/v1/events") for _ in range(20)]
        readings = 0

        def count(connection: object, cursor: object, statement: str, *_: object) -> None:
            nonlocal readings
            readings += "updated_at >=" in statement

        event.listen(live.database.engine, "before_cursor_execute", count)
        before = time.monotonic()
        live.change(call_id, state="ready", revision=2)
        assert all(one.sees(lambda told: told["revision"] == 2) for one in several)
        polls = (time.monotonic() - before) / changes.POLL_SECONDS + 1
        event.remove(live.database.engine, "before_cursor_execute", count)
        assert 1 <= readings <= polls

    @pytest.mark.parametrize("cursor", ["x", "-1", "99999999999999999999"])
    def test_an_id_of_ones_own_making(self, live: Live, cursor: str) -> None:
        answer = live.client(Right.calls_read).get("/v1/events", headers={"Last-Event-ID": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")

    def test_is_for_those_who_read_calls(self, live: Live) -> None:
        assert live.client(Right.calls_ingest).get("/v1/events").status_code == 403


class TestOneCall:
    def test_is_followed_until_it_is_ready(self, live: Live) -> None:
        call_id, other = live.add(state="working"), live.add(state="working")
        listening = Listening(live.client(Right.calls_ingest), f"/v1/calls/{call_id}/events")
        assert listening.sees(lambda one: one["progress"] == 0.0)
        live.change(other, progress=0.9)
        live.change(call_id, progress=0.5)
        assert listening.sees(lambda one: one["progress"] == 0.5)
        live.change(call_id, state="ready", progress=1.0, revision=2)
        assert listening.ended.wait(PATIENCE)
        assert [one["state"] for one in listening.seen] == ["working", "working", "ready"]
        assert {one["call_id"] for one in listening.seen} == {call_id}

    def test_of_a_dead_letter_says_why_and_ends(self, live: Live) -> None:
        call_id = live.add(state="dead", error_code="work_crashed")
        answer = live.client(Right.calls_read).get(f"/v1/calls/{call_id}/events")
        [told] = list(events(answer))
        assert (told["state"], told["error_code"]) == ("dead", "work_crashed")

    def test_of_no_call(self, live: Live) -> None:
        answer = live.client(Right.calls_read).get("/v1/calls/call-0/events")
        assert (answer.status_code, answer.json()["code"]) == (404, "call_missing")

    def test_is_for_those_who_send_or_read_calls(self, live: Live) -> None:
        call_id = live.add()
        assert live.client(Right.metrics_read).get(f"/v1/calls/{call_id}/events").status_code == 403


class TestTime:
    def test_is_over_after_a_while_and_who_lost_his_right_cannot_come_back(
        self, live: Live, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        call_id = live.add(state="working")
        client = live.client(Right.calls_read)
        monkeypatch.setattr(changes, "STREAM_SECONDS", 0.2)
        several = [Listening(client, path) for path in ("/v1/events", f"/v1/calls/{call_id}/events")]
        assert all(one.ended.wait(PATIENCE) for one in several)
        assert Listening(client, "/v1/events").ended.wait(PATIENCE)
        with live.database.write() as session:
            session.execute(update(ApiToken).values(revoked_at=datetime.now(UTC)))
        assert client.get("/v1/events").status_code == 401


class TestShutdown:
    def test_ends_all_streams(self, live: Live) -> None:
        call_id = live.add(state="working")
        queue = Listening(live.client(Right.calls_read), "/v1/events")
        call = Listening(live.client(Right.calls_ingest), f"/v1/calls/{call_id}/events")
        live.stop()
        assert not live.thread.is_alive()
        assert queue.ended.wait(PATIENCE) and call.ended.wait(PATIENCE)

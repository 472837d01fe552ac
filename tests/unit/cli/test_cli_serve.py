"""`triage serve` with several processes."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from triage.cli import serve
from triage.settings import Settings


class TestSeveralProcesses:
    def test_the_shared_socket_sends_the_body_of_an_answer_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[tuple[int, int]] = []

        class FakeMultiprocess:
            """Looks at the socket instead of starting processes."""

            def __init__(self, config: Any, sockets: list[socket.socket]) -> None:
                self._config, self._socket = config, sockets[0]

            def run(self) -> None:
                without_delay = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                seen.append((self._config.workers, without_delay))

        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
        monkeypatch.setattr(serve, "Multiprocess", FakeMultiprocess)
        monkeypatch.setattr(serve, "configure_logs", lambda settings: None)
        serve.serve_api(Settings(_env_file=None), "127.0.0.1", 0, 2)  # type: ignore[call-arg]
        assert len(seen) == 1
        assert seen[0][0] == 2
        assert seen[0][1] != 0

"""Small real HTTP servers on a free port of this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class Request:
    """What a server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def fields(self) -> dict[str, list[bytes]]:
        """The parts of a multipart form by name."""
        boundary = self.headers["content-type"].split("boundary=")[1].encode()
        found: dict[str, list[bytes]] = {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            name = head.split(b'name="')[1].split(b'"')[0].decode()
            found.setdefault(name, []).append(value.removesuffix(b"\r\n"))
        return found


@dataclass
class Reply:
    """What a server answers; an object as body is written as JSON. `wait` is set to let it answer."""

    status: int = 200
    body: object = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None

    def content(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@contextmanager
def serve(answer: Callable[[Request], Reply]) -> Iterator[str]:
    """Run a server for the block; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            if self.headers.get("expect") == "100-continue":
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = answer(Request(self.command, self.path, headers, body))
            if reply.wait:
                reply.wait.wait(30)
            content = reply.content()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = _any  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def closed_port() -> str:
    """Base URL of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class Hub:
    """Answers what huggingface_hub asks when it takes a snapshot of one repository, from a folder."""

    def __init__(self, repository: str, folder: Path) -> None:
        self.repository = repository
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.commit = "1" * 40

    def __call__(self, request: Request) -> Reply:
        """The model's description, its list of files, or one file."""
        path = urlsplit(request.path).path
        if path == f"/api/models/{self.repository}/revision/main":
            return self._json({"id": self.repository, "sha": self.commit, "siblings": [], "private": False, "tags": []})
        if path == f"/api/models/{self.repository}/tree/{self.commit}":
            entries = [
                {"type": "file", "path": name, "size": len(data), "oid": f"{number:040x}"}
                for number, (name, data) in enumerate(self.files.items())
            ]
            return self._json(entries)
        start = f"/{self.repository}/resolve/{self.commit}/"
        name = path.removeprefix(start)
        if path.startswith(start) and name in self.files:
            number = list(self.files).index(name)
            headers = {"ETag": f'"{number:040x}"', "X-Repo-Commit": self.commit}
            return Reply(body=self.files[name], headers=headers)
        return Reply(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

    def _json(self, body: object) -> Reply:
        return Reply(body=body, headers={"Content-Type": "application/json"})

"""`triage serve` as a real process: it ends in order, and tells what keeps it from starting."""

import signal
import socket
import time

import pytest
from trials.processes import Server, Site

from triage.accounts.rights import Right

ENDED = -signal.SIGTERM
"""After the shutdown uvicorn sends itself the signal again, so that a supervisor sees why it ended."""
SAMPLE = "audio_samples/02-pohon-tumbang.wav"


@pytest.fixture
def site(tmp_path):
    return Site("sqlite", tmp_path)


@pytest.fixture
def server(site):
    server = Server(site)
    server.wait()
    yield server
    server.kill()


def upload_head(server, token, audio):
    """The request of an upload, in two halves."""
    boundary = b"triage-test"
    body = (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="call.wav"\r\n'
        b"Content-Type: audio/wav\r\n\r\n" + audio + b"\r\n--" + boundary + b"--\r\n"
    )
    head = (
        f"POST /v1/calls HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary.decode()}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    half = len(body) // 2
    return head + body[:half], body[half:]


class TestShutdown:
    def test_an_upload_under_way_is_taken_before_the_process_ends(self, site, server, request):
        token = site.add_token("pbx", Right.calls_ingest)
        audio = (request.config.rootpath / SAMPLE).read_bytes()
        first, second = upload_head(server, token, audio)
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(first)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(1)  # the server has begun to stop, and waits for the rest
            connection.sendall(second)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 202"), answer[:300]
        assert server.process.wait(60) == ENDED
        assert len(list((site.folder / "data" / "audio").rglob("*.wav"))) == 1

    def test_without_requests_it_ends_at_once(self, server):
        assert server.stop() == ENDED


class TestStart:
    def test_says_in_one_message_what_is_missing(self, tmp_path):
        site = Site("sqlite", tmp_path, recogniser="no-such-model")
        process = site.start("serve", log="serve.log")
        assert process.wait(60) == 3
        text = (tmp_path / "serve.log").read_text()
        assert "Galat: Model 'no-such-model' tidak ada" in text
        assert "Traceback" not in text

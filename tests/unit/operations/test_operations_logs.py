"""Logs are one line an event, and a second wall keeps personal data out of them."""

import io
import json
import logging

import pytest
import structlog

from triage.operations.logs import configure_logs, mask
from triage.settings import Settings


@pytest.fixture
def lines(monkeypatch):
    """What is logged as JSON, as a function that gives the lines so far."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logs(Settings(_env_file=None, log_format="json"))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


class TestLines:
    def test_hold_event_time_level_and_fields(self, lines):
        structlog.stdlib.get_logger("triage.test").info("call ready", call_id="call-1", ms=12.5)
        [line] = lines()
        assert line["event"] == "call ready"
        assert (line["call_id"], line["ms"], line["level"], line["logger"]) == ("call-1", 12.5, "info", "triage.test")
        assert line["timestamp"].endswith("Z")

    def test_of_libraries_go_the_same_way(self, lines):
        logging.getLogger("some.library").warning("retry %s", 3)
        assert lines()[0]["event"] == "retry 3"

    def test_of_an_error_hold_a_traceback_without_local_variables(self, lines):
        caller_said = "rahasia penelepon"
        try:
            raise ValueError("broken")
        except ValueError:
            logging.getLogger("triage.test").exception("failed", extra={"length": len(caller_said)})
        [line] = lines()
        assert "ValueError: broken" in line["exception"]
        assert "rahasia" not in json.dumps(line)


class TestMask:
    @pytest.mark.parametrize(
        "text", ["nomor 081234567890 gagal", "in-112-081234567890.wav", "+62 812-3456-7890", "NIK 7471031205900001"]
    )
    def test_hides_what_looks_like_a_number_of_a_person(self, text):
        shown = mask(None, "", {"event": text})["event"]
        assert "[nomor]" in shown or not any(
            len(part) > 4 and part.isdigit() for part in shown.replace("-", " ").split()
        )
        assert "1234" not in shown and "90000" not in shown

    @pytest.mark.parametrize("name", ["text", "quote", "caller_number", "file_name", "password", "token"])
    def test_hides_private_fields_whatever_they_hold(self, name):
        assert mask(None, "", {"event": "x", name: "budi"})[name] == "[disembunyikan]"

    def test_leaves_ids_times_and_figures_alone(self):
        event = {
            "event": "request",
            "call_id": "call-0123456789abcdef",
            "timestamp": "2026-11-25T14:00:00Z",
            "ms": 12345678,
        }
        assert mask(None, "", dict(event)) == event

"""The day of one call, with real processes and the bundled models: from the PBX's folder to the OPD, then erased.

Processes start once a database; each test then looks at one thing of what was seen.
"""

import base64
import json
import re
import shutil
import signal
import tarfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from standardwebhooks import Webhook
from support.servers import Reply, serve
from trials.processes import Server, Site, kill

from triage.accounts.rights import Right, Role
from triage.settings import REPOSITORY

SAMPLE = REPOSITORY / "audio_samples" / "02-pohon-tumbang.wav"
NUMBER = "081234567678"
STARTED = datetime.now(ZoneInfo("Asia/Makassar")) - timedelta(minutes=5)
FILE = f"in-112-{NUMBER}-{STARTED:%Y%m%d-%H%M%S}-{STARTED.timestamp():.0f}.42.wav"
TOLD = ("tumbang menutup", "jalannya tertutup", "mobil tidak bisa lewat")
"""In the caller's words, which belong to the transcript alone."""
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ROLES = (Role.operator, Role.qa, Role.admin)
REASON = {"reason": "surat 12/XI"}
PATIENCE = 120.0


@dataclass
class Day:
    """What was answered, by step; what the OPD got; what was left when all processes had ended."""

    answers: dict = field(default_factory=dict)
    received: list = field(default_factory=list)
    printed: dict = field(default_factory=dict)
    codes: dict = field(default_factory=dict)
    logs: dict = field(default_factory=dict)
    recordings: list = field(default_factory=list)
    backup: str = ""

    def seen(self, step):
        """The JSON of an answer, which must be a good one."""
        answer = self.answers[step]
        assert answer.is_success, f"{step}: {answer.status_code} {answer.text}"
        return answer.json()


def wait_for(look, what):
    """What `look` finds in the end. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError(what)


def contents(backup):
    with tarfile.open(backup) as archive:
        return "".join(archive.extractfile(member).read().decode() for member in archive)


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def live(site, server, operator, qa, admin, day):
    """The steps of the day, in their order."""
    answers = day.answers
    wait_for(lambda: operator.get("/v1/queue").json()["items"], "a suggestion in the queue")
    answers["queue"] = operator.get("/v1/queue")
    (line,) = answers["queue"].json()["items"]
    call = f"/v1/calls/{line['call_id']}"

    pbx = bearer(site.add_token("pbx", Right.calls_ingest))
    sent = {"file": (FILE, SAMPLE.read_bytes())}
    answers["sent again"] = httpx.post(f"{server.url}/v1/calls", files=sent, headers=pbx)
    answers["status"] = httpx.get(f"{server.url}{call}/status", headers=pbx)
    answers["page for a machine"] = httpx.get(f"{server.url}{call}", headers=pbx)

    answers["page"] = operator.get(call)
    answers["range"] = operator.get(f"{call}/audio", headers={"Range": "bytes=0-3"})
    answers["audio"] = operator.get(f"{call}/audio")
    accept = {"revision": line["revision"], "verdict": "accept", "seconds": 4.2}
    answers["accepted"] = operator.post(f"{call}/decision", json=accept)
    answers["too late"] = operator.post(f"{call}/decision", json=accept)
    wait_for(lambda: len(day.received) == 1, "the OPD's first message")
    correct = {
        "revision": line["revision"] + 1,
        "verdict": "correct",
        "disposition": "ticket",
        "complaint_type": "pohon_tumbang",
        "priority": "P1",
        "seconds": 9.0,
        "note": "Kabel ikut tertarik.",
    }
    answers["corrected"] = operator.post(f"{call}/decision", json=correct)
    ticket = f"/v1/tickets/{answers['corrected'].json()['ticket']['number']}"
    wait_for(lambda: len(day.received) == 2, "the OPD's second message")
    answers["ticket"] = operator.get(ticket)
    answers["similar"] = operator.get(f"{call}/similar-tickets")
    answers["reviewed"] = qa.post(f"{call}/reviews", json={"faults": []})
    answers["report"] = qa.get("/v1/reports/monthly", params={"month": f"{STARTED:%Y-%m}"})
    answers["found by its words"] = qa.get("/v1/calls", params={"q": "tumbang"})
    monitor = bearer(site.add_token("monitor", Right.metrics_read))
    answers["metrics"] = httpx.get(f"{server.url}/metrics", headers=monitor)

    answers["held"] = admin.post(f"{call}/hold", json=REASON)
    answers["erased while held"] = admin.request("DELETE", call, json=REASON)
    answers["released"] = admin.request("DELETE", f"{call}/hold", json=REASON)
    answers["erased"] = admin.request("DELETE", call, json=REASON)
    answers["sent after that"] = httpx.post(f"{server.url}/v1/calls", files=sent, headers=pbx)
    answers["audio afterwards"] = operator.get(f"{call}/audio")
    answers["page afterwards"] = operator.get(call)
    answers["words afterwards"] = qa.get("/v1/calls", params={"q": "tumbang"})
    answers["trail"] = admin.get("/v1/audit", params={"object_id": line["call_id"]})


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def day(request, tmp_path_factory):
    """The whole day on one database."""
    day, folder = Day(), tmp_path_factory.mktemp("service")
    pbx_folder, channels = folder / "monitor", folder / "channels.yaml"
    pbx_folder.mkdir()

    def opd(asked):
        day.received.append(asked)
        return Reply(204)

    with ExitStack() as stack:
        url = stack.enter_context(serve(opd))
        channels.write_text(f"opd: {{DLHK: [{{kind: webhook, url: '{url}/hook', secret: {SECRET}}}]}}\n")
        site = Site(
            request.param, folder, channels_file=channels, log_format="json", threads=1, watch_settle_seconds=0.2
        )
        site.environment["OMP_NUM_THREADS"] = "1"
        for role in ROLES:  # the first of these commands makes the database
            site.add_user(f"{role}.uji", role)
        server = Server(site)
        stack.callback(server.kill)
        processes = {"serve": server.process}
        for name, command in {"worker": ["worker"], "watch": ["watch", str(pbx_folder)]}.items():
            processes[name] = site.start(*command, log=f"{name}.log")
            stack.callback(kill, processes[name])
        shutil.copy(SAMPLE, pbx_folder / FILE)
        server.wait(PATIENCE)
        people = [stack.enter_context(closing(server.log_in(f"{role}.uji"))) for role in ROLES]
        live(site, server, *people, day)
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        day.codes = {name: process.wait(60) for name, process in processes.items()}
        day.printed["audit"] = site.run("audit", "verify")
        day.printed["backup"] = site.run("backup", str(folder / "day.tar.gz"))
    day.logs = {path.stem: path.read_text() for path in folder.glob("*.log")}
    day.recordings = [path for path in (folder / "data" / "audio").rglob("*") if path.is_file()]
    day.backup = contents(folder / "day.tar.gz")
    return day


class TestIntake:
    def test_the_file_became_one_call_with_a_suggestion(self, day):
        (line,) = day.seen("queue")["items"]
        assert (line["state"], line["caller_last3"]) == ("ready", NUMBER[-3:])
        assert (line["disposition"], line["complaint_type"], line["target_opd"]) == ("ticket", "pohon_tumbang", "DLHK")
        assert datetime.fromisoformat(line["started_at"]) == STARTED.replace(microsecond=0)

    def test_sent_by_the_pbx_too_it_is_the_same_call(self, day):
        assert day.seen("sent again")["created"] is False
        assert day.seen("sent again")["call_id"] == day.seen("queue")["items"][0]["call_id"]

    def test_the_pbx_sees_how_far_it_is_and_nothing_else(self, day):
        assert day.seen("status")["state"] == "ready"
        assert day.answers["page for a machine"].status_code == 403


class TestDesk:
    def test_the_operator_reads_what_was_said(self, day):
        suggestion = day.seen("page")["suggestion"]
        assert "pohon besar tumbang" in " ".join(one["text"] for one in suggestion["transcript"]["segments"])
        assert [place["name"] for place in suggestion["places"]] == ["Lepo Lepo"]

    def test_and_hears_it(self, day):
        assert (day.answers["range"].status_code, day.answers["range"].content) == (206, b"RIFF")
        assert day.answers["audio"].content == SAMPLE.read_bytes()

    def test_accepting_opens_a_ticket_that_can_be_read_out(self, day):
        ticket = day.seen("accepted")["ticket"]
        assert re.fullmatch(r"KDI-112-\d{8}-0001", ticket["number"])
        assert (ticket["status"], ticket["priority"]) == ("baru", "P2")
        assert day.seen("accepted")["decision"]["agreed"] is True

    def test_who_is_late_is_told_so(self, day):
        assert day.answers["too late"].status_code == 409
        assert "operator.uji" in day.answers["too late"].json()["detail"]

    def test_a_correction_changes_the_ticket(self, day):
        ticket = day.seen("ticket")
        assert (ticket["priority"], ticket["description"]) == ("P1", "Kabel ikut tertarik.")
        assert ticket["revision"] == 2
        assert ticket["call_ids"] == [day.seen("queue")["items"][0]["call_id"]]

    def test_its_own_ticket_is_no_other_incident(self, day):
        assert day.seen("similar")["items"] == []


class TestOpd:
    def test_gets_the_ticket_and_its_change_signed_and_in_order(self, day):
        bodies = [Webhook(SECRET).verify(asked.body, asked.headers) for asked in day.received]
        assert [body["type"] for body in bodies] == ["ticket.created", "ticket.updated"]
        assert {body["data"]["number"] for body in bodies} == {day.seen("ticket")["number"]}
        assert bodies[1]["data"]["description"] == "Kabel ikut tertarik."

    def test_gets_nothing_of_the_caller(self, day):
        sent = b"".join(asked.body for asked in day.received).decode().lower()
        assert NUMBER[-7:] not in sent
        assert not [words for words in TOLD if words in sent]


class TestFigures:
    def test_the_month_counts_it(self, day):
        report = day.seen("report")
        assert (report["calls"], report["valid"], report["undecided"]) == (1, 1, 0)
        (line,) = report["by_opd"]
        assert (line["code"], line["calls"]) == ("DLHK", 1)

    def test_prometheus_sees_it(self, day):
        metrics = day.answers["metrics"].text
        assert 'triage_decisions{agreed="true",disposition="ticket"}' in metrics
        assert 'triage_http_request_seconds_count{method="POST",route="/v1/calls/{call_id}/decision"' in metrics
        assert re.search(r"^triage_errors_total 0\.0$", metrics, re.MULTILINE)
        assert float(re.search(r"^triage_audio_seconds_per_second (\S+)$", metrics, re.MULTILINE)[1]) > 0

    def test_its_words_are_found(self, day):
        assert [one["call_id"] for one in day.seen("found by its words")["items"]] == [day.seen("status")["call_id"]]


class TestErasure:
    def test_waits_for_the_hold(self, day):
        assert day.seen("held")["held"] is True
        assert day.answers["erased while held"].status_code == 409
        assert day.seen("released")["held"] is False

    def test_takes_sound_and_words(self, day):
        assert day.seen("erased")["todo"]
        assert day.answers["audio afterwards"].status_code == 410
        page = day.seen("page afterwards")
        assert (page["state"], page["suggestion"], page["has_audio"]) == ("erased", None, False)
        assert day.seen("words afterwards")["items"] == []
        assert day.recordings == []

    def test_lasts_though_the_pbx_still_has_the_file(self, day):
        assert day.seen("sent after that")["created"] is False

    def test_nothing_of_the_caller_is_left_in_the_database(self, day):
        assert '"erased"' in day.backup
        assert NUMBER[-9:] not in day.backup
        assert FILE not in day.backup
        assert not [words for words in TOLD if words in day.backup.lower()]


class TestTraces:
    def test_the_trail_holds_every_deed_and_is_sound(self, day):
        deeds = {(row["action"], row["actor"]) for row in day.seen("trail")["items"]}
        assert {
            ("call.read", "user:operator.uji"),
            ("call.listen", "user:operator.uji"),
            ("decision.create", "user:operator.uji"),
            ("review.create", "user:qa.uji"),
            ("privacy.hold", "user:admin.uji"),
            ("privacy.erase", "user:admin.uji"),
        } <= deeds
        assert day.printed["audit"].startswith("Jejak audit utuh")

    @pytest.mark.parametrize("process", ["serve", "worker", "watch"])
    def test_no_log_holds_anything_of_the_caller(self, day, process):
        log = day.logs[process].lower()
        assert log
        assert NUMBER[-9:] not in log
        assert FILE.lower() not in log
        assert SAMPLE.name not in log
        assert not [words for words in (*TOLD, "tumbang", "lepo", "kabel ikut") if words in log]

    @pytest.mark.parametrize("process", ["serve", "worker"])
    def test_every_line_of_a_log_is_json(self, day, process):
        lines = [json.loads(line) for line in day.logs[process].splitlines()]
        assert {"timestamp", "level", "event"} <= set.intersection(*(set(line) for line in lines))

    def test_all_processes_end_in_order(self, day):
        assert day.codes == {"serve": -signal.SIGTERM, "worker": 0, "watch": 0}

"""POST /v1/calls, its status, and the list of refused files."""

import json
from datetime import UTC, datetime

import pytest
from support.bad_recordings import BAD_RECORDINGS, MAX_BYTES, MAX_SECONDS
from support.intake import take
from support.service import ServiceUnderTest

from triage.accounts.rights import Right
from triage.errors import StoreError
from triage.intake.accept import Intake
from triage.store.repositories import intake as repository
from triage.store.tables import Call, WatchedFile

NUMBER = "081234567890"


@pytest.fixture
def service(database, tmp_path):
    (tmp_path / "impor").mkdir()
    return ServiceUnderTest(
        database,
        tmp_path / "data",
        max_bytes=MAX_BYTES,
        max_seconds=MAX_SECONDS,
        import_urls=f"file://{tmp_path}/impor",
    )


@pytest.fixture
def pbx(service):
    return service.machine(Right.calls_ingest)


def send(client, data=None, name="a.wav", headers=None, **fields):
    return client.post(
        "/v1/calls", files={"file": (name, take(1) if data is None else data)}, data=fields, headers=headers
    )


def problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == code
    return response.json()


def calls(service):
    with service.database.read() as session:
        return list(session.query(Call).order_by(Call.id))


class TestACall:
    def test_is_taken_and_can_be_followed(self, service, pbx):
        answer = send(pbx, caller_number=NUMBER, started_at="2025-11-18T20:30:15", agent="201", direction="in")
        assert answer.status_code == 202
        assert answer.headers["location"] == answer.json()["status_url"]
        assert answer.json()["created"] is True
        [call] = calls(service)
        assert (call.call_id, call.state, call.source) == (answer.json()["call_id"], "received", "api")
        assert call.started_at == datetime(2025, 11, 18, 12, 30, 15, tzinfo=UTC)
        assert (call.agent, call.direction, call.caller_last3) == ("201", "in", "890")
        assert service.context.storage.read(call.audio_uri) == take(1)
        status = pbx.get(answer.json()["status_url"])
        assert status.json() == {"call_id": call.call_id, "state": "received", "progress": 0.0, "error": None}

    def test_sent_twice_is_one(self, service, pbx):
        first, again = (send(pbx, headers={"Idempotency-Key": "a-1"}).json() for _ in range(2))
        assert (again["call_id"], again["created"]) == (first["call_id"], False)
        assert send(pbx, name="lain.wav").json()["call_id"] == first["call_id"]
        assert len(calls(service)) == 1

    def test_may_be_sent_by_its_url(self, service, pbx, tmp_path):
        name = f"in-112-{NUMBER}-20251118-203015-1731937815.42.wav"
        (tmp_path / "impor" / name).write_bytes(take(1))
        answer = pbx.post("/v1/calls", json={"url": f"file://{tmp_path}/impor/{name}", "agent": "201"})
        assert answer.status_code == 202
        [call] = calls(service)
        assert (call.queue, call.agent, call.caller_last3) == ("112", "201", "890")
        assert NUMBER not in call.file_name

    def test_with_empty_fields_knows_nothing(self, service, pbx):
        assert send(pbx, caller_number="", started_at="", direction="", pbx_id="").status_code == 202
        assert calls(service)[0].caller_hash is None

    def test_that_failed_says_why(self, service, pbx):
        answer = send(pbx).json()
        with service.database.write() as session:
            call = repository.find_call(session, answer["call_id"])
            call.state, call.error_code, call.error_message = "dead", "recording_damaged", "rusak"
        status = pbx.get(answer["status_url"]).json()
        assert (status["state"], status["error"]) == ("dead", {"code": "recording_damaged", "message": "rusak"})


class TestWhatIsRefused:
    def test_every_bad_recording(self, service, pbx):
        for bad in BAD_RECORDINGS:
            problem(send(pbx, bad.data, bad.file), bad.status, bad.code)
        assert calls(service) == []
        assert list(service.context.storage.names()) == []

    def test_wrong_fields_are_named_without_their_content(self, pbx):
        for fields in (
            {"direction": "samping"},
            {"started_at": "kemarin"},
            {"caller_channel": "tengah"},
            {"agent": "a" * 65},
            {"pbx_id": "a\0b"},
            {"queue": "a\nb"},
            {"unknown": "1"},
        ):
            [(name, value)] = fields.items()
            detail = problem(send(pbx, **fields), 422, "request_invalid")["detail"]
            assert name in detail
            assert value == "1" or value not in detail

    def test_an_impossible_start(self, service, pbx):
        for start in ("1999-12-31T00:00:00Z", "2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
            problem(send(pbx, started_at=start), 422, "started_at_invalid")
        assert calls(service) == []

    def test_a_form_without_a_recording(self, pbx):
        for answer in (
            pbx.post("/v1/calls", files={"lain": ("a.wav", take(1))}),
            pbx.post("/v1/calls", files={"x": (None, "1")}, data={"file": "text"}),
        ):
            assert "file" in problem(answer, 422, "request_invalid")["detail"]

    def test_two_recordings_in_one_form(self, pbx):
        answer = pbx.post("/v1/calls", files=[("file", ("a.wav", take(1))), ("file", ("b.wav", take(2)))])
        problem(answer, 400, "http_400")

    def test_a_body_that_is_no_form(self, pbx):
        answer = pbx.post("/v1/calls", content=b"xx", headers={"content-type": "multipart/form-data; boundary=b"})
        assert answer.status_code in (400, 422)
        answer = pbx.post("/v1/calls", content=b"xx", headers={"content-type": "multipart/form-data"})
        problem(answer, 400, "http_400")

    def test_another_kind_of_body(self, pbx):
        for kind in ("text/plain", "audio/wav", ""):
            problem(pbx.post("/v1/calls", content=take(1), headers={"content-type": kind}), 415, "http_415")

    def test_wrong_json(self, pbx):
        for body in ("", "{", "[]", "null", "{}", '{"url": ""}', '{"url": 1}', '{"url": "a\\ud800"}', "\udcff"):
            content = body.encode(errors="surrogateescape")
            answer = pbx.post("/v1/calls", content=content, headers={"content-type": "application/json"})
            problem(answer, 422, "request_invalid")

    def test_json_that_is_too_large(self, pbx):
        problem(pbx.post("/v1/calls", json={"url": "x" * 100_000}), 413, "http_413")

    def test_a_url_elsewhere(self, service, pbx):
        for url in ("http://169.254.169.254/x", "file:///etc/passwd", "/etc/passwd", "s3://x/y"):
            problem(pbx.post("/v1/calls", json={"url": url}), 422, "reference_refused")
        assert calls(service) == []

    def test_a_url_where_nothing_is(self, pbx, tmp_path):
        answer = pbx.post("/v1/calls", json={"url": f"file://{tmp_path}/impor/{NUMBER}.wav"})
        problem(answer, 404, "reference_missing")
        assert NUMBER not in answer.text

    def test_an_idempotency_key_with_another_recording(self, pbx):
        send(pbx, headers={"Idempotency-Key": "a"})
        problem(send(pbx, take(2), headers={"Idempotency-Key": "a"}), 422, "idempotency_key_reused")
        problem(send(pbx, headers={"Idempotency-Key": "a" * 256}), 422, "request_invalid")

    def test_too_large_a_body(self, pbx):
        problem(send(pbx, bytes(MAX_BYTES + 100_000)), 413, "http_413")

    def test_a_store_that_is_away_is_said(self, pbx, monkeypatch):
        def down(*_):
            raise StoreError("storage_unavailable", "mati", "down")

        monkeypatch.setattr(Intake, "accept", down)
        problem(send(pbx), 503, "storage_unavailable")


class TestWhoMay:
    def test_send_calls(self, service):
        problem(send(service.anonymous()), 401, "login_needed")
        problem(send(service.machine(Right.calls_read, name="baca")), 403, "not_allowed")
        assert send(service.client("admin")).status_code == 202
        for role in ("operator", "qa", "data"):
            problem(send(service.client(role), take(2)), 403, "not_allowed")
        assert len(calls(service)) == 1

    def test_follow_a_call(self, service, pbx):
        url = send(pbx).json()["status_url"]
        assert [service.client(role).get(url).status_code for role in ("operator", "qa", "admin")] == [200, 200, 200]
        problem(service.client("data").get(url), 403, "not_allowed")
        problem(service.anonymous().get(url), 401, "login_needed")

    def test_not_follow_one_that_is_not_there(self, pbx):
        problem(pbx.get("/v1/calls/call-0123456789abcdef/status"), 404, "call_missing")
        for call_id in ("a%00b", "a b", "a" * 65):
            problem(pbx.get(f"/v1/calls/{call_id}/status"), 422, "request_invalid")


class TestRefusedFiles:
    def add(self, service, *names):
        with service.database.write() as session:
            for name in names:
                known = {"size": 1, "modified_ns": 10**18, "seen_at": datetime(2025, 11, 18, tzinfo=UTC)}
                file = WatchedFile(
                    path_key=name, path=name, error_code="recording_empty", error_message="kosong", **known
                )
                repository.remember_file(session, file)

    def test_are_listed_page_by_page_for_an_administrator(self, service):
        self.add(service, "a.wav", "b.wav", "c.wav")
        admin = service.client("admin")
        first = admin.get("/v1/refused-files", params={"limit": 2}).json()
        rest = admin.get("/v1/refused-files", params={"limit": 2, "cursor": first["next"]}).json()
        assert [item["path"] for item in first["items"] + rest["items"]] == ["c.wav", "b.wav", "a.wav"]
        assert rest["next"] is None
        assert first["items"][0] == {
            "path": "c.wav",
            "size": 1,
            "modified_at": "2001-09-09T01:46:40Z",
            "seen_at": "2025-11-18T00:00:00Z",
            "code": "recording_empty",
            "message": "kosong",
        }

    def test_are_not_for_others(self, service):
        for role in ("operator", "qa", "data"):
            problem(service.client(role).get("/v1/refused-files"), 403, "not_allowed")

    def test_with_a_wrong_page(self, service):
        admin = service.client("admin")
        for query in ({"cursor": "x"}, {"limit": 0}, {"limit": 201}, {"cursor": "9" * 30}):
            assert admin.get("/v1/refused-files", params=query).status_code == 422


class TestTheDocument:
    def test_describes_both_bodies(self, service):
        document = json.loads(service.anonymous().get("/openapi.json").text)
        body = document["paths"]["/v1/calls"]["post"]["requestBody"]
        assert set(body["content"]) == {"multipart/form-data", "application/json"}
        assert "file" in body["content"]["multipart/form-data"]["schema"]["required"]

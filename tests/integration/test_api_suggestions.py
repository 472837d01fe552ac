"""The HTTP service, with fake models and everything else real."""

import json

import pytest
from fastapi.testclient import TestClient
from support.bad_recordings import BAD_RECORDINGS, MAX_BYTES, MAX_SECONDS, good
from support.calls import FakeClassifier, FakeTranscriber, recording, segment
from typer.testing import CliRunner

from api.app import create_app
from api.body_limit import FORM_OVERHEAD
from api.examples import SUGGESTION
from triage.cli.main import app as cli
from triage.errors import ModelError, TranscriberError
from triage.pipeline import Pipeline
from triage.settings import Settings
from triage.suggestion.model import Suggestion
from triage.taxonomy import load_taxonomy

SAID = segment("halo ada pohon tumbang di pasar panjang")


@pytest.fixture
def pipeline():
    return Pipeline(FakeTranscriber(SAID, warnings=("Model peraga.",)), FakeClassifier(), load_taxonomy())


@pytest.fixture
def settings(tmp_path):
    return Settings(max_bytes=MAX_BYTES, max_seconds=MAX_SECONDS, models_dir=tmp_path / "models")


@pytest.fixture
def client(settings, pipeline):
    return TestClient(create_app(settings, pipeline), raise_server_exceptions=False)


def post(client, data=None, name="satu.wav", **fields):
    return client.post("/v1/suggestions", files={"file": (name, good() if data is None else data)}, data=fields)


def problem(response):
    """The problem document, its form checked."""
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert set(document) == {"type", "title", "status", "detail", "detail_en", "code"}
    assert document["status"] == response.status_code
    assert document["type"] == f"urn:triage112:problem:{document['code']}"
    assert document["detail"]
    assert document["detail_en"]
    return document


class TestSuggestion:
    def test_is_byte_for_byte_what_the_cli_prints(self, client, pipeline, tmp_path, monkeypatch):
        file = tmp_path / "satu.wav"
        file.write_bytes(good())
        monkeypatch.setattr("triage.cli.call.load_pipeline", lambda settings: pipeline)
        printed = CliRunner().invoke(cli, ["call", str(file), "--json"]).stdout_bytes
        response = post(client)
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.content == printed

    def test_takes_the_callers_id(self, client):
        assert post(client, call_id="pbx-0107").json()["call_id"] == "pbx-0107"

    def test_takes_the_callers_channel(self, client, monkeypatch):
        seen = []

        def load(data, file, settings):
            seen.append(settings.caller_channel)
            return recording()

        monkeypatch.setattr("api.service.load_recording", load)
        post(client, caller_channel="right")
        post(client)
        assert seen == ["right", "left"]

    @pytest.mark.parametrize("name", ["../../etc/satu.wav", "C:\\rekaman\\satu.wav", "/satu.wav"])
    def test_a_path_in_the_file_name_leads_nowhere(self, client, name):
        assert post(client, name=name).json()["audio"]["file"] == "satu.wav"


class TestBadInput:
    @pytest.mark.parametrize("bad", BAD_RECORDINGS, ids=lambda bad: bad.file)
    def test_every_bad_recording_is_a_problem_document(self, client, bad):
        response = post(client, bad.data, bad.file)
        assert response.status_code == bad.status
        assert problem(response)["code"] == bad.code

    def test_a_missing_file(self, client):
        response = client.post("/v1/suggestions", data={"call_id": "a"})
        assert response.status_code == 422
        assert problem(response)["code"] == "request_invalid"
        assert "file" in response.json()["detail"]

    @pytest.mark.parametrize("fields", [{"call_id": "a b/../c"}, {"caller_channel": "middle"}])
    def test_wrong_fields_are_named(self, client, fields):
        response = post(client, **fields)
        assert response.status_code == 422
        assert next(iter(fields)) in problem(response)["detail"]

    def test_a_body_that_is_no_form(self, client):
        response = client.post(
            "/v1/suggestions", content=b"xx", headers={"content-type": "multipart/form-data; boundary=b"}
        )
        assert response.status_code in (400, 422)
        problem(response)

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/v1/suggestions", 405)])
    def test_wrong_addresses(self, client, method, path, status):
        response = client.request(method, path)
        assert response.status_code == status
        problem(response)


class TestTooLargeABody:
    BOUNDARY = {"content-type": "multipart/form-data; boundary=b"}  # noqa: RUF012
    HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'

    def test_is_refused_by_its_length_before_it_is_sent(self, client):
        response = client.post(
            "/v1/suggestions", content=b"", headers={**self.BOUNDARY, "content-length": str(10 * 2**30)}
        )
        assert response.status_code == 413
        problem(response)

    def test_without_a_length_is_refused_while_it_streams(self, client):
        sent = []

        def endless():
            yield self.HEAD
            for _ in range(10_000):
                sent.append(1)
                yield bytes(64 * 1024)

        response = client.post("/v1/suggestions", content=endless(), headers=self.BOUNDARY)
        assert response.status_code == 413
        problem(response)

    def test_the_limit_is_that_of_the_recording(self, client):
        assert MAX_BYTES + FORM_OVERHEAD > len(BAD_RECORDINGS[-2].data) > MAX_BYTES
        assert problem(post(client, BAD_RECORDINGS[-2].data))["code"] == "recording_too_large"


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "status"),
        [(TranscriberError("down", "mati", "down"), 502), (ModelError("gone", "hilang", "gone"), 503)],
    )
    def test_of_the_models_have_their_status(self, client, pipeline, monkeypatch, error, status):
        def fail(recording, progress=None):
            raise error

        monkeypatch.setattr(pipeline.transcriber, "transcribe", fail)
        response = post(client)
        assert response.status_code == status
        assert problem(response)["code"] == error.code

    def test_nobody_foresaw_are_told_without_their_insides(self, client, pipeline, monkeypatch):
        def fail(recording, progress=None):
            raise RuntimeError("secret path /srv")

        monkeypatch.setattr(pipeline.transcriber, "transcribe", fail)
        response = post(client)
        assert response.status_code == 500
        assert problem(response)["code"] == "unexpected"
        assert "secret" not in response.text


class TestTaxonomy:
    def test_holds_every_code_a_suggestion_may_use(self, client):
        document = client.get("/v1/taxonomy").json()
        taxonomy = load_taxonomy()
        assert [item["code"] for item in document["types"]] == list(taxonomy.types)
        assert [item["code"] for item in document["opds"]] == list(taxonomy.opds)
        assert [item["code"] for item in document["ghost_kinds"]] == list(taxonomy.ghost_kinds)
        assert [item["code"] for item in document["safety"]] == list(taxonomy.safety)
        assert all(item["main_opd"] in item["allowed_opds"] for item in document["types"])


class TestOpenApi:
    def test_shows_an_example_that_is_a_suggestion(self, client):
        answer = client.get("/openapi.json").json()["paths"]["/v1/suggestions"]["post"]["responses"]["200"]
        example = answer["content"]["application/json"]["example"]
        assert example == SUGGESTION
        assert json.loads(Suggestion.model_validate(example).to_json()) == example

    def test_names_the_problem_documents(self, client):
        responses = client.get("/openapi.json").json()["paths"]["/v1/suggestions"]["post"]["responses"]
        for status in ("413", "422", "502", "503"):
            assert "application/problem+json" in responses[status]["content"]

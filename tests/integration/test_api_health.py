"""GET /health says what is in use, whether it is whole, and what it must not be used for."""

import pytest
from fastapi.testclient import TestClient
from support.calls import FakeClassifier, FakeTranscriber

from api.app import create_app
from triage import __version__
from triage.pipeline import Pipeline
from triage.registry import Manifest, write_manifest
from triage.settings import Settings
from triage.taxonomy import load_taxonomy

WARNING = "Model peraga: hanya untuk suara sintetis."


def install(folder, kind, **fields):
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"weights")
    write_manifest(folder, Manifest(name=folder.name, version="1", kind=kind, title=f"Judul {kind}", **fields))


@pytest.fixture
def settings(tmp_path):
    install(tmp_path / "whisper", "recogniser", demonstration=True, warning=WARNING)
    install(tmp_path / "klas", "classifier")
    return Settings(models_dir=tmp_path, recogniser="whisper", classifier="klas")


def answer(settings):
    pipeline = Pipeline(FakeTranscriber(warnings=(WARNING,)), FakeClassifier(), load_taxonomy())
    return TestClient(create_app(settings, pipeline)).get("/health")


def health(settings):
    return answer(settings).json()


class TestHealth:
    def test_names_models_versions_and_the_demonstration(self, settings):
        document = health(settings)
        assert document["status"] == "demonstration"
        assert (document["version"], document["taxonomy"]) == (__version__, load_taxonomy().version)
        recogniser, classifier = document["models"]
        assert recogniser == {
            "role": "recogniser",
            "name": "fake-recogniser 1",
            "title": "Judul recogniser",
            "demonstration": True,
            "checksums": "verified",
            "warnings": [WARNING],
        }
        assert (classifier["demonstration"], classifier["warnings"]) == (False, [])

    def test_a_damaged_file_is_a_problem_document(self, settings):
        (settings.models_dir / "klas" / "weights.bin").write_bytes(b"damaged")
        response = answer(settings)
        assert response.status_code == 503
        assert response.json()["code"] == "model_damaged"

    def test_the_pages_of_the_api_need_no_internet(self, settings):
        pipeline = Pipeline(FakeTranscriber(), FakeClassifier(), load_taxonomy())
        page = TestClient(create_app(settings, pipeline)).get("/docs").text
        assert "/static-offline-docs/swagger-ui-bundle.js" in page
        assert "://" not in page

    def test_a_remote_transcriber_has_no_files_to_check(self, settings):
        remote = settings.model_copy(
            update={"transcriber_url": "http://localhost:9/v1", "transcriber_model": "whisper-1"}
        )
        document = health(remote)
        assert document["status"] == "ok"
        assert (document["models"][0]["checksums"], document["models"][0]["title"]) == ("remote", "whisper-1")

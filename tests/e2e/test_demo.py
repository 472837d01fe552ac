"""`make demo`'s command with the bundled models on the bundled recordings: the main job, end to end."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from triage.settings import REPOSITORY
from triage.suggestion.model import Suggestion

SAMPLES = REPOSITORY / "audio_samples"
ENOUGH = 0.8
"""Share of dispositions, types and OPDs of the manifest that must be right."""


def _triage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triage", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Suggestion]]:
    out = tmp_path_factory.mktemp("demo") / "suggestions.jsonl"
    result = _triage("call", "audio_samples", "--jsonl", str(out), "--expect", "audio_samples/manifest.csv")
    suggestions = [Suggestion.model_validate_json(line) for line in out.read_text("utf-8").splitlines()]
    return result, {suggestion.audio.file: suggestion for suggestion in suggestions if suggestion.audio}


@pytest.fixture(scope="module")
def manifest() -> dict[str, dict[str, str]]:
    with (SAMPLES / "manifest.csv").open(encoding="utf-8") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


class TestDemo:
    def test_ends_well_with_a_suggestion_for_every_recording(self, demo, manifest) -> None:
        result, suggestions = demo
        assert result.returncode == 0, result.stderr
        assert set(suggestions) == set(manifest)

    @pytest.mark.parametrize("what", ["disposition", "complaint_type", "target_opd"])
    def test_is_mostly_right(self, demo, manifest, what: str) -> None:
        def found(suggestion: Suggestion) -> str:
            value = getattr(suggestion, what)
            return value.label if what == "disposition" else value[0].code

        expected = {file: row[what] for file, row in manifest.items() if row[what]}
        right = [file for file, code in expected.items() if found(demo[1][file]) == code]
        assert len(right) >= ENOUGH * len(expected), sorted(set(expected) - set(right))

    def test_no_call_for_help_is_a_ghost(self, demo, manifest) -> None:
        for file, row in manifest.items():
            if row["safety"]:
                suggestion = demo[1][file]
                assert (suggestion.disposition.label, suggestion.decision) == ("ticket", "listen"), file

    def test_says_of_every_suggestion_that_the_recogniser_is_a_demonstration(self, demo) -> None:
        for suggestion in demo[1].values():
            assert any("model demonstrasi" in warning for warning in suggestion.warnings)
            assert "demo" in suggestion.versions.recogniser

    def test_type_and_opd_never_contradict_and_lists_sum_to_at_most_one(self, demo) -> None:
        from triage.taxonomy import load_taxonomy

        types = load_taxonomy().types
        for suggestion in demo[1].values():
            assert suggestion.target_opd[0].code in types[suggestion.complaint_type[0].code].allowed_opds
            for choices in (suggestion.complaint_type, suggestion.target_opd):
                assert sum(choice.probability for choice in choices) <= 1


class TestOneCall:
    def test_is_the_same_as_among_others(self, demo) -> None:
        file = "27-anak-mama-tidak-bangun.wav"
        alone = _triage("call", f"audio_samples/{file}", "--json")
        assert json.loads(alone.stdout) == json.loads(demo[1][file].to_json())

    def test_is_the_same_over_http(self) -> None:
        from fastapi.testclient import TestClient

        from api.app import create_app
        from triage.settings import Settings

        path = SAMPLES / "26-terputus.wav"
        with TestClient(create_app(Settings())) as client:
            answer = client.post("/v1/suggestions", files={"file": (path.name, Path(path).read_bytes())})
        assert answer.status_code == 200
        assert answer.text == _triage("call", str(path), "--json").stdout

"""The scripts of audio_samples/: what they cover, and that nothing of them was trained on."""

import csv
import json
from pathlib import Path

import pytest
import yaml
from rapidfuzz import fuzz, process

from training.samples.make import FOLDER, MANIFEST_FIELDS, SCRIPTS
from training.synthesis.spoken import written
from triage.taxonomy import load_taxonomy

DATA = Path(__file__).parents[3] / "training" / "corpus" / "data"


@pytest.fixture(scope="module")
def scripts() -> list[dict]:
    return yaml.safe_load(SCRIPTS.read_text("utf-8"))


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, str]]:
    with (FOLDER / "manifest.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TestScripts:
    def test_no_caller_sentence_was_trained_on(self, scripts: list[dict]) -> None:
        calls = [json.loads(line) for line in (DATA / "train.jsonl").read_text("utf-8").splitlines()]
        trained = {" ".join(written(turn["text"])) for call in calls for turn in call["turns"]}
        trained |= {
            " ".join(written(line.split("\t")[1])) for line in (DATA / "phrases.tsv").read_text("utf-8").splitlines()
        }
        for script in scripts:
            for who, text in script["turns"]:
                words = written(text) if who in ("c", "b") else []
                if len(words) > 4:
                    best = process.extractOne(" ".join(words), trained, scorer=fuzz.ratio)
                    assert best[1] < 85, (script["file"], text, best)

    def test_cover_what_a_call_centre_hears(self, manifest: list[dict[str, str]]) -> None:
        assert len(manifest) >= 24
        assert len({row["complaint_type"] for row in manifest} - {""}) >= 10
        assert {"ticket", "information", "ghost"} == {row["disposition"] for row in manifest}
        audible = {"tanpa_suara", "panggilan_putus", "bising_latar", "iklan_ivr"}
        assert audible <= {row["ghost_kind"] for row in manifest}
        assert len({row["safety"] for row in manifest} - {""}) >= 3
        assert len({row["voice_caller"] for row in manifest} - {""}) >= 6

    def test_expect_only_what_the_taxonomy_allows(self, manifest: list[dict[str, str]]) -> None:
        taxonomy = load_taxonomy()
        for row in manifest:
            if row["complaint_type"]:
                assert row["target_opd"] in taxonomy.types[row["complaint_type"]].allowed_opds, row["file"]


class TestFolder:
    def test_manifest_and_recordings_agree(self, scripts: list[dict], manifest: list[dict[str, str]]) -> None:
        assert tuple(manifest[0]) == MANIFEST_FIELDS
        files = {path.name for path in FOLDER.iterdir()} - {"manifest.csv", "README.md"}
        assert files == {row["file"] for row in manifest} == {script["file"] for script in scripts}

    def test_is_small(self) -> None:
        assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12_000_000

"""manifest.json: writing, reading, checking."""

import json

import pytest
from pydantic import ValidationError

from triage.errors import ModelError
from triage.registry import Manifest, find_model, list_models, read_manifest, verify, write_manifest

WARNING = "Model peraga: hanya untuk suara sintetis."


def describe(**changes):
    return Manifest(
        **{"name": "tiny", "version": "1.0", "kind": "recogniser", "title": "Tiny", "warning": WARNING, **changes}
    )


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "tiny"
    (folder / "heads").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "heads" / "a.json").write_text("{}")
    (folder / "MODEL_CARD.md").write_text("A card.")
    return folder


class TestWriting:
    def test_checksums_of_the_models_own_files(self, folder):
        written = write_manifest(folder, describe())
        assert sorted(written.files) == ["heads/a.json", "model.bin"]
        assert written.files["model.bin"].size == 7
        assert written.files["model.bin"].sha256 == "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"

    def test_what_was_written_is_read(self, folder):
        written = write_manifest(folder, describe(window_seconds=12, labels={"disposition": ["ticket", "ghost"]}))
        assert read_manifest(folder) == written
        assert written.full_name == "tiny 1.0"

    def test_writing_again_gives_the_same(self, folder):
        assert write_manifest(folder, describe()) == write_manifest(folder, describe())


class TestChecking:
    def test_a_whole_model_passes(self, folder):
        assert verify(write_folder(folder)).warning == WARNING

    def test_the_card_may_be_edited(self, folder):
        write_folder(folder)
        (folder / "MODEL_CARD.md").write_text("A better card.")
        verify(folder)

    @pytest.mark.parametrize("data", [b"weightz", b"weight"])
    def test_damaged_file(self, folder, data):
        write_folder(folder)
        (folder / "model.bin").write_bytes(data)
        with pytest.raises(ModelError, match=r"model\.bin rusak") as caught:
            verify(folder)
        assert caught.value.code == "model_damaged"

    def test_missing_file(self, folder):
        write_folder(folder)
        (folder / "model.bin").unlink()
        with pytest.raises(ModelError, match=r"model\.bin tidak ada"):
            verify(folder)


def write_folder(folder):
    write_manifest(folder, describe())
    return folder


class TestReading:
    @pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', "\xff"])
    def test_damaged_manifest(self, folder, text):
        (folder / "manifest.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(ModelError) as caught:
            read_manifest(folder)
        assert caught.value.code == "manifest_unreadable"

    @pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b"])
    def test_files_outside_the_folder_are_refused(self, path):
        with pytest.raises(ValidationError, match="leaves the model's folder"):
            describe(files={path: {"sha256": "0" * 64, "size": 1}})

    def test_unknown_field_is_refused(self):
        with pytest.raises(ValidationError):
            describe(windows_seconds=12)

    def test_a_folder_that_is_no_model(self, tmp_path):
        (tmp_path / "model.bin").write_bytes(b"")
        with pytest.raises(ModelError, match=r"config\.json, tokenizer\.json") as caught:
            read_manifest(tmp_path)
        assert caught.value.code == "not_a_model"


def own_whisper(folder, weights=b"weights"):
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(weights)
    (folder / "config.json").write_text(json.dumps({"alignment_heads": []}))
    (folder / "tokenizer.json").write_text("{}")
    return folder


class TestAWhisperWithoutManifest:
    def test_has_the_defaults_of_a_real_whisper(self, tmp_path):
        manifest = read_manifest(own_whisper(tmp_path / "our-whisper"))
        assert (manifest.name, manifest.kind, manifest.window_seconds) == ("our-whisper", "recogniser", 28.0)
        assert (manifest.supports_prompt, manifest.demonstration, manifest.warning) == (True, False, None)
        assert (manifest.short_windows, manifest.low_logprob, manifest.letters_apart) == (False, -1.0, 1.0)

    def test_has_a_version_that_follows_its_files(self, tmp_path):
        a, same, other = (
            read_manifest(own_whisper(tmp_path / name, weights)).version
            for name, weights in (("a", b"12345"), ("b", b"12345"), ("c", b"123456"))
        )
        assert a == same != other
        assert len(a) == 8


class TestFinding:
    @pytest.fixture
    def models(self, tmp_path):
        own_whisper(tmp_path / "own")
        own_whisper(tmp_path / ".own.partial")
        (tmp_path / "notes").mkdir()
        (tmp_path / "classifier-id").mkdir()
        write_manifest(tmp_path / "classifier-id", describe(name="classifier-id", kind="classifier"))
        return tmp_path

    def test_lists_models_only(self, models):
        assert [m.manifest.name for m in list_models(models)] == ["classifier-id", "own"]

    def test_no_folder_no_models(self, tmp_path):
        assert list_models(tmp_path / "none") == []

    def test_by_name_and_by_path(self, models, tmp_path):
        assert find_model(models, "own", "recogniser").folder == models / "own"
        assert find_model(tmp_path / "elsewhere", str(models / "own"), "recogniser").folder == models / "own"

    def test_of_another_kind(self, models):
        with pytest.raises(ModelError, match="TRIAGE_RECOGNISER") as caught:
            find_model(models, "classifier-id", "recogniser")
        assert caught.value.code == "model_kind"

    @pytest.mark.parametrize("name", ["large-v3", ""])
    def test_missing_names_what_is_there(self, models, name):
        with pytest.raises(ModelError, match="Yang terpasang: own") as caught:
            find_model(models, name, "recogniser")
        assert caught.value.code == "model_not_found"
        assert caught.value.status == 503

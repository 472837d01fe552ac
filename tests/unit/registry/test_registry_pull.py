"""Installing models: from a folder, from a hub, and when it cannot be done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.servers import Hub, closed_port, serve

from triage.errors import ModelError
from triage.registry import Manifest, pull, verify, write_manifest
from triage.registry.manifest import WHISPER_FILES

REPOSITORY = "Systran/faster-whisper-tiny"


@pytest.fixture
def source(tiny_whisper, tmp_path):
    """A folder to pull from, with a file that does not belong."""
    folder = tmp_path / "source" / "our-whisper"
    folder.mkdir(parents=True)
    for path in tiny_whisper.iterdir():
        (folder / path.name).symlink_to(path)  # as the hub's cache does
    (folder / "notes.txt").write_text("private")
    return folder


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def from_hub(endpoint, name, models, cache):
    """`pull` in a process of its own: huggingface_hub reads its endpoint once, when it is imported."""
    code = (
        "import sys; from pathlib import Path\n"
        "from triage.errors import TriageError; from triage.registry import pull\n"
        "try: print(pull(sys.argv[1], Path(sys.argv[2])).manifest.model_dump_json())\n"
        "except TriageError as error: sys.exit(f'{error.code}: {error.message_id}')"
    )
    environment = {
        **os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1", "HF_HUB_OFFLINE": "0",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code, name, str(models)], env=environment, capture_output=True, text=True, timeout=120
    )


class TestFromAFolder:
    def test_installs_the_models_files_with_a_manifest(self, source, models):
        installed = pull(str(source), models)
        assert installed.folder == models / "our-whisper"
        assert sorted(p.name for p in installed.folder.iterdir()) == [
            "config.json", "manifest.json", "model.bin",
            "preprocessor_config.json", "tokenizer.json", "vocabulary.json",
        ]  # fmt: skip
        assert not any(p.is_symlink() for p in installed.folder.iterdir())
        manifest = verify(installed.folder)
        assert manifest == installed.manifest
        assert (manifest.name, manifest.window_seconds, manifest.supports_prompt) == ("our-whisper", 28.0, True)
        assert manifest.command == f"triage models pull {source}"
        assert [p.name for p in models.iterdir()] == ["our-whisper"]

    def test_a_manifest_that_comes_along_keeps_its_warning(self, source, models):
        theirs = Manifest(
            name="demo", version="7", kind="recogniser", title="Demo", demonstration=True, warning="Peraga."
        )
        (source / "notes.txt").unlink()
        write_manifest(source, theirs)
        assert pull(str(source), models).manifest.warning == "Peraga."

    def test_an_installed_model_is_not_replaced(self, source, models):
        before = pull(str(source), models)
        with pytest.raises(ModelError, match="tidak ditimpa") as caught:
            pull(str(source), models)
        assert caught.value.code == "model_exists"
        assert verify(before.folder) == before.manifest

    @pytest.mark.parametrize("file", [*WHISPER_FILES, "vocabulary.json"])
    def test_an_incomplete_model_leaves_nothing(self, source, models, file):
        (source / file).unlink()
        with pytest.raises(ModelError, match="Tidak ada yang dipasang") as caught:
            pull(str(source), models)
        assert caught.value.code == "model_unusable"
        assert list(models.iterdir()) == []

    @pytest.mark.parametrize("file", ["model.bin", "tokenizer.json"])
    def test_a_truncated_model_leaves_nothing(self, source, models, file):
        data = (source / file).read_bytes()
        (source / file).unlink()
        (source / file).write_bytes(data[: len(data) // 2])
        with pytest.raises(ModelError) as caught:
            pull(str(source), models)
        assert caught.value.code == "model_unusable"
        assert list(models.iterdir()) == []

    def test_mel_bands_that_do_not_fit_are_found(self, source, models):
        """large-v3 has 128 bands; without its preprocessor_config.json faster-whisper would give it 80."""
        (source / "preprocessor_config.json").unlink()
        (source / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))
        with pytest.raises(ModelError, match="n_mels"):
            pull(str(source), models)

    def test_no_such_folder(self, models):
        with pytest.raises(ModelError) as caught:
            pull("./no-such-folder", models)
        assert caught.value.code == "folder_not_found"
        assert not models.exists()

    def test_a_models_folder_that_cannot_be_written(self, source, tmp_path):
        (tmp_path / "models").write_text("a file")
        with pytest.raises(ModelError) as caught:
            pull(str(source), tmp_path / "models")
        assert caught.value.code == "pull_failed"


class TestFromAHub:
    def test_installs_what_the_hub_has(self, tiny_whisper, models, tmp_path):
        hub = Hub(REPOSITORY, tiny_whisper)
        hub.files["pytorch_model.bin"] = b"not wanted"
        with serve(hub) as endpoint:
            done = from_hub(endpoint, "tiny", models, tmp_path / "cache")
        assert done.returncode == 0, done.stderr
        manifest = verify(models / "tiny")
        assert manifest.model_dump() == json.loads(done.stdout)
        assert sorted(manifest.files) == sorted(p.name for p in tiny_whisper.iterdir())
        assert (models / "tiny" / "model.bin").read_bytes() == (tiny_whisper / "model.bin").read_bytes()
        assert sorted(p.name for p in (models / "tiny").iterdir()) == sorted([*manifest.files, "manifest.json"])
        assert [p.name for p in models.iterdir()] == ["tiny"]

    def test_a_repository_by_its_name(self, tiny_whisper, models, tmp_path):
        with serve(Hub("kota/whisper-kendari", tiny_whisper)) as endpoint:
            done = from_hub(endpoint, "kota/whisper-kendari", models, tmp_path / "cache")
        assert done.returncode == 0, done.stderr
        assert verify(models / "whisper-kendari").command == "triage models pull kota/whisper-kendari"

    @pytest.mark.parametrize("name", ["large-v3-turbo", "Systran/faster-whisper-small"])
    def test_without_a_hub_it_says_what_to_do_by_hand(self, models, tmp_path, name):
        done = from_hub(closed_port(), name, models, tmp_path / "cache")
        assert done.returncode == 1
        assert done.stderr.startswith("hub_unreachable: Mengunduh ")
        assert "triage models pull /jalur/ke/folder" in done.stderr
        assert "TRIAGE_RECOGNISER" in done.stderr
        repository = {"large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo"}.get(name, name)
        assert f"https://huggingface.co/{repository}" in done.stderr
        assert list(models.iterdir()) == []

    def test_a_repository_the_hub_does_not_have(self, tiny_whisper, models, tmp_path):
        with serve(Hub(REPOSITORY, tiny_whisper)) as endpoint:
            done = from_hub(endpoint, "kota/tidak-ada", models, tmp_path / "cache")
        assert done.returncode == 1
        assert "hub_unreachable: Mengunduh kota/tidak-ada gagal (RepositoryNotFoundError)" in done.stderr
        assert list(models.iterdir()) == []

    def test_a_broken_download_leaves_nothing(self, models):
        def breaks_off(name, output_dir):
            Path(output_dir, "model.bin").write_bytes(b"half")
            raise ConnectionResetError("reset")

        with pytest.raises(ModelError, match="ConnectionResetError"):
            pull("tiny", models, download=breaks_off)
        assert list(models.iterdir()) == []

    def test_an_unknown_name_lists_the_known_ones(self, models):
        with pytest.raises(ModelError, match="large-v3-turbo") as caught:
            pull("large-v9", models)
        assert caught.value.code == "unknown_model"

"""Which model is in service: the bundled one, until another is promoted; back again by a rollback."""

import pytest

from triage.errors import ConflictError, ModelError
from triage.registry import Manifest, write_manifest
from triage.registry.aliases import champion, promote, roll_back
from triage.registry.load import chosen_model
from triage.settings import Settings


def install(models, name, kind="classifier"):
    folder = models / name
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(name.encode())
    write_manifest(folder, Manifest(name=name, version="1", kind=kind, title=name))


@pytest.fixture
def models(tmp_path):
    for name in ("classifier-id", "kendari-1", "kendari-2"):
        install(tmp_path, name)
    install(tmp_path, "whisper-besar", "recogniser")
    return tmp_path


class TestChampion:
    def test_is_the_bundled_model_where_nothing_was_promoted(self, models):
        assert champion(models, "classifier") == "classifier-id"

    def test_is_the_model_promoted_last(self, models):
        promote(models, "kendari-1")
        assert promote(models, "kendari-2")[1] == "kendari-1"
        assert champion(models, "classifier") == "kendari-2"
        assert champion(models, "recogniser") == "whisper-demo-synthetic-id"

    def test_is_what_the_settings_load_unless_they_name_a_model(self, models):
        promote(models, "kendari-1")
        assert chosen_model(Settings(models_dir=models), "classifier").folder.name == "kendari-1"
        named = Settings(models_dir=models, classifier="kendari-2")
        assert chosen_model(named, "classifier").folder.name == "kendari-2"

    def test_a_damaged_file_is_an_error_not_another_model(self, models):
        (models / "aliases.json").write_text("{")
        with pytest.raises(ModelError, match="rusak"):
            champion(models, "classifier")


class TestPromote:
    def test_refuses_a_model_that_is_missing_or_damaged(self, models):
        with pytest.raises(ModelError, match="tidak ada"):
            promote(models, "lain")
        (models / "kendari-1" / "weights.bin").write_bytes(b"changed")
        with pytest.raises(ModelError):
            promote(models, "kendari-1")
        assert champion(models, "classifier") == "classifier-id"

    def test_refuses_the_model_in_service(self, models):
        with pytest.raises(ConflictError):
            promote(models, "classifier-id")


class TestRollBack:
    def test_goes_back_one_model_a_time(self, models):
        promote(models, "kendari-1")
        promote(models, "kendari-2")
        assert roll_back(models, "classifier") == ("kendari-1", "kendari-2")
        assert roll_back(models, "classifier") == ("classifier-id", "kendari-1")
        with pytest.raises(ConflictError):
            roll_back(models, "classifier")
        assert champion(models, "classifier") == "classifier-id"

    def test_does_not_go_back_to_a_damaged_model(self, models):
        promote(models, "kendari-1")
        promote(models, "kendari-2")
        (models / "kendari-1" / "weights.bin").write_bytes(b"changed")
        with pytest.raises(ModelError):
            roll_back(models, "classifier")
        assert champion(models, "classifier") == "kendari-2"

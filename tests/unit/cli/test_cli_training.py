import importlib.util

import pytest
from typer.testing import CliRunner

from triage.cli import training
from triage.cli.main import app
from triage.cli.training import run_training
from triage.errors import ModelError


class TestWithoutTheTrainingPackages:
    def test_says_how_to_install_them(self, monkeypatch):
        monkeypatch.setattr(training, "_NEEDED", ("torch_of_another_world",))
        result = CliRunner().invoke(app, ["train", "classifier", "--epochs", "1"])
        assert result.exit_code == 3
        assert "pip install '.[training]'" in result.stderr
        assert "torch_of_another_world" in result.stderr
        assert "Traceback" not in result.stderr

    def test_is_a_model_error(self, monkeypatch):
        monkeypatch.setattr(training, "_NEEDED", ("torch_of_another_world",))
        with pytest.raises(ModelError) as caught:
            run_training("training.classifier.cli", [], "triage train classifier")
        assert caught.value.code == "training_not_installed"


class TestWithThem:
    def test_the_arguments_are_handed_over(self, tmp_path, monkeypatch):
        module = tmp_path / "made_for_this_test.py"
        module.write_text(
            "import typer\napp = typer.Typer()\n"
            "@app.command()\ndef run(epochs: int = 0) -> None:\n    typer.echo(f'epochs={epochs}')\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        monkeypatch.setattr(training, "_NEEDED", ())

        import typer

        outer = typer.Typer()

        @outer.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
        def train(ctx: typer.Context) -> None:
            run_training("made_for_this_test", ctx.args, "triage train test")

        result = CliRunner().invoke(outer, ["--epochs", "3"])
        assert (result.exit_code, result.stdout) == (0, "epochs=3\n")

"""`triage --help` must be quick: what it imports is the contract (time itself would depend on the machine)."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "librosa", "faster_whisper", "ctranslate2", "onnxruntime", "numpy", "fastapi")

PROBE = """
import sys
from typer.testing import CliRunner
from triage.cli.main import app
result = CliRunner().invoke(app, sys.argv[1:])
print(result.exit_code, *sorted(name for name in sys.modules if "." not in name))
"""


def probe(*arguments):
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True)
    code, *modules = done.stdout.split()
    return int(code), set(modules)


class TestHelp:
    @pytest.mark.parametrize("arguments", [["--help"], ["call", "--help"], ["models", "--help"], ["--version"]])
    def test_imports_nothing_heavy(self, arguments):
        code, modules = probe(*arguments)
        assert code == 0
        assert modules.isdisjoint(HEAVY)

    def test_names_every_command(self):
        done = subprocess.run([sys.executable, "-m", "triage", "--help"], capture_output=True, text=True, check=True)
        for command in ("call", "transcribe", "classify", "serve", "models", "train"):
            assert f" {command} " in done.stdout

"""The README is what a newcomer types: its commands, options and links must exist."""

import importlib
import re
from pathlib import Path

import pytest
from typer.main import get_command

from triage.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text("utf-8")


HANDED_OVER = {"train": "training.{}.cli", "evaluate": "training.{}.evaluate", "benchmark": "training.benchmark.{}"}
"""Commands whose options belong to the training package."""


class TestCommands:
    @pytest.mark.parametrize("command", ["make demo", "make test"])
    def test_the_two_commands_stand_alone_on_a_line_for_ci_to_run(self, command):
        assert re.search(rf"^{command}( |$)", README, re.MULTILINE)

    def test_every_make_target_exists(self):
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
        named = {name for page in PAGES for name in re.findall(r"\bmake ([a-z-]+)\b", page.read_text("utf-8"))}
        assert {"demo", "test", "check"} <= named & targets
        assert {name for name in named if f"`make {name}" in README} <= targets

    def test_every_triage_command_and_option_exists(self):
        commands = get_command(app).commands
        lines = re.findall(r"^(?:TRIAGE_\S+ )?(?:\.venv/bin/)?triage (.+)$", README, re.MULTILINE)
        assert len(lines) >= 6
        for line in lines:
            name, *rest = line.split("#")[0].split()
            command = commands[name]
            if name in HANDED_OVER:
                assert rest[0] in command.commands
                command = get_command(importlib.import_module(HANDED_OVER[name].format(rest[0])).app)
                if hasattr(command, "commands"):
                    command = command.commands[rest[1]]
            elif hasattr(command, "commands"):
                command = command.commands[rest[0]]
            known = {option for parameter in command.params for option in parameter.opts}
            assert {word for word in rest if word.startswith("--")} <= known


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_lead_to_files(self, page):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), target

"""docs/commands.md has every command of the Typer app with all its options, and no other."""

import re

import pytest
from typer.main import get_command

from triage.cli.main import app
from triage.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "commands.md").read_text("utf-8")
SYNOPSES = re.findall(r"^\| `triage (.+?)` \| (.+) \|$", PAGE, re.MULTILINE)


def commands(command, path=()):
    """Every command that does something, by its name."""
    if hasattr(command, "commands"):
        return {
            name: one
            for part, inner in command.commands.items()
            for name, one in commands(inner, (*path, part)).items()
        }
    return {" ".join(path): command}


COMMANDS = commands(get_command(app))


def name_of(synopsis):
    """The longest beginning of a synopsis that is a command's name."""
    words = synopsis.split()
    names = (" ".join(words[:length]) for length in (2, 1))
    return next((name for name in names if name in COMMANDS), synopsis)


class TestCommandsPage:
    def test_has_every_command_once_and_no_other(self):
        assert sorted(name_of(synopsis) for synopsis, _ in SYNOPSES) == sorted(COMMANDS)

    @pytest.mark.parametrize("synopsis", [synopsis for synopsis, _ in SYNOPSES], ids=name_of)
    def test_has_its_options(self, synopsis):
        parameters = COMMANDS[name_of(synopsis)].params
        options = {one.opts[-1]: one.required for one in parameters if one.param_type_name == "option"}
        optional = re.findall(r"\[(--[a-z-]+)", synopsis)
        assert {option: option not in optional for option in re.findall(r"--[a-z-]+", synopsis)} == options

    @pytest.mark.parametrize("synopsis", [synopsis for synopsis, _ in SYNOPSES], ids=name_of)
    def test_has_its_arguments(self, synopsis):
        name = name_of(synopsis)
        arguments = [one for one in COMMANDS[name].params if one.param_type_name == "argument"]
        before_options = re.split(r" \[?--", synopsis, maxsplit=1)[0].removeprefix(name).split()
        assert len(before_options) == len(arguments)
        assert [word.endswith("...") for word in before_options] == [one.nargs == -1 for one in arguments]

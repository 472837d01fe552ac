"""What deploy/ says must be there: the commands, the files, the folders that a read-only installation may write to."""

import re
import shlex

import pytest
import yaml
from typer.main import get_command

from triage.cli.main import app
from triage.settings import REPOSITORY, Settings

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
TRIAGE = "/opt/triage112/.venv/bin/triage"
STATE, CACHE = "/var/lib/triage112", "/var/cache/triage112"


def assert_runs(arguments):
    """The words after `triage` name a command, with options that it has and the arguments that it needs."""
    command, rest = get_command(app), list(arguments)
    while hasattr(command, "commands"):
        assert rest, f"{command.name} needs a sub-command"
        assert rest[0] in command.commands, rest[0]
        command = command.commands[rest.pop(0)]
    command.make_context("triage", rest)


class Unit:
    """A unit file: section, name, and all values, as a name may stand more than once."""

    def __init__(self, path):
        self._values = {}
        for line in path.read_text("utf-8").splitlines():
            if section := re.fullmatch(r"\[(\w+)\]", line):
                current = self._values.setdefault(section[1], {})
            elif line and not line.startswith("#"):
                name, _, value = line.partition("=")
                current.setdefault(name, []).append(value)

    def all(self, section, name):
        return self._values[section].get(name, [])

    def one(self, section, name):
        (value,) = self.all(section, name)
        return value

    @property
    def environment(self):
        return dict(word.split("=", 1) for value in self.all("Service", "Environment") for word in value.split())


class TestSystemd:
    def test_the_service_and_what_is_done_every_night_have_units(self):
        names = {unit.name for unit in UNITS}
        assert {"triage-api.service", "triage-worker@.service", "triage-watch.service"} <= names
        assert {"triage-backup.timer", "triage-purge.timer"} <= names

    @pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
    def test_is_a_unit(self, unit):
        assert Unit(unit).one("Unit", "Description").startswith("Triage 112: ")

    @pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
    def test_every_command_exists(self, unit):
        commands = [shlex.split(command) for command in Unit(unit).all("Service", "ExecStart")]
        assert commands
        for first, *rest in commands:
            if first == "/bin/sh":
                inner = re.sub(r"\$\([^)]*\)", "now", rest[1].removeprefix("exec "))
                first, *rest = shlex.split(inner)
            if first == "/usr/bin/find":
                continue
            assert first == TRIAGE
            assert_runs(rest)

    @pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
    def test_writes_only_where_it_may(self, unit):
        read = Unit(unit)
        assert read.one("Service", "ProtectSystem") == "strict"
        assert read.one("Service", "StateDirectory").split()[0] == STATE.rpartition("/")[2]
        assert read.one("Service", "CacheDirectory") == CACHE.rpartition("/")[2]
        assert read.environment["TRIAGE_DATA_DIR"] == STATE
        assert read.environment["NUMBA_CACHE_DIR"] == CACHE  # without it librosa cannot be used in a read-only place

    @pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
    def test_its_settings_are_settings(self, unit):
        assert_settings(name for name in Unit(unit).environment if name.startswith("TRIAGE_"))

    @pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".timer"], ids=lambda unit: unit.name)
    def test_a_timer_has_its_service(self, unit):
        assert unit.with_suffix(".service") in SERVICES
        assert Unit(unit).one("Timer", "OnCalendar")

    @pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
    def test_its_documentation_exists(self, unit):
        page = Unit(unit).one("Unit", "Documentation").removeprefix("file:/opt/triage112/")
        assert (REPOSITORY / page).is_file()


def assert_settings(names):
    fields = {f"TRIAGE_{name.upper()}" for name in Settings.model_fields}
    assert set(names) <= fields


class TestContainers:
    def test_compose_starts_what_exists(self):
        services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
        ours = {name: service for name, service in services.items() if service["image"] == "triage112"}
        assert set(ours) == {"api", "worker"}
        for service in ours.values():
            assert_settings(service["environment"])
            assert_runs(service.get("command", containerfile("CMD")))
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()

    def test_the_commands_in_its_comments_exist(self):
        text = (DEPLOY / "compose.yaml").read_text("utf-8")
        commands = re.findall(r"(?:--rm|and) api ([a-z].*?)(?=, and|$)", text, re.MULTILINE)
        assert len(commands) == 3
        for command in commands:
            assert_runs(command.split())

    def test_the_image_is_made_of_what_is_there(self):
        lines = re.findall(r"^COPY (.+)$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE)
        sources = [source for line in lines for source in line.split()[:-1]]
        assert {"triage", "api", "models", "pyproject.toml"} <= set(sources)
        assert [source for source in sources if not (REPOSITORY / source).exists()] == []

    def test_its_settings_are_settings(self):
        text = (DEPLOY / "Containerfile").read_text("utf-8")
        assert_settings(re.findall(r"(TRIAGE_\w+)=", text))


def containerfile(instruction):
    """The words of an instruction that stands once, in its JSON form."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    return yaml.safe_load(re.search(rf"^{instruction} (\[.*\])$", text, re.MULTILINE)[1])

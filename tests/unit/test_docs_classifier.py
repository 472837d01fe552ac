"""docs/classifier.md is held to the code: its options, limits, slices, and every field of the figures."""

import importlib
import json
import re
from itertools import product
from pathlib import Path

import pytest
from typer.main import get_command

from training.classifier import limits
from training.classifier.evaluation.slices import DIALECT_WORDS, LONG_WORDS
from training.classifier.evaluation.titles import SLICE_TITLES
from training.corpus.load import TRAIN, VALIDATION, read_calls
from triage.classifier.pick import LONGEST_LIST

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "classifier.md").read_text("utf-8")
OPTIONAL = ("speed", "spoken", "learning_curve", "training.ablation")
"""Figures that the training does not write by itself."""


def _table(heading: str) -> dict[str, str]:
    """First cell -> second cell of the rows below the table head that begins with `heading`."""
    rows = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return dict([cell.strip() for cell in row.strip("|").split("|")][:2] for row in rows)


def _documented() -> set[str]:
    """The paths of the table of fields, with {a,b} written out."""
    found = set()
    for cell in _table("field"):
        for path in re.findall(r"`([^`]+)`", cell):
            parts = [
                part[1:-1].split(",") if part[0] == "{" else [part] for part in re.findall(r"\{[^}]+}|[^{]+", path)
            ]
            found |= {"".join(choice) for choice in product(*parts)}
    return found


def _leaves(node: object, path: str = "") -> set[str]:
    if isinstance(node, dict):
        return {leaf for key, value in node.items() for leaf in _leaves(value, f"{path}.{key}" if path else key)}
    if isinstance(node, list) and node and isinstance(node[0], dict):
        return {leaf for value in node for leaf in _leaves(value, f"{path}[]")}
    return {path}


def _pattern(documented: str) -> re.Pattern[str]:
    """UPPER CASE stands for any name; what lies below a documented path is documented with it."""
    return re.compile(re.sub(r"[A-Z]{4,}", r"[^.]+", re.escape(documented)) + r"(\.|$)")


class TestOptions:
    @pytest.mark.parametrize(
        ("heading", "module"),
        [("## Training", "training.classifier.cli"), ("## Measuring", "training.classifier.evaluate")],
    )
    def test_table_has_every_option_and_no_other(self, heading: str, module: str) -> None:
        rows = PAGE[PAGE.index(heading) :].split("| option | meaning |")[1].split("\n\n")[0].splitlines()[2:]
        named = {option for row in rows for option in re.findall(r"`(--[a-z-]+)`", row.split("|")[1])}
        command = get_command(importlib.import_module(module).app)
        assert named == {option for one in command.params for option in (*one.opts, *one.secondary_opts)} - {"--help"}

    def test_commands_use_options_that_exist(self) -> None:
        for module, name in (("cli", "train"), ("evaluate", "evaluate"), ("ablate", "ablate")):
            command = get_command(importlib.import_module(f"training.classifier.{module}").app)
            known = {option for one in command.params for option in one.opts}
            lines = re.findall(
                rf"^ +triage {name} classifier (.+)$|`python -m training\.classifier\.{name} ([^`]+)`", PAGE, re.M
            )
            assert lines
            assert {option for line in lines for option in re.findall(r"--[a-z-]+", "".join(line))} <= known


class TestLimits:
    def test_promises_are_those_of_the_code(self) -> None:
        assert {name: float(promise) for name, promise in _table("limit").items()} == {
            "`single_type`": limits.TYPE_PRECISION,
            "`single_opd`": limits.OPD_PRECISION,
            "`pick_list`": limits.PICK_LIST_COVERAGE,
            "`safety`": limits.SAFETY_FALSE_ALARMS,
        }
        assert f"cut off after {LONGEST_LIST} types" in PAGE


class TestFigures:
    def test_every_field_is_documented(self) -> None:
        metrics = json.loads((ROOT / "models" / "classifier-id" / "metrics.json").read_text("utf-8"))
        patterns = [_pattern(path) for path in _documented()]
        assert not {leaf for leaf in _leaves(metrics) if not any(one.match(leaf) for one in patterns)}

    def test_every_documented_field_exists(self) -> None:
        metrics = json.loads((ROOT / "models" / "classifier-id" / "metrics.json").read_text("utf-8"))
        leaves = _leaves(metrics)
        required = {path for path in _documented() if not path.startswith(OPTIONAL)}
        assert not {path for path in required if not any(_pattern(path).match(leaf) for leaf in leaves)}

    def test_slices_are_those_measured(self) -> None:
        assert [name.strip("`") for name in _table("slice")] == list(SLICE_TITLES)
        assert f"more than {LONG_WORDS} words" in PAGE
        assert f"at least {DIALECT_WORDS} words" in PAGE


class TestData:
    def test_no_hand_wrote_both_to_train_on_and_to_judge(self) -> None:
        hands = [{call.writer for call in read_calls(path)} for path in (TRAIN, VALIDATION)]
        assert not hands[0] & hands[1]

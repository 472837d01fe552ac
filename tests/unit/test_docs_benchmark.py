"""docs/benchmark.md is held to the code: another team relies on it."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from training.benchmark import folder, hypotheses
from training.benchmark.telephone import app
from training.evaluation.normalise import normalise
from training.evaluation.sets import CLEAN, HEADLINE, telephone_items
from training.synthesis.noises import MADE
from training.synthesis.voices import HELD_OUT_VARIANTS

PAGE = (Path(__file__).parents[2] / "docs" / "benchmark.md").read_text("utf-8")


def _table(heading: str) -> list[list[str]]:
    """The rows below the table head that begins with `heading`, as cells."""
    body = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in body]


class TestNormaliser:
    @pytest.mark.parametrize(("written", "compared"), [row[:2] for row in _table("written")])
    def test_gives_what_the_page_says(self, written: str, compared: str) -> None:
        assert " ".join(normalise(written)) == compared


class TestFormats:
    def test_columns_are_those_of_the_files(self) -> None:
        references, given = re.findall(r"\| column \| meaning \|\n\|---\|---\|\n((?:\|.+\n)+)", PAGE)
        assert tuple(re.findall(r"^\| `(\w+)`", references, re.MULTILINE)) == folder.COLUMNS
        assert tuple(re.findall(r"^\| `(\w+)`", given, re.MULTILINE)) == hypotheses.COLUMNS

    def test_every_command_and_option_exists(self) -> None:
        commands = get_command(app).commands
        lines = re.findall(r"^    triage benchmark telephone (\w+)(.*)$", PAGE, re.MULTILINE)
        assert [name for name, _ in lines] == list(commands)
        for name, rest in lines:
            known = {option for parameter in commands[name].params for option in parameter.opts}
            assert set(re.findall(r"--[a-z-]+", rest)) <= known
        made = {option for parameter in commands["make"].params for option in parameter.opts}
        assert {"--clips", "--dialogues", "--noise"} <= made


@pytest.fixture(scope="module")
def made() -> set[str]:
    """Names of the slices; one recording of each is made for it."""
    return {item.slice for item in telephone_items(1, 1)}


class TestSlices:
    def test_page_names_every_slice_and_no_other(self, made: set[str]) -> None:
        named = {name for row in _table("slice") + _table("slices") for name in re.findall(r"`([^`]+)`", row[0])}
        noises = ("line", "babble", *MADE)
        assert {name.replace("NAME", noise) for name in named for noise in noises} == made
        assert f"NAME: {', '.join(noises)};" in PAGE

    def test_counts_are_those_of_the_default(self, made: set[str]) -> None:
        default = {parameter.name: parameter.default for parameter in get_command(app).commands["make"].params}
        headline = [int(row[1]) for row in _table("slice")]
        assert headline == [default["clips"]] * 2 + [default["dialogues"]] * 2
        others = round(0.3 * default["clips"])
        assert f"All others have {others} recordings each" in " ".join(PAGE.split())
        assert f"{sum(headline) + others * (len(made) - len(HEADLINE)):,} recordings" in PAGE

    def test_headline_and_clean_line_are_as_described(self) -> None:
        assert tuple(re.findall(r"`(\w+)`", " ".join(row[0] for row in _table("slice")))) == HEADLINE
        assert f"(mu-law, {CLEAN.snr_db:.0f} dB over pink noise, {CLEAN.level_dbfs:.0f} dBFS)" in PAGE

    def test_names_the_held_out_voices(self) -> None:
        *first, last = HELD_OUT_VARIANTS
        assert f"{', '.join(first)} and {last}" in " ".join(PAGE.split())

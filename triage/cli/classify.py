"""`triage classify`: text to suggestions."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import track

from triage.assemble import load_text_pipeline
from triage.cli.files import write_lines
from triage.cli.jsonl import read_calls
from triage.settings import Settings

BATCH = 16
"""Calls classified at once: larger batches cost memory and gain nothing on two cores."""


def classify_file(file: Path, out: Path | None, settings: Settings) -> None:
    """One suggestion a line, in the order of the input, to `out` or stdout.

    The whole input is checked first and the output written last, so that nothing is half-written.
    Raises TextInputError, InputError, ModelError, KnowledgeError.
    """
    calls = read_calls(file)
    pipeline = load_text_pipeline(settings)
    lines: list[str] = []
    console = Console(stderr=True)
    batches = range(0, len(calls), BATCH)
    for first in track(
        batches, description=file.name, console=console, transient=True, disable=not console.is_terminal
    ):
        suggestions = pipeline.suggest_texts(calls[first : first + BATCH])
        lines += [suggestion.model_dump_json(by_alias=True) for suggestion in suggestions]
    if out:
        write_lines(out, lines)
        typer.echo(f"{len(lines)} saran tersimpan di {out}", err=True)
    else:
        typer.echo("\n".join(lines))

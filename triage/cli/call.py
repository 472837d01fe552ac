"""`triage call`: recordings to suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from triage.assemble import load_pipeline
from triage.cli.errors import report
from triage.cli.expect import compare, read_manifest
from triage.cli.files import find_recordings, write_lines
from triage.cli.view import Answer, print_card, print_table
from triage.errors import InputError, TranscriberError, TriageError
from triage.pipeline import Pipeline
from triage.recording.load import read_recording
from triage.settings import Settings
from triage.suggestion.model import Suggestion


def call_files(
    paths: Sequence[Path],
    settings: Settings,
    *,
    as_json: bool = False,
    jsonl: Path | None = None,
    expect: Path | None = None,
) -> int:
    """Suggest for each recording, print, and give the exit code.

    0 all answered, 1 a safety sample of `expect` was called a ghost, 2 a recording could not be used, 4 the transcriber
    failed on one (the others are answered all the same). Raises InputError, ModelError, KnowledgeError.
    """
    files = find_recordings(paths)
    manifest = read_manifest(expect) if expect else None
    if as_json and len(files) > 1:
        raise InputError(
            "json_needs_one_file",
            f"--json hanya untuk satu rekaman, yang diberikan {len(files)}. Untuk banyak rekaman pakai --jsonl OUT.",
            f"--json takes one recording, {len(files)} were given. For several use --jsonl OUT.",
        )
    answers = _answer(load_pipeline(settings), files, settings)
    suggestions = {path: answer for path, answer in answers.items() if isinstance(answer, Suggestion)}
    if jsonl and suggestions:
        write_lines(jsonl, (suggestion.model_dump_json(by_alias=True) for suggestion in suggestions.values()))
    _print(answers, as_json=as_json)
    if jsonl and suggestions:
        typer.echo(f"\n{len(suggestions)} saran lengkap (JSON) tersimpan di {jsonl}")
    code = max((answer.exit_code for answer in answers.values() if isinstance(answer, TriageError)), default=0)
    if manifest is not None:
        comparison = compare(manifest, {path.name: suggestion for path, suggestion in suggestions.items()})
        typer.echo(f"\n{comparison.summary()}", err=as_json)
        code = code or int(bool(comparison.safety_called_ghost))
    return code


def _answer(pipeline: Pipeline, files: Sequence[Path], settings: Settings) -> dict[Path, Answer]:
    """Each file's suggestion or error, in order, under a progress bar on stderr."""
    answers: dict[Path, Answer] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=len(files))
        for path in files:
            bar.update(task, description=path.name)
            done = len(answers)
            try:
                recording = read_recording(path, settings)
                answers[path] = pipeline.suggest(
                    recording,
                    progress=lambda share, done=done: bar.update(task, completed=done + share),  # type: ignore[misc]
                )
            except (InputError, TranscriberError) as error:
                answers[path] = error
            bar.update(task, completed=done + 1)
    return answers


def _print(answers: dict[Path, Answer], *, as_json: bool) -> None:
    """JSON or a card for one recording, a table for several; errors to stderr."""
    for error in answers.values():
        if isinstance(error, TriageError):
            report(error)
    if len(answers) > 1:
        print_table(answers)
        return
    for answer in answers.values():
        if not isinstance(answer, Suggestion):
            continue
        if as_json:
            typer.echo(answer.to_json())
        else:
            print_card(answer)

"""How an error looks on the terminal."""

from __future__ import annotations

import typer

from triage.errors import TriageError


def report(error: TriageError) -> None:
    """Write an error to stderr, Indonesian first."""
    typer.echo(f"Galat: {error.message_id}\nError: {error.message_en}  [{error.code}]", err=True)

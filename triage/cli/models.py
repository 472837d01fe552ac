"""`triage models`: what is installed, what it is, and how to get another."""

from __future__ import annotations

import json

import typer

from triage.registry import InstalledModel, find_model, list_models, pull, verify
from triage.registry.manifest import Manifest
from triage.settings import Settings


def print_models(settings: Settings) -> None:
    """One line a model; a star marks those in use. Raises ModelError."""
    models = list_models(settings.models_dir)
    if not models:
        typer.echo(f"Tidak ada model di {settings.models_dir}. Pasang dengan: triage models pull large-v3-turbo")
    for model in models:
        manifest = model.manifest
        in_use = "*" if model.folder.name in (settings.recogniser, settings.classifier) else " "
        demonstration = "  [PERAGA]" if manifest.demonstration else ""
        typer.echo(
            f"{in_use} {model.folder.name:28} {manifest.kind:11} {manifest.version:10} {manifest.title}{demonstration}"
        )


def print_model(name: str, settings: Settings) -> None:
    """The manifest of one model without its checksums, which are checked instead. Raises ModelError."""
    model = _find(name, settings)
    verify(model.folder)
    shown = model.manifest.model_dump(mode="json", exclude={"files"}, exclude_defaults=True)
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    typer.echo(f"\nFolder: {model.folder}\nBerkas utuh: {len(model.manifest.files)} (checksum cocok)")
    if model.manifest.warning:
        typer.echo(f"Peringatan: {model.manifest.warning}")


def pull_model(name: str, settings: Settings) -> None:
    """Install a Whisper model and say how to use it. Raises ModelError."""
    model = pull(name, settings.models_dir)
    typer.echo(f"Terpasang: {_describe(model.manifest)} di {model.folder}")
    typer.echo(f"Untuk memakainya: TRIAGE_RECOGNISER={model.folder.name}")


def _find(name: str, settings: Settings) -> InstalledModel:
    """A model of either kind by its folder's name; else what find_model says about recognisers."""
    listed = (model for model in list_models(settings.models_dir) if model.folder.name == name)
    return next(listed, None) or find_model(settings.models_dir, name, "recogniser")


def _describe(manifest: Manifest) -> str:
    return f"{manifest.full_name} ({manifest.title})"

"""`triage models`: what is installed, what it is, and how to get another."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from triage.cli.service import open_service
from triage.errors import ModelError
from triage.registry import InstalledModel, find_model, list_models, pull, verify
from triage.registry.aliases import CHAMPION, promote, roll_back
from triage.registry.load import chosen_model
from triage.registry.manifest import Kind, Manifest
from triage.settings import Settings

KINDS: tuple[Kind, ...] = ("recogniser", "classifier")
_RESTART = "Berlaku setelah `triage serve` dan `triage worker` dimulai ulang."


def print_models(settings: Settings) -> None:
    """One line a model; a star marks those in use. Raises ModelError."""
    models = list_models(settings.models_dir)
    if not models:
        typer.echo(f"Tidak ada model di {settings.models_dir}. Pasang dengan: triage models pull large-v3-turbo")
    chosen = [_chosen(settings, kind) for kind in KINDS]
    for model in models:
        manifest = model.manifest
        in_use = "*" if model.folder in chosen else " "
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


def promote_model(name: str, settings: Settings) -> None:
    """Put a model into service, and say from when. Raises ModelError, ConflictError or StoreError."""
    service = open_service(settings)
    model, before = promote(settings.models_dir, name)
    kind = model.manifest.kind
    with service.database.write() as session:
        service.audit.record(session, service.actor, "model.promote", "model", name, kind=kind, before=before)
    typer.echo(f"{name} ({model.manifest.full_name}) menggantikan {before}. {_RESTART}")
    _warn_of_setting(settings, kind)


def roll_back_model(kind: Kind, settings: Settings) -> None:
    """Put the model before back into service. Raises ModelError, ConflictError or StoreError."""
    service = open_service(settings)
    name, before = roll_back(settings.models_dir, kind)
    with service.database.write() as session:
        service.audit.record(session, service.actor, "model.rollback", "model", name, kind=kind, before=before)
    typer.echo(f"{name} dipakai lagi, {before} tidak. {_RESTART}")
    _warn_of_setting(settings, kind)


def _warn_of_setting(settings: Settings, kind: Kind) -> None:
    setting = settings.recogniser if kind == "recogniser" else settings.classifier
    if setting != CHAMPION:
        typer.echo(f"Perhatian: TRIAGE_{kind.upper()}={setting} menang atas ini; hapus setelan itu.", err=True)


def _chosen(settings: Settings, kind: Kind) -> Path | None:
    """The folder of the model in service, None where there is none to be found."""
    try:
        return chosen_model(settings, kind).folder
    except ModelError:
        return None


def _find(name: str, settings: Settings) -> InstalledModel:
    """A model of either kind by its folder's name; else what find_model says about recognisers."""
    listed = (model for model in list_models(settings.models_dir) if model.folder.name == name)
    return next(listed, None) or find_model(settings.models_dir, name, "recogniser")


def _describe(manifest: Manifest) -> str:
    return f"{manifest.full_name} ({manifest.title})"

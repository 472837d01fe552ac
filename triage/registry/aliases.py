"""Which model of a kind is in service (the champion), and which were before: models_dir/aliases.json.

Where nothing was promoted, the bundled model is the champion. Processes look when they start.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from triage.errors import ConflictError, ModelError
from triage.registry.folders import InstalledModel, list_models
from triage.registry.manifest import Kind, verify

CHAMPION = "champion"
_FILE = "aliases.json"
_BUNDLED: dict[Kind, str] = {"recogniser": "whisper-demo-synthetic-id", "classifier": "classifier-id"}
_KEPT = 20
"""Champions remembered: more than anybody rolls back."""


class Aliases(BaseModel):
    """Folder names, newest last; the last is the champion."""

    model_config = ConfigDict(extra="forbid")

    recogniser: list[str] = []
    classifier: list[str] = []


def champion(models_dir: Path, kind: Kind) -> str:
    """Folder name of the model in service. Raises ModelError where aliases.json is damaged."""
    names: list[str] = getattr(_read(models_dir), kind)
    return names[-1] if names else _BUNDLED[kind]


def promote(models_dir: Path, name: str) -> tuple[InstalledModel, str]:
    """Put a model into service, its files checked first; returns it and the name of the one before.

    Raises ModelError (missing, damaged) or ConflictError (in service already).
    """
    model = next((model for model in list_models(models_dir) if model.folder.name == name), None)
    if model is None:
        raise ModelError(
            "model_not_found",
            f"Model '{name}' tidak ada di {models_dir}. Lihat `triage models list`.",
            f"There is no model '{name}' in {models_dir}. See `triage models list`.",
        )
    verify(model.folder)
    kind = model.manifest.kind
    before = champion(models_dir, kind)
    if before == name:
        raise ConflictError(
            "model_in_service", f"Model '{name}' sudah dipakai.", f"The model '{name}' is in service already."
        )
    aliases = _read(models_dir)
    setattr(aliases, kind, [*(getattr(aliases, kind) or [before]), name][-_KEPT:])
    _write(models_dir, aliases)
    return model, before


def roll_back(models_dir: Path, kind: Kind) -> tuple[str, str]:
    """Put the model before back into service; returns its name and the name of the one taken out.

    Raises ConflictError where nothing was promoted, ModelError where the one before is missing or damaged.
    """
    aliases = _read(models_dir)
    names: list[str] = getattr(aliases, kind)
    if len(names) < 2:
        raise ConflictError(
            "model_no_rollback",
            f"Tidak ada {kind} sebelumnya untuk dikembalikan. Lihat `triage models list`.",
            f"There is no earlier {kind} to go back to. See `triage models list`.",
        )
    verify(models_dir / names[-2])
    setattr(aliases, kind, names[:-1])
    _write(models_dir, aliases)
    return names[-2], names[-1]


def _read(models_dir: Path) -> Aliases:
    path = models_dir / _FILE
    try:
        return Aliases.model_validate_json(path.read_bytes()) if path.exists() else Aliases()
    except (OSError, ValidationError) as error:
        raise ModelError(
            "aliases_damaged",
            f"{path} rusak. Perbaiki atau hapus; tanpa berkas itu model bawaan yang dipakai.",
            f"{path} is damaged. Mend or remove it; without it the bundled models are used.",
        ) from error


def _write(models_dir: Path, aliases: Aliases) -> None:
    """Replace the file in one step: a process that starts meanwhile reads the old one or the new one."""
    descriptor, draft = tempfile.mkstemp(dir=models_dir, prefix=f".{_FILE}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(aliases.model_dump_json(indent=2) + "\n")
        os.fsync(file.fileno())
    Path(draft).chmod(0o644)
    Path(draft).replace(models_dir / _FILE)

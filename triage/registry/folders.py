"""Finding models on disk: one folder a model under the models folder, or a path anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from triage.errors import ModelError
from triage.registry.manifest import MANIFEST, Kind, Manifest, is_whisper_folder, read_manifest

_SETTING = {"recogniser": "TRIAGE_RECOGNISER", "classifier": "TRIAGE_CLASSIFIER"}


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on disk."""

    folder: Path
    manifest: Manifest


def list_models(models_dir: Path) -> list[InstalledModel]:
    """The models under a folder by name; hidden folders and those without a model are left out. Raises ModelError."""
    if not models_dir.is_dir():
        return []
    folders = (f for f in sorted(models_dir.iterdir()) if f.is_dir() and not f.name.startswith("."))
    return [
        InstalledModel(folder, read_manifest(folder))
        for folder in folders
        if (folder / MANIFEST).is_file() or is_whisper_folder(folder)
    ]


def find_model(models_dir: Path, name_or_path: str, kind: Kind) -> InstalledModel:
    """The model with this folder name under models_dir, else the model at this path.

    Raises ModelError when there is none, it is of another kind, or its manifest cannot be read.
    """
    folder = next((f for f in (models_dir / name_or_path, Path(name_or_path).expanduser()) if f.is_dir()), None)
    setting = _SETTING[kind]
    if not name_or_path or folder is None:
        there = ", ".join(m.manifest.name for m in list_models(models_dir) if m.manifest.kind == kind) or "-"
        raise ModelError(
            "model_not_found",
            f"Model '{name_or_path}' tidak ada di {models_dir}. Yang terpasang: {there}. Periksa {setting}.",
            f"There is no model '{name_or_path}' in {models_dir}. Installed: {there}. Check {setting}.",
        )
    manifest = read_manifest(folder)
    if manifest.kind != kind:
        raise ModelError(
            "model_kind",
            f"Model '{name_or_path}' adalah {manifest.kind}, yang diperlukan {kind}. Periksa {setting}.",
            f"Model '{name_or_path}' is a {manifest.kind}, a {kind} is needed. Check {setting}.",
        )
    return InstalledModel(folder, manifest)

"""Models on disk: manifest, checksums, metrics."""

from triage.registry.folders import InstalledModel, find_model, list_models
from triage.registry.manifest import FileEntry, Kind, Manifest, read_manifest, verify, write_manifest
from triage.registry.pull import pull

__all__ = [
    "FileEntry",
    "InstalledModel",
    "Kind",
    "Manifest",
    "find_model",
    "list_models",
    "pull",
    "read_manifest",
    "verify",
    "write_manifest",
]

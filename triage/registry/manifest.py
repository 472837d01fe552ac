"""manifest.json: what a model is, what may be expected of it, and the checksums of its files."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from triage.errors import ModelError

MANIFEST = "manifest.json"
WHISPER_FILES = ("model.bin", "config.json", "tokenizer.json")
"""What faster-whisper needs to work offline; the vocabulary's and the preprocessor's files have names that vary."""

Kind = Literal["recogniser", "classifier"]


class FileEntry(BaseModel):
    """Checksum (SHA-256, hex) and size (bytes) of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(BaseModel):
    """A model's description. Every field but the first four has a default that fits a real Whisper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    kind: Kind
    title: str = Field(description="One line for people.")
    files: dict[str, FileEntry] = Field(default_factory=dict, description="Relative path -> checksum and size.")
    created: str | None = Field(default=None, description="When it was made, ISO 8601.")
    command: str | None = Field(default=None, description="The command that made it.")
    demonstration: bool = Field(default=False, description="Not fit for real calls.")
    warning: str | None = Field(default=None, description="In Indonesian; carried by every suggestion made with it.")
    metrics: str | None = Field(default=None, description="Relative path of its measured figures.")
    labels: dict[str, list[str]] = Field(
        default_factory=dict, description="Classifier: labels of each output, in order."
    )
    details: dict[str, JsonValue] = Field(default_factory=dict, description="Anything else worth keeping.")
    window_seconds: float = Field(
        default=28.0, ge=2, le=30, description="Recogniser: longest window it was trained on."
    )
    join_gap_seconds: float = Field(
        default=1.0,
        ge=0,
        description="Recogniser: longest pause left inside a window; a longer one starts a new window.",
    )
    supports_prompt: bool = Field(default=False, description="Recogniser: trained with previous text as a prompt.")
    low_logprob: float = Field(
        default=-1.0, le=0, description="Recogniser: average log-probability that raises a doubt."
    )
    letters_apart: float = Field(
        default=1.0, ge=0, description="Recogniser: distance of its two readings that raises a doubt."
    )
    short_windows: bool = Field(
        default=False, description="Recogniser: trained on windows without padding to 30 s, so they need none."
    )

    @field_validator("files")
    @classmethod
    def _paths_stay_inside(cls, files: dict[str, FileEntry]) -> dict[str, FileEntry]:
        for path in files:
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(f"path leaves the model's folder: {path}")
        return files

    @property
    def full_name(self) -> str:
        """Name and version, as it stands in Suggestion.versions."""
        return f"{self.name} {self.version}"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a model, or the defaults of a real Whisper for a faster-whisper folder without one.

    Raises ModelError when there is neither, or when manifest.json cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return _undescribed_whisper(folder)
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(
            "manifest_unreadable",
            f"{path} rusak atau tidak sesuai versi ini. Pasang ulang model itu.",
            f"{path} is damaged or does not fit this version. Install that model again. ({error})",
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write manifest.json with the checksums of the files in the folder as they are now; the manifest as written.

    Cards (*.md) and metrics.json describe the model: they are left out, so that they may be edited later.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not _describes(p, folder))
    files = {p.relative_to(folder).as_posix(): FileEntry(sha256=_sha256(p), size=p.stat().st_size) for p in paths}
    written = manifest.model_copy(update={"files": files})
    (folder / MANIFEST).write_text(written.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return written


def verify(folder: Path) -> Manifest:
    """Check every file against the manifest and return it. Raises ModelError when one is missing or damaged."""
    manifest = read_manifest(folder)
    for name, entry in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise _broken(folder, name, "tidak ada", "is missing")
        if path.stat().st_size != entry.size or _sha256(path) != entry.sha256:
            raise _broken(folder, name, "rusak (checksum berbeda)", "is damaged (checksum differs)")
    return manifest


def is_whisper_folder(folder: Path) -> bool:
    """Whether the folder holds a faster-whisper (CTranslate2) model."""
    return all((folder / name).is_file() for name in WHISPER_FILES)


def whisper_version(folder: Path) -> str:
    """A short version for a Whisper that has none: hash of model.bin's size and of config.json (fast for gigabytes)."""
    config = (folder / "config.json").read_bytes()
    return hashlib.sha256(f"{(folder / 'model.bin').stat().st_size}\n".encode() + config).hexdigest()[:8]


def real_whisper(
    name: str, version: str, *, title: str, command: str | None = None, created: str | None = None
) -> Manifest:
    """Manifest of a Whisper trained by OpenAI's recipe: 30 s windows with pauses, and previous text as prompt."""
    return Manifest(
        name=name, version=version, kind="recogniser", title=title, command=command, created=created,
        window_seconds=28.0, join_gap_seconds=5.0, supports_prompt=True,
    )  # fmt: skip


def _undescribed_whisper(folder: Path) -> Manifest:
    missing = [name for name in WHISPER_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            "not_a_model",
            f"Folder {folder} bukan model: tidak ada {MANIFEST}, dan sebagai model faster-whisper kurang "
            f"{', '.join(missing)}. Lengkapi berkasnya, atau pilih model lain.",
            f"Folder {folder} is no model: it has no {MANIFEST}, and as a faster-whisper model it lacks "
            f"{', '.join(missing)}. Complete the files, or choose another model.",
        )
    return real_whisper(folder.name, whisper_version(folder), title=f"Whisper ({folder.name})")


def _describes(path: Path, folder: Path) -> bool:
    relative = path.relative_to(folder)
    return (
        relative.as_posix() in (MANIFEST, "metrics.json")
        or path.suffix == ".md"
        or any(part.startswith(".") for part in relative.parts)
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _broken(folder: Path, name: str, what_id: str, what_en: str) -> ModelError:
    return ModelError(
        "model_damaged",
        f"Model {folder.name}: berkas {name} {what_id}. Pasang ulang model itu, atau pilih model lain.",
        f"Model {folder.name}: file {name} {what_en}. Install that model again, or choose another.",
    )

"""Installing a Whisper model from a model hub or from a folder: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.errors import ModelError
from triage.registry.folders import InstalledModel
from triage.registry.manifest import (
    MANIFEST,
    Manifest,
    is_whisper_folder,
    real_whisper,
    verify,
    whisper_version,
    write_manifest,
)

FILES = ("config.json", "model.bin", "tokenizer.json", "preprocessor_config.json", "vocabulary.*")
"""Glob patterns of the files that belong to a faster-whisper model."""


def pull(name_or_path: str, models_dir: Path, *, download: Callable[..., Any] | None = None) -> InstalledModel:
    """Install a Whisper model under models_dir, as a folder named after it.

    name_or_path: a faster-whisper size ("large-v3-turbo"), a hub repository ("Systran/faster-whisper-small"), a folder.
    download: called as download(name, output_dir=str); by default faster_whisper.download_model.
    Raises ModelError when the model is there already, cannot be had, or does not load; nothing is left half-written.
    """
    source = Path(name_or_path).expanduser()
    name = source.resolve().name
    target = models_dir / name
    if target.exists():
        raise ModelError(
            "model_exists",
            f"{target} sudah ada dan tidak ditimpa. Hapus atau ganti nama folder itu dahulu, lalu ulangi.",
            f"{target} is there already and is not replaced. Remove or rename that folder first, then try again.",
        )
    if not source.is_dir() and name_or_path.startswith(("/", ".", "~")):
        raise ModelError("folder_not_found", f"Folder {source} tidak ada.", f"There is no folder {source}.")
    try:
        return _install(source, name_or_path, target, download)
    except OSError as error:
        raise ModelError(
            "pull_failed",
            f"Menulis ke {models_dir} gagal: {error}. Periksa isi cakram dan izin folder.",
            f"Writing to {models_dir} failed: {error}. Check disk space and folder permissions.",
        ) from error


def _install(source: Path, asked_for: str, target: Path, download: Callable[..., Any] | None) -> InstalledModel:
    """Build the model's folder beside the target and rename it once it is whole and known to load."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        if source.is_dir():
            _copy(source, partial)
        else:
            _download(asked_for, partial, download)
        _check(partial, asked_for)
        if not (partial / MANIFEST).is_file():
            write_manifest(partial, _describe(partial, target.name, asked_for))
        manifest = verify(partial)
        partial.chmod(0o755)  # mkdtemp makes it private; the service may run as another user
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return InstalledModel(target, manifest)


def _describe(folder: Path, name: str, asked_for: str) -> Manifest:
    return real_whisper(
        name,
        whisper_version(folder),
        title=f"Whisper ({asked_for})",
        command=f"triage models pull {asked_for}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _copy(source: Path, partial: Path) -> None:
    """Copy the model's own files; a manifest it brings along keeps its warning. Links are followed."""
    for pattern in (*FILES, MANIFEST, "*.md", "metrics.json"):
        for path in source.glob(pattern):
            shutil.copyfile(path, partial / path.name)


def _download(name: str, partial: Path, download: Callable[..., Any] | None) -> None:
    from faster_whisper.utils import _MODELS, download_model

    if "/" not in name and name not in _MODELS:
        raise ModelError(
            "unknown_model",
            f"Model '{name}' tidak dikenal. Pilih salah satu: {', '.join(_MODELS)}; atau pemilik/repo; atau folder.",
            f"Unknown model '{name}'. Choose one of: {', '.join(_MODELS)}; or owner/repository; or a folder.",
        )
    repository = _MODELS.get(name, name)
    try:
        with warnings.catch_warnings():
            # faster-whisper 1.2.1 passes an argument the hub's client no longer knows, and it says so to the user.
            warnings.filterwarnings("ignore", message=".*local_dir_use_symlinks")
            (download or download_model)(name, output_dir=str(partial))
    # The hub's client raises errors of several libraries; whichever it is, the way out is the same.
    except Exception as error:
        files = ", ".join(FILES)
        raise ModelError(
            "hub_unreachable",
            f"Mengunduh {repository} gagal ({type(error).__name__}). Tanpa internet: di komputer lain unduh berkas "
            f"{files} dari https://huggingface.co/{repository} ke satu folder, salin folder itu ke sini, lalu "
            "jalankan 'triage models pull /jalur/ke/folder' atau isi TRIAGE_RECOGNISER dengan jalurnya.",
            f"Downloading {repository} failed ({type(error).__name__}: {error}). Without internet: on another machine "
            f"download the files {files} from https://huggingface.co/{repository} into one folder, copy that folder "
            "here, then run 'triage models pull /path/to/folder' or set TRIAGE_RECOGNISER to its path.",
        ) from error
    shutil.rmtree(partial / ".cache", ignore_errors=True)  # the hub client's bookkeeping


def _check(folder: Path, asked_for: str) -> None:
    """Load the model once, as the transcriber will. Raises ModelError."""
    if not is_whisper_folder(folder) or not any(folder.glob("vocabulary.*")):
        raise _unusable(
            asked_for, f"perlu/needs {', '.join(FILES)}; ada/there: {[p.name for p in sorted(folder.iterdir())]}"
        )
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    except Exception as error:  # CTranslate2, tokenizers and json raise errors without a common base
        raise _unusable(asked_for, str(error)) from error
    if model.model.n_mels != model.feature_extractor.mel_filters.shape[0]:
        raise _unusable(asked_for, f"preprocessor_config.json: n_mels != {model.model.n_mels}")


def _unusable(asked_for: str, why: str) -> ModelError:
    return ModelError(
        "model_unusable",
        f"'{asked_for}' bukan model faster-whisper (CTranslate2) yang utuh: {why}. Tidak ada yang dipasang.",
        f"'{asked_for}' is not a complete faster-whisper (CTranslate2) model: {why}. Nothing was installed.",
    )

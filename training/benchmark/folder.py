"""The benchmark as a folder: audio/SLICE/ID.wav, references.csv, manifest.json. Whole or not there at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.evaluation.items import Item
from training.evaluation.sets import SEED
from triage.cli.files import write_lines
from triage.errors import InputError

MANIFEST, REFERENCES = "manifest.json", "references.csv"
COLUMNS = ("file", "slice", "channel", "text", "word_starts")
PACKAGES = ("espeakng-loader", "numpy", "scipy", "soundfile", "av")
"""What the sound depends on; other versions may give other sound."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is said in one channel (caller, operator, mixed) of one recording; file: its path inside the folder."""

    file: str
    slice: str
    channel: str
    text: str


def make_folder(folder: Path, items: Iterable[Item], asked: dict[str, Any]) -> dict[str, Any]:
    """Write the items as a benchmark folder and return its manifest; asked: what was asked for, kept in the manifest.

    It is made beside `folder` and moved when it is complete: a killed run leaves nothing under that name, and the next
    one begins anew. Raises InputError when the folder exists already or cannot be written.
    """
    folder = folder.resolve()
    if folder.exists():
        raise InputError(
            "benchmark_folder_exists",
            f"{folder} sudah ada. Hapus dulu, atau pilih nama folder lain.",
            f"{folder} exists already. Delete it first, or choose another folder.",
        )
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        manifest = _fill(partial, items, asked)
        partial.replace(folder)
    except OSError as error:
        raise InputError(
            "output_not_writable",
            f"{folder} tidak dapat ditulis ({error.strerror}). Periksa izin dan ruang disk.",
            f"{folder} cannot be written ({error.strerror}). Check permissions and disk space.",
        ) from error
    return manifest


def _fill(folder: Path, items: Iterable[Item], asked: dict[str, Any]) -> dict[str, Any]:
    rows: list[Sequence[str]] = []
    slices: dict[str, dict[str, float]] = {}
    for item in items:
        path = folder / "audio" / item.slice / f"{item.id}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.wav())
        name = path.relative_to(folder).as_posix()
        for channel in item.channels:
            starts = " ".join(f"{start:.3f}" for start in channel.starts)
            rows.append((name, item.slice, channel.role, " ".join(channel.words), starts))
        counts = slices.setdefault(item.slice, {"recordings": 0, "seconds": 0.0})
        counts["recordings"] += 1
        counts["seconds"] = round(counts["seconds"] + item.seconds, 2)
    write_csv(folder / REFERENCES, COLUMNS, rows)
    manifest = {
        "benchmark": "telephone",
        "seed": SEED,
        **asked,
        "recordings": sum(int(counts["recordings"]) for counts in slices.values()),
        "seconds": round(sum(counts["seconds"] for counts in slices.values()), 2),
        "slices": slices,
        "references_sha256": _sha256(folder / REFERENCES),
        "versions": {name: version(name) for name in PACKAGES},
    }
    write_lines(folder / MANIFEST, [json.dumps(manifest, indent=2)])
    return manifest


def read_folder(folder: Path) -> tuple[dict[str, Any], list[Reference]]:
    """Manifest and references. Raises InputError when the folder is no benchmark or its references were changed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        unchanged = _sha256(folder / REFERENCES) == manifest["references_sha256"]
        with (folder / REFERENCES).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "benchmark_folder_invalid",
            f"{folder} bukan folder tolok ukur yang utuh. Buat dengan: triage benchmark telephone make FOLDER",
            f"{folder} is no complete benchmark folder. Make one with: triage benchmark telephone make FOLDER",
        ) from error
    if not unchanged:
        raise InputError(
            "benchmark_references_changed",
            f"{folder / REFERENCES} sudah diubah; angkanya tidak dapat dibandingkan. Buat ulang foldernya.",
            f"{folder / REFERENCES} was changed; its figures could not be compared. Make the folder again.",
        )
    return manifest, [Reference(row["file"], row["slice"], row["channel"], row["text"]) for row in rows]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file (UTF-8, commas) whole or not at all. Raises InputError when it cannot be written."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([columns, *rows])
    write_lines(path, [buffer.getvalue().removesuffix("\n")])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

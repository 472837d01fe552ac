"""What a recogniser wrote, as a CSV of file, channel and text: made, read and compared with what was said."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from training.benchmark.folder import Reference
from training.evaluation.score import Pair, rates
from triage.errors import InputError
from triage.recording.load import read_recording
from triage.settings import Settings
from triage.transcribers import Transcriber

COLUMNS = ("file", "channel", "text")
SHOWN = 5
"""Rows named in one message."""

Key = tuple[str, str]
"""File and channel."""


def transcribe(
    transcriber: Transcriber, folder: Path, references: Iterable[Reference], settings: Settings
) -> Iterator[tuple[str, str, str]]:
    """One row a reference. Raises RecordingError, TranscriberError."""
    for file, channels in groupby(references, key=lambda reference: reference.file):
        segments = transcriber.transcribe(read_recording(folder / file, settings)).segments
        for reference in channels:
            own = [segment.text.strip() for segment in segments if segment.channel == reference.channel]
            yield file, reference.channel, " ".join(own)


def read_hypotheses(path: Path, references: Sequence[Reference]) -> dict[Key, str]:
    """Text by file and channel.

    Raises InputError: hypotheses_unreadable (no such file, not a CSV in UTF-8), hypotheses_columns (one is missing),
    hypotheses_unknown_rows (no such recording or channel), hypotheses_duplicate_rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "hypotheses_unreadable",
            f"{path} tidak dapat dibaca sebagai CSV UTF-8 ({error}). Periksa nama dan isinya.",
            f"{path} cannot be read as CSV in UTF-8 ({error}). Check its name and content.",
        ) from error
    if missing := [column for column in COLUMNS if column not in columns]:
        names = ", ".join(missing)
        raise InputError(
            "hypotheses_columns",
            f"{path}: kolom {names} tidak ada. Baris pertama harus: {','.join(COLUMNS)} (dipisah koma).",
            f"{path}: no column {names}. The first line must be: {','.join(COLUMNS)} (separated by commas).",
        )
    keys: list[Key] = [(row["file"], row["channel"]) for row in rows]
    known = {(reference.file, reference.channel) for reference in references}
    if unknown := [key for key in keys if key not in known]:
        raise InputError(
            "hypotheses_unknown_rows",
            f"{path}: tidak ada di references.csv: {shown(unknown)}. Pakai file dan channel persis dari sana.",
            f"{path}: not in references.csv: {shown(unknown)}. Use file and channel exactly as they stand there.",
        )
    if twice := [key for key, count in Counter(keys).items() if count > 1]:
        raise InputError(
            "hypotheses_duplicate_rows",
            f"{path}: lebih dari satu baris untuk {shown(twice)}. Gabungkan menjadi satu baris.",
            f"{path}: more than one row for {shown(twice)}. Join them into one row.",
        )
    return {key: row["text"] or "" for key, row in zip(keys, rows, strict=True)}


def shown(keys: Sequence[Key]) -> str:
    """The first of these rows by name, and how many there are."""
    named = ", ".join(f"{file} ({channel})" for file, channel in keys[:SHOWN])
    return named if len(keys) <= SHOWN else f"{named}, ... ({len(keys)})"


def unheard(references: Iterable[Reference], hypotheses: dict[Key, str]) -> list[Key]:
    """Channels in which something is said and for which there is no row."""
    keys = [(reference.file, reference.channel) for reference in references if reference.text]
    return [key for key in keys if key not in hypotheses]


def score(references: Iterable[Reference], hypotheses: dict[Key, str]) -> dict[str, Any]:
    """{slice: rates} over channels in which something is said; one without a row counts as nothing heard."""
    pairs: dict[str, list[Pair]] = {}
    for reference in references:
        if reference.text:
            heard = hypotheses.get((reference.file, reference.channel), "")
            pairs.setdefault(reference.slice, []).append(Pair(reference.text, heard))
    # Doubts are this product's own: a row has none.
    return {
        name: {key: value for key, value in rates(found).items() if key != "doubted_segments"}
        for name, found in pairs.items()
    }

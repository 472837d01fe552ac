"""A site's own transcribed recordings: a folder with recordings.csv of file, text and maybe start, end, channel."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import signal

from training.recogniser.clips import MAX_SECONDS, Clip
from training.recogniser.features import FeatureConfig, mel_power, to_bytes
from training.synthesis.spoken import written
from triage.errors import InputError
from triage.recording import Channel, Recording
from triage.recording.load import read_recording
from triage.recording.model import SAMPLE_RATE
from triage.settings import Settings

CSV = "recordings.csv"


class RecordingsError(InputError):
    """recordings.csv or a file it names cannot be used; the message says which line and what to do."""

    def __init__(self, message_id: str, message_en: str) -> None:
        super().__init__(
            "recordings_unusable",
            f"Rekaman tidak dapat dipakai: {message_id}",
            f"The recordings cannot be used: {message_en}",
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One transcribed stretch, in seconds of its file; channel caller, operator or mixed ('': whichever)."""

    path: Path
    text: str
    start: float
    end: float
    channel: str


def read_rows(folder: Path) -> list[Row]:
    """The rows of folder/recordings.csv. Raises RecordingsError."""
    path = folder / CSV
    if not path.is_file():
        raise RecordingsError(
            f"{path} tidak ada; buat CSV dengan kolom file,text[,start,end,channel]",
            f"{path} is missing: a CSV with the columns file,text[,start,end,channel]",
        )
    try:
        reader = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    except UnicodeDecodeError as error:
        raise RecordingsError(
            f"{path} bukan UTF-8; simpan sebagai CSV UTF-8", f"{path} is not UTF-8 ({error}): save it as CSV UTF-8"
        ) from error
    if not {"file", "text"} <= set(reader.fieldnames or ()):
        raise RecordingsError(
            f"{path}: baris pertama harus menyebut kolom file dan text, dipisah koma",
            f"{path}: the first line must name the columns file and text, separated by a comma",
        )
    return [_row(folder, line, f"{path} line {number}") for number, line in enumerate(reader, 2)]


def _row(folder: Path, line: dict[str, str | None], where: str) -> Row:
    if not line["file"] or line["text"] is None:
        raise RecordingsError(f"{where}: file dan text harus diisi", f"{where}: file and text must both be given")
    path = (folder / line["file"]).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise RecordingsError(
            f"{where}: {line['file']} di luar folder; pindahkan ke dalamnya",
            f"{where}: {line['file']} lies outside the folder; move it inside",
        )
    if not path.is_file():
        raise RecordingsError(
            f"{where}: berkas {line['file']} tidak ada; periksa namanya", f"{where}: there is no file {line['file']}"
        )
    try:
        start, end = float(line.get("start") or 0), float(line.get("end") or math.inf)
    except ValueError as error:
        raise RecordingsError(
            f"{where}: start dan end dalam detik, misalnya 12.5",
            f"{where}: start and end are seconds, such as 12.5 ({error})",
        ) from error
    if not 0 <= start < end:
        raise RecordingsError(
            f"{where}: start tidak boleh di bawah 0, dan end harus sesudahnya",
            f"{where}: start must not be below 0, and end must come after it",
        )
    return Row(path, line["text"], start, end, line.get("channel") or "")


def channel_of(recording: Recording, row: Row) -> Channel:
    """The channel a row speaks of: the one it names, else the caller's or the only one. Raises RecordingsError."""
    if not row.channel:
        return recording.caller
    for channel in recording.channels:
        if channel.role == row.channel:
            return channel
    roles = [c.role for c in recording.channels]
    raise RecordingsError(
        f"{row.path}: tidak ada kanal {row.channel!r}; yang ada {roles}",
        f"{row.path}: no channel {row.channel!r}; it has {roles}",
    )


def read_recordings(folder: Path, features: FeatureConfig) -> list[Clip]:
    """Clips of at most MAX_SECONDS of every row; a longer one cannot be learned from and must be cut by the site.

    The times of the words inside are unknown (NaN). Raises RecordingsError, and TriageError for unusable sound.
    """
    return list(_clips(folder, features))


def _clips(folder: Path, features: FeatureConfig) -> Iterator[Clip]:
    settings = Settings()
    for row in read_rows(folder):
        samples = channel_of(read_recording(row.path, settings), row).samples
        cut = samples[int(row.start * SAMPLE_RATE) : int(min(row.end, len(samples) / SAMPLE_RATE) * SAMPLE_RATE)]
        seconds = len(cut) / SAMPLE_RATE
        if not 0.3 <= seconds <= MAX_SECONDS:
            raise RecordingsError(
                f"{row.path}: {seconds:.1f} detik; beri start dan end potongan 0,3 sampai {MAX_SECONDS} detik",
                f"{row.path}: {seconds:.1f} s; give start and end of stretches of 0.3 to {MAX_SECONDS} s",
            )
        words = written(row.text)
        times = [0.0, *[math.nan] * (len(words) - 1), seconds] if words else []
        line = signal.resample_poly(cut, 1, 2).astype(np.float32)
        yield Clip(to_bytes(mel_power(line, features)), words, times, np.zeros(0, np.uint8))

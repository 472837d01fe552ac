"""Data sets: made from what people decided, taken in from elsewhere, written again without what was erased since."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from triage.audit import Actor, Audit
from triage.errors import ConflictError, InputError, MissingError
from triage.privacy.rows import TrainingRow, row_of
from triage.store import Database
from triage.store.repositories import datasets as repository
from triage.store.tables import Dataset
from triage.taxonomy import Taxonomy

REASONS = {
    "transcript": "transkrip dinilai salah oleh QA",
    "silent": "tidak ada ucapan yang jelas",
    "labels": "label tidak lengkap",
    "taxonomy": "label tidak ada di taksonomi sekarang",
}
"""Why a decided call gives no row, for people."""
_BATCH = 200
_SHOWN = 10
"""Wrong lines that a message names."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Made:
    """A data set that was made: name, SHA-256 of its file, rows, and how many calls were left out for which reason."""

    name: str
    fingerprint: str
    rows: int
    left_out: Counter[str]


class DataSets:
    """The data sets of one store. taxonomy: the one in use, which labels must fit."""

    def __init__(self, database: Database, audit: Audit, actor: Actor, taxonomy: Taxonomy) -> None:
        self._database = database
        self._audit = audit
        self._actor = actor
        self._taxonomy = taxonomy

    def export(
        self, out: Path, name: str, now: datetime, since: datetime | None = None, until: datetime | None = None
    ) -> Made:
        """Write the decided calls that began in [since, until) as a JSONL file, and keep it as a data set.

        The file is there whole once the data set is, or not at all. Raises ConflictError where the name is taken or a
        call is erased meanwhile; InputError for a name that is none or where there is no call.
        """
        self._check_name(name)
        left_out: Counter[str] = Counter()
        with _draft(out) as file:
            for row in self._rows(since, until, left_out):
                file.write(f"{row.to_json()}\n".encode())
            file.flush()
            return self._keep(name, Path(file.name), now, "data.export", left_out)

    def take_in(self, source: Path, name: str, now: datetime) -> Made:
        """Keep labelled rows from elsewhere as a data set: all of them, redacted, or none.

        Raises InputError naming the lines that are wrong; ConflictError where the name is taken.
        """
        self._check_name(name)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "rows.jsonl"
            with copy.open("wb") as file:
                for row in self._checked(source):
                    file.write(f"{row.redacted().to_json()}\n".encode())
            return self._keep(name, copy, now, "data.import", Counter())

    def write(self, names: Sequence[str], out: Path) -> int:
        """Write the rows that these data sets have now into one file. Returns how many. Raises MissingError."""
        count = 0
        with self._database.read() as session, _draft(out) as file:
            found = [self._get(session, name) for name in names]
            seen: set[str] = set()
            for body in repository.rows_of(session, [one.id for one in found]):
                row = TrainingRow.model_validate(body)
                if row.id not in seen:  # a call that is in two of them
                    seen.add(row.id)
                    file.write(f"{row.to_json()}\n".encode())
                    count += 1
        with self._database.write() as session:
            self._audit.record(session, self._actor, "data.write", "dataset", ",".join(names)[:128], rows=count)
        return count

    def note_model(self, name: str, model: str, now: datetime) -> None:
        """Note that a model was trained on a data set, so that an erasure can name it. Raises MissingError."""
        with self._database.write() as session:
            dataset = self._get(session, name)
            repository.add_model(session, dataset.id, model, now)
            self._audit.record(session, self._actor, "data.model", "dataset", name, model=model)

    def _rows(self, since: datetime | None, until: datetime | None, left_out: Counter[str]) -> Iterator[TrainingRow]:
        after = 0
        while True:
            with self._database.read() as session:
                calls = repository.labelled_calls(session, after, _BATCH, since, until)
            if not calls:
                return
            after = calls[-1][0].id
            for call in calls:
                row = row_of(*call, self._taxonomy)
                if isinstance(row, str):
                    left_out[row] += 1
                else:
                    yield row

    def _checked(self, source: Path) -> Iterator[TrainingRow]:
        """The rows of a file, all of them sound. Raises InputError at its end where one is not."""
        faults: list[str] = []
        seen: set[str] = set()
        for number, line in _lines(source):
            row = self._read(line)
            if isinstance(row, TrainingRow) and row.id in seen:
                row = f"id {row.id}: dua kali / twice"
            if isinstance(row, str):
                faults.append(f"{number}: {row}")
            else:
                seen.add(row.id)
                if not faults:
                    yield row
        if faults:
            shown = "; ".join(faults[:_SHOWN]) + ("; ..." if len(faults) > _SHOWN else "")
            raise InputError(
                "rows_invalid",
                f"{source.name}: {len(faults)} baris salah, tidak ada yang disimpan. Baris {shown}",
                f"{source.name}: {len(faults)} lines are wrong, nothing was kept. Line {shown}",
            )

    def _read(self, line: str) -> TrainingRow | str:
        """The row of a line, or what is wrong with it."""
        try:
            row = TrainingRow.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors()[0]
            return f"{'.'.join(map(str, fault['loc'])) or 'JSON'}: {fault['msg']}"
        strangers = row.strangers(self._taxonomy)
        return f"{', '.join(strangers)}: tidak ada di taksonomi / not in the taxonomy" if strangers else row

    def _keep(self, name: str, file: Path, now: datetime, action: str, left_out: Counter[str]) -> Made:
        """Keep the rows of a file as a data set."""
        digest, count = _measure(file)
        if not count:
            raise InputError(
                "dataset_empty",
                "Tidak ada satu baris pun untuk dataset ini. Periksa rentang tanggal atau berkasnya.",
                "There is not one row for this data set. Check the dates or the file.",
            )
        with self._database.write() as session:
            if repository.find_dataset(session, name) is not None:
                raise _name_taken(name)
            dataset = Dataset(name=name, fingerprint=digest, rows=count, created_by=self._actor.name, created_at=now)
            session.add(dataset)
            session.flush()
            repository.add_rows(session, dataset.id, self._with_calls(session, file, own=action == "data.export"))
            self._audit.record(session, self._actor, action, "dataset", name, rows=count, fingerprint=digest)
        return Made(name, digest, count, left_out)

    def _with_calls(
        self, session: Session, file: Path, *, own: bool
    ) -> Iterator[tuple[str, int | None, dict[str, Any]]]:
        """Rows with the keys of the calls they are of. own: all of them must be calls of this store."""
        with file.open(encoding="utf-8") as lines:
            while batch := [json.loads(line) for line in islice(lines, _BATCH)]:
                keys = repository.call_keys(session, [row["id"] for row in batch])
                for row in batch:
                    if own and row["id"] not in keys:
                        raise ConflictError(
                            "call_erased",
                            "Sebuah panggilan dihapus selagi dataset dibuat. Jalankan lagi.",
                            "A call was erased while the data set was made. Run it again.",
                        )
                    yield row["id"], keys.get(row["id"]), row

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise InputError(
                "dataset_name",
                f"Nama dataset '{name}' tidak sah. Pakai huruf, angka, titik, garis bawah atau strip.",
                f"'{name}' is no name of a data set. Use letters, digits, dots, underscores or hyphens.",
            )
        with self._database.read() as session:
            if repository.find_dataset(session, name) is not None:
                raise _name_taken(name)

    def _get(self, session: Session, name: str) -> Dataset:
        dataset = repository.find_dataset(session, name)
        if dataset is None:
            raise MissingError(
                "dataset_missing",
                f"Tidak ada dataset {name}. Lihat `triage data list`.",
                f"There is no data set {name}. See `triage data list`.",
            )
        return dataset


def _name_taken(name: str) -> ConflictError:
    return ConflictError(
        "dataset_exists",
        f"Dataset {name} sudah ada. Pilih nama lain (--name).",
        f"The data set {name} exists already. Choose another name (--name).",
    )


def _lines(source: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not empty. Raises InputError where the file cannot be read."""
    try:
        with source.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "rows_unreadable",
            f"{source} tidak dapat dibaca sebagai UTF-8 ({error}). Periksa berkasnya.",
            f"{source} cannot be read as UTF-8 ({error}). Check the file.",
        ) from error


def _measure(file: Path) -> tuple[str, int]:
    """SHA-256 and number of lines."""
    digest, count = hashlib.sha256(), 0
    with file.open("rb") as lines:
        for line in lines:
            digest.update(line)
            count += 1
    return digest.hexdigest(), count


@contextmanager
def _draft(out: Path) -> Iterator[IO[bytes]]:
    """A file beside `out` that takes its place when all went well; readable by its owner only. Raises InputError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise InputError(
            "out_unwritable",
            f"{out} tidak dapat ditulis ({error}). Pilih tempat lain.",
            f"{out} cannot be written ({error}). Choose another place.",
        ) from error
    try:
        with draft:
            yield draft
        Path(draft.name).replace(out)
    except BaseException:
        Path(draft.name).unlink(missing_ok=True)
        raise

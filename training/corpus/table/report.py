"""What became of the rows of a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REASONS = {
    "broken": "kelebihan sel (tanda kutip atau pemisah salah)",
    "text": "tanpa teks",
    "category": "tanpa kategori",
    "agency": "tanpa instansi",
    "twice": "kembar",
    "unwanted": "kategori dibuang oleh pemetaan",
    "rare": "kategori terlalu jarang",
}
"""Why a row is not used, and how it is told."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """Counts of rows: read, dropped for each of REASONS, and the rows used, in training and validation.

    types, agencies: rows of each code. merged, left_out: rows of each rare category, by name.
    """

    read: int
    dropped: Mapping[str, int]
    training: int
    validation: int
    types: Mapping[str, int]
    agencies: Mapping[str, int]
    merged: Mapping[str, int]
    left_out: Mapping[str, int]

    @property
    def used(self) -> int:
        """Rows that became calls."""
        return self.training + self.validation

    def lines(self) -> list[str]:
        """The report in Indonesian, as the command prints it."""
        return [
            f"Baris dibaca: {self.read}",
            f"Baris dipakai: {self.used} ({self.training} untuk latih, {self.validation} untuk validasi)",
            *(f"Baris dibuang, {REASONS[reason]}: {number}" for reason, number in self.dropped.items() if number),
            f"Jenis aduan ({len(self.types)}): {_counts(self.types)}",
            f"Instansi ({len(self.agencies)}): {_counts(self.agencies)}",
            *([f"Kategori jarang, digabung menjadi Lainnya: {_counts(self.merged)}"] if self.merged else []),
            *([f"Kategori jarang, tidak dipakai: {_counts(self.left_out)}"] if self.left_out else []),
            "Nomor, NIK, email dan tautan disamarkan dalam teks; nama orang dan alamat TIDAK dikenali.",
        ]


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items())
